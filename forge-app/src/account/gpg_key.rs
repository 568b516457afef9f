//! OpenPGP keys of people, with which they sign commits and tags. They let nobody in.
//!
//! A key counts only once its owner proved that it is theirs: they sign a text that names them and this site, and hand it
//! in with the key. A key that is theirs already is renewed by handing it in again, and then needs no proof: so it ends
//! also where its secret half is lost.

use forge_core::{GpgKey, GpgKeyId, Username};
use forge_store::gpg_key;
use serde_json::json;

use crate::access::{MeAccess, Recent};
use crate::account::openpgp::{OpenPgpKey, OpenPgpSignature};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Keys that one person may have.
const MAX_KEYS: usize = 20;

impl App {
    /// The text that the owner of a key signs.
    pub fn gpg_text_to_sign(&self, owner: &Username) -> String {
        let site = self.public_url().map_or("Forge", |url| url.as_str().trim_end_matches('/'));
        format!("This key is mine at {site}: {owner}")
    }

    /// Adds a key with its proof, or renews one that is the person's already.
    pub async fn add_gpg_key(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        text: &str,
        proof: &str,
    ) -> Result<()> {
        let read = OpenPgpKey::read(text).map_err(|why| Error::invalid("key", why))?;
        let fingerprint = read.fingerprint();
        let tx = self.store().begin().await?;
        let all = gpg_key::of_user(&tx, me.person().id).await?;
        let known = all.iter().find(|key| key.fingerprint == fingerprint);
        if known.is_none() {
            if let Some(why) = read.useless {
                return Err(Error::invalid("key", why));
            }
            if all.len() >= MAX_KEYS {
                return Err(Error::Conflict(format!("You have {MAX_KEYS} keys. Remove one first.")));
            }
            self.check_gpg_proof(&read, &me.person().name, proof)?;
        }
        let now = self.ambient().now();
        let key = GpgKey {
            id: known.map_or_else(|| self.ambient().id(), |key| key.id),
            user: me.person().id,
            fingerprint,
            names: read.names.clone(),
            public_key: text.trim().to_owned(),
            created_at: known.map_or(now, |key| key.created_at),
            signers: read.signers.clone(),
        };
        gpg_key::put(&tx, &key).await.map_err(|error| match error {
            forge_store::Error::Conflict(_) => Error::invalid("key", "Somebody has this key already"),
            other => other.into(),
        })?;
        let action = if known.is_some() { "gpg_key.renew" } else { "gpg_key.add" };
        self.record_mine(&tx, me, origin, action, json!({ "fingerprint": key.fingerprint })).await?;
        Ok(tx.commit().await?)
    }

    /// Whether somebody signed the text that names them; the error is for the person who pasted it.
    fn check_gpg_proof(&self, key: &OpenPgpKey, owner: &Username, proof: &str) -> Result<()> {
        let wrong = |why| Err(Error::invalid("signature", why));
        let Some(signature) = OpenPgpSignature::read(proof) else {
            return wrong("Paste the whole signature that the command prints, from BEGIN to END");
        };
        let text = self.gpg_text_to_sign(owner);
        // Shells and editors end a text in their own ways.
        let holds = ["\n", "", "\r\n"].into_iter().any(|end| {
            key.check(&signature, format!("{text}{end}").as_bytes(), self.ambient().now()).is_ok()
        });
        if holds {
            return Ok(());
        }
        wrong(
            "This signature is by another key or of another text. Copy the command again and run it as it is",
        )
    }

    /// The person's keys, the newest first.
    pub async fn gpg_keys<F>(&self, me: &MeAccess<F>) -> Result<Vec<GpgKey>> {
        let rows = self.store().read().await?;
        Ok(gpg_key::of_user(&rows, me.person().id).await?)
    }

    /// Removes one of the person's keys: what it signed is no longer shown as verified.
    pub async fn remove_gpg_key<F>(&self, me: &MeAccess<F>, origin: &Origin, id: GpgKeyId) -> Result<()> {
        let tx = self.store().begin().await?;
        if !gpg_key::delete(&tx, me.person().id, id).await? {
            return Err(Error::NotFound);
        }
        self.record_mine(&tx, me, origin, "gpg_key.remove", json!({ "id": id.to_string() })).await?;
        Ok(tx.commit().await?)
    }
}
