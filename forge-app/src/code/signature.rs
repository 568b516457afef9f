//! Whether a commit or tag was signed by whom it names.
//!
//! Anybody can write any name into a commit. A signature says more: it was made with a key, the key was proven to
//! belong to an account, and the account has the e-mail address that the commit names.

use std::collections::HashMap;

use forge_core::code::{CommitSummary, SignatureKind, SignedCommit, Tag};
use forge_core::{AccountState, Email, ObjectId, UserId, Username};
use forge_git::browse::Browser;
use forge_store::{Rows, gpg_key, ssh_key, user};
use ssh_key_format::{HashAlg, PublicKey, SshSig};

use crate::account::is_touched;
use crate::account::openpgp::{Flaw, OpenPgpKey, OpenPgpSignature};
use crate::app::App;
use crate::code::Code;
use crate::error::{Error, Result};

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
    /// It is hashed in a way that is no longer safe.
    #[error("it is hashed in a way that is no longer safe")]
    Weak,
    /// The key did not count when it was made.
    #[error("its key had ended, or was taken back, when it was signed")]
    Time,
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

    /// What is known of the signatures of commits in a list, of those that carry one. The commits must come from the house.
    pub async fn signature_states<'a>(
        &self,
        commits: impl Iterator<Item = &'a CommitSummary>,
    ) -> Result<HashMap<ObjectId, SignatureState>> {
        let ids: Vec<_> =
            commits.filter(|commit| commit.signature.is_some()).map(|commit| commit.id).collect();
        self.judge_all(ids, Browser::signed_commit).await
    }

    /// What is known of the signatures of annotated tags in a list, by the ids of their objects.
    pub async fn tag_signature_states<'a>(
        &self,
        tags: impl Iterator<Item = &'a Tag>,
    ) -> Result<HashMap<ObjectId, SignatureState>> {
        let notes = tags.filter_map(|tag| tag.note.as_ref());
        let ids: Vec<_> = notes.filter(|note| note.signature.is_some()).map(|note| note.id).collect();
        self.judge_all(ids, Browser::signed_tag).await
    }

    async fn judge_all(
        &self,
        ids: Vec<ObjectId>,
        read: fn(&Browser, &ObjectId) -> forge_git::Result<Option<SignedCommit>>,
    ) -> Result<HashMap<ObjectId, SignatureState>> {
        let mut states = HashMap::new();
        if ids.is_empty() {
            return Ok(states);
        }
        let all = self.ask(move |browser, cancel| {
            let read = |id: ObjectId| -> forge_git::Result<Option<(ObjectId, SignedCommit)>> {
                cancel.check()?;
                Ok(read(browser, &id)?.map(|signed| (id, signed)))
            };
            ids.into_iter().filter_map(|id| read(id).transpose()).collect::<forge_git::Result<Vec<_>>>()
        });
        for (id, signed) in all.await? {
            states.insert(id, self.app.judge_signature(&signed).await?);
        }
        Ok(states)
    }
}

impl App {
    /// Judges a signature over the bytes of a commit or tag.
    pub(crate) async fn judge_signature(&self, signed: &SignedCommit) -> Result<SignatureState> {
        match signed.kind {
            SignatureKind::Ssh => self.judge_ssh(signed).await,
            SignatureKind::Pgp => self.judge_gpg(signed).await,
            kind => Ok(SignatureState::Unchecked(kind)),
        }
    }

    async fn judge_ssh(&self, signed: &SignedCommit) -> Result<SignatureState> {
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
        match known {
            Some(known) => signed_by(&rows, known.user, signed).await,
            None => Ok(SignatureState::UnknownKey),
        }
    }

    async fn judge_gpg(&self, signed: &SignedCommit) -> Result<SignatureState> {
        let Some(signature) = OpenPgpSignature::read(&signed.signature) else {
            return Ok(SignatureState::Bad(BadSignature::Mismatch));
        };
        let Some(issuer) = signature.issuer() else { return Ok(SignatureState::UnknownKey) };
        let rows = self.store().read().await?;
        let Some(known) = gpg_key::by_signer(&rows, &issuer).await? else {
            return Ok(SignatureState::UnknownKey);
        };
        let key = OpenPgpKey::stored(&known).ok_or_else(|| Error::internal("a GPG key cannot be read"))?;
        match key.check(&signature, &signed.payload, self.ambient().now()) {
            Ok(()) => signed_by(&rows, known.user, signed).await,
            Err(Flaw::Mismatch) => Ok(SignatureState::Bad(BadSignature::Mismatch)),
            Err(Flaw::Weak) => Ok(SignatureState::Bad(BadSignature::Weak)),
            Err(Flaw::Time) => Ok(SignatureState::Bad(BadSignature::Time)),
        }
    }
}

/// Whether what somebody signed names them.
async fn signed_by(rows: &impl Rows, owner: UserId, signed: &SignedCommit) -> Result<SignatureState> {
    let owner = user::by_id(rows, owner).await?.filter(|owner| owner.state == AccountState::Active);
    let Some(owner) = owner else { return Ok(SignatureState::UnknownKey) };
    let named = Email::new(&signed.committer_email).map(|email| email.key());
    if named != Ok(owner.email.key()) {
        return Ok(SignatureState::Bad(BadSignature::Address));
    }
    Ok(SignatureState::Verified { by: owner.name })
}
