//! Whether everything that a push brings is signed by somebody known: for rules that demand it.

use forge_core::code::SignedCommit;
use forge_core::{ObjectId, RefUpdate};
use forge_git::Kind;
use forge_git::browse::{split_signature, split_tag_signature};
use forge_git::receive::Quarantine;

use crate::code::SignatureState;
use crate::error::Result;
use crate::git::push::PushDoor;

/// New commits whose signatures are verified in one push. Whoever brings more pushes them in parts.
const MOST_VERIFIED: usize = 1000;

impl PushDoor {
    /// Whether an update brings nothing that is not signed. Looked at only where a rule asks.
    ///
    /// Of a branch every commit counts that neither the branch itself nor the default branch has; a tag must carry a signature
    /// of its own.
    pub(super) fn is_signed(&self, quarantine: &Quarantine, update: &RefUpdate) -> Result<bool> {
        let is_asked = self.rules.rules.iter().any(|rule| rule.signed && rule.matches(&update.name));
        let Some(new) = update.new.filter(|_| is_asked) else { return Ok(true) };
        if update.name.as_branch().is_none() {
            return self.is_signed_tag(quarantine, &new);
        }
        let known = self.known_to(update);
        let Some(brought) = quarantine.brought(&known, &new, MOST_VERIFIED, &self.cancel)? else {
            return Ok(false);
        };
        for id in brought {
            let Some((Kind::Commit, bytes)) = quarantine.read(&id)? else { return Ok(false) };
            self.cancel.check()?;
            if !self.is_verified(split_signature(&bytes))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_signed_tag(&self, quarantine: &Quarantine, id: &ObjectId) -> Result<bool> {
        match quarantine.read(id)? {
            Some((Kind::Tag, bytes)) => self.is_verified(split_tag_signature(&bytes)),
            _ => Ok(false),
        }
    }

    fn is_verified(&self, signed: Option<SignedCommit>) -> Result<bool> {
        let Some(signed) = signed else { return Ok(false) };
        let state = self.runtime.block_on(self.app.judge_signature(&signed))?;
        Ok(matches!(state, SignatureState::Verified { .. }))
    }
}
