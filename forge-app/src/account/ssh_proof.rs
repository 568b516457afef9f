//! Proof that somebody holds the secret half of a key that they added: they sign a text that names them.
//!
//! Public keys are public. Whoever adds another person's key gets nothing by it but mail about their pushes; where it
//! matters whose key it is, for signed commits and where the site says so, only a key that was proven counts. Signing in
//! with a key proves nothing of the kind: its true owner may not know in whose account it stands.

use forge_core::{SshKey, SshKeyId, Username};
use forge_store::ssh_key;
use serde_json::json;
use ssh_key_format::public::KeyData;
use ssh_key_format::{PublicKey, SshSig};

use crate::access::MeAccess;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// What such signatures are for, so that none made for something else counts.
pub const NAMESPACE: &str = "forge";
/// The longest signature read.
const MAX_SIGNATURE: usize = 16 * 1024;
/// The bit by which a security key says that somebody touched it (FIDO U2F, section 5.4).
const TOUCHED: u8 = 1;
/// Behind the signature of a security key: a byte of such bits, and a counter.
const TRAILER: usize = 5;

/// The text that the owner of a key signs.
pub fn text_to_sign(owner: &Username, key: &SshKey) -> String {
    format!("This key is mine at Forge: {owner} {}", key.challenge)
}

impl App {
    /// Takes the proof that a key is its owner's: the text of [`text_to_sign`], signed with `ssh-keygen -Y sign`.
    pub async fn verify_ssh_key<F>(
        &self,
        me: &MeAccess<F>,
        origin: &Origin,
        id: SshKeyId,
        signature: &str,
    ) -> Result<()> {
        let found = self.ssh_keys(me).await?.into_iter().find(|key| key.id == id).ok_or(Error::NotFound)?;
        if found.verified_at.is_some() {
            return Ok(());
        }
        check(&found.public_key, &text_to_sign(&me.person().name, &found), signature)
            .map_err(|why| Error::invalid("signature", why))?;
        let tx = self.store().begin().await?;
        if !ssh_key::verify(&tx, id, &found.challenge, self.ambient().now()).await? {
            return Err(Error::Conflict("The key has changed meanwhile. Try again.".to_owned()));
        }
        let detail = json!({ "fingerprint": found.fingerprint });
        self.record_mine(&tx, me, origin, "ssh_key.verify", detail).await?;
        Ok(tx.commit().await?)
    }
}

/// Checks a signature over a text by a key; the error is for the person who pasted it.
fn check(line: &str, text: &str, signature: &str) -> Result<(), &'static str> {
    let signature = signature.trim();
    if signature.is_empty() || signature.len() > MAX_SIGNATURE {
        return Err("Paste the whole signature, from -----BEGIN to -----END");
    }
    let signature = SshSig::from_pem(signature)
        .map_err(|_| "This is no signature. Paste all of it, from -----BEGIN to -----END")?;
    let key = PublicKey::from_openssh(line).map_err(|_| "This kind of key cannot be verified here")?;
    if signature.public_key() != key.key_data() {
        return Err("This signature was made with another key");
    }
    if !is_touched(&signature) {
        return Err("The security key was not touched. Sign again, and touch it when it blinks");
    }
    // Shells and editors end a text in their own ways.
    let ends = ["\n", "", "\r\n"];
    if ends
        .into_iter()
        .any(|end| key.verify(NAMESPACE, format!("{text}{end}").as_bytes(), &signature).is_ok())
    {
        return Ok(());
    }
    Err("This signature is of another text. Copy the command again and run it as it is")
}

/// Whether somebody was there, where the key can say so.
pub(crate) fn is_touched(signature: &SshSig) -> bool {
    match signature.public_key() {
        KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {
            let bytes = signature.signature().as_bytes();
            let flags = bytes.len().checked_sub(TRAILER).and_then(|at| bytes.get(at));
            flags.is_some_and(|flags| flags & TOUCHED != 0)
        }
        _ => true,
    }
}
