//! Whether a commit was signed by whom it names.
//!
//! Anybody can write any name into a commit. A signature says more: it was made with a key, the key was proven to
//! belong to an account, and the account has the e-mail address that the commit names.

use forge_core::code::{SignatureKind, SignedCommit};
use forge_core::{AccountState, Email, ObjectId, Username};
use forge_store::{ssh_key, user};
use ssh_key_format::{HashAlg, PublicKey, SshSig};

use crate::account::is_touched;
use crate::app::App;
use crate::code::Code;
use crate::error::Result;

/// What git signs commits for.
const NAMESPACE: &str = "git";

/// What is known of a commit's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureState {
    /// It carries none.
    Unsigned,
    /// It was signed with a proven key of the person whose e-mail address it names.
    Verified {
        /// Who signed.
        by: Username,
    },
    /// It was signed with a key that belongs to no account, or was not proven to.
    UnknownKey,
    /// It carries a signature that does not hold.
    Bad(BadSignature),
    /// It was signed in a way that is not checked here.
    Unchecked(SignatureKind),
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// The commit was changed after it was signed, or the signature is of something else.
    #[error("the signature does not fit the commit")]
    Mismatch,
    /// The signer is somebody else than the commit says.
    #[error("the commit names an email address that the signer does not have")]
    Address,
    /// The security key was not touched.
    #[error("the security key was not touched when it was signed")]
    Untouched,
}

impl Code {
    /// What is known of a commit's signature. The id must come from [`Code::resolve`].
    pub async fn signature_state(&self, id: ObjectId) -> Result<SignatureState> {
        let signed = self.ask(move |browser, _| browser.signed_commit(&id)).await?;
        match signed {
            None => Ok(SignatureState::Unsigned),
            Some(signed) => self.app.judge_signature(&signed).await,
        }
    }
}

impl App {
    /// Judges a signature over the bytes of a commit.
    pub(crate) async fn judge_signature(&self, signed: &SignedCommit) -> Result<SignatureState> {
        if signed.kind != SignatureKind::Ssh {
            return Ok(SignatureState::Unchecked(signed.kind));
        }
        let Ok(signature) = SshSig::from_pem(&signed.signature) else {
            return Ok(SignatureState::Bad(BadSignature::Mismatch));
        };
        let key = PublicKey::new(signature.public_key().clone(), "");
        if key.verify(NAMESPACE, &signed.payload, &signature).is_err() {
            return Ok(SignatureState::Bad(BadSignature::Mismatch));
        }
        if !is_touched(&signature) {
            return Ok(SignatureState::Bad(BadSignature::Untouched));
        }
        let rows = self.store().read().await?;
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let known =
            ssh_key::by_fingerprint(&rows, &fingerprint).await?.filter(|key| key.verified_at.is_some());
        let Some(known) = known else { return Ok(SignatureState::UnknownKey) };
        let owner = user::by_id(&rows, known.user).await?.filter(|user| user.state == AccountState::Active);
        let Some(owner) = owner else { return Ok(SignatureState::UnknownKey) };
        let named = Email::new(&signed.committer_email).map(|email| email.key());
        if named != Ok(owner.email.key()) {
            return Ok(SignatureState::Bad(BadSignature::Address));
        }
        Ok(SignatureState::Verified { by: owner.name })
    }
}
