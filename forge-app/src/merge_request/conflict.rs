//! Conflicts, resolved in the browser: the target is merged into the source branch as people decided.

use std::collections::BTreeMap;

use forge_core::code::{Conflict, Resolution};
use forge_core::{FilePath, ObjectId, RefUpdate};
use forge_git::browse::Browser;
use forge_git::browse::edit::BuiltCommit;
use forge_git::merge::{CommitText, MergeLimits};
use forge_git::receive::{Quarantine, Silent};
use forge_git::{Cancel, ObjectStore};

use super::ahead::tip;
use super::carry::carry;
use super::merge::refusal;
use super::person;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::commit::quarantined;
use crate::git::push::{Purpose, PushDoor};

/// What does not fit, as found for two exact commits. Our side is the source branch.
#[derive(Debug, Clone)]
pub struct Conflicts {
    /// What the source branch points at.
    pub head: ObjectId,
    /// What the target branch points at.
    pub target: ObjectId,
    /// What has to be decided.
    pub conflicts: Vec<Conflict>,
    /// Conflicts that are not listed, because there are too many.
    pub more: usize,
}

impl App {
    /// What has to be decided before a merge request fits its target.
    pub async fn conflicts(&self, access: &RepoAccess<Read>, number: u64) -> Result<Conflicts> {
        let conversation = self.merge_request(access, number).await?;
        let request = &conversation.request;
        let proof = self.source_access(access, request).await?;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let gone = |name: &str| Error::Conflict(format!("The branch {name} is gone."));
        // What was pushed to a fork has come here with its version.
        let head = conversation.version.head;
        let (source, to) = (&request.source.branch, &request.target_branch);
        if proof.repo().id == request.item.repo && tip(&refs, source).is_none() {
            return Err(gone(source.short()));
        }
        let target = tip(&refs, to).ok_or_else(|| gone(to.short()))?;
        let turn = self.kept().turn().await?;
        let work = self.tasks().spawn_blocking(move || {
            let _turn = turn;
            let cancel = Cancel::within(std::time::Duration::from_secs(20));
            let merged = Browser::open(&objects)
                .merge(&head, &target, &MergeLimits::default(), &cancel)
                .map_err(refusal)?;
            Ok(Conflicts { head, target, conflicts: merged.conflicts, more: merged.more_conflicts })
        });
        work.await.map_err(Error::internal)?
    }

    /// Merges the target into the source branch as was decided, in a fork too, and gives the commit.
    ///
    /// `Conflict` if either branch has moved since, or something is still to be decided.
    pub async fn resolve_conflicts(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
        (head, target): (ObjectId, ObjectId),
        decided: BTreeMap<FilePath, Resolution>,
    ) -> Result<ObjectId> {
        let actor = access.actor().clone();
        person(&actor)?;
        let conversation = self.merge_request(access, number).await?;
        let request = &conversation.request;
        if !request.is_open() {
            let text = "It is merged or closed, so there is nothing to resolve any more.";
            return Err(Error::Conflict(text.to_owned()));
        }
        let source = self.source_access(access, request).await?;
        let is_here = source.repo().id == request.item.repo;
        let newest = conversation.version.head;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let author = self.author_of(&actor).await?;
        let (branch, into) = (request.source.branch.clone(), request.target_branch.clone());
        let message = format!("Merge {} into {}", into.short(), branch.short());
        let mut door = PushDoor::open(self, source, origin.clone()).await?;
        door.purpose = Purpose::WebEdit;
        let work = self.tasks().spawn_blocking(move || {
            let is_same = newest == head && tip(&door.refs, &branch) == Some(head);
            if !is_same || tip(&refs, &into) != Some(target) {
                return Err(Error::Conflict(
                    "A branch has moved since you looked. What is to be decided may be different now."
                        .to_owned(),
                ));
            }
            let text = CommitText { author: &author, committer: &author, message: &message };
            let limits = MergeLimits::default();
            let built = Browser::open(&objects)
                .resolve_merge(&head, &target, &decided, &text, &limits, &door.cancel)
                .map_err(refusal)?;
            let quarantine =
                if is_here { door.quarantine(&built.objects)? } else { elsewhere(&door, &objects, &built)? };
            let update = RefUpdate { name: branch, old: Some(head), new: Some(built.id) };
            let verdict = door.prejudge(&update);
            let verdicts = door.accept(quarantine, &[update], vec![verdict], true, &mut Silent)?;
            match verdicts.into_iter().find_map(Result::err) {
                Some(reason) => Err(Error::Conflict(reason)),
                None => Ok(built.id),
            }
        });
        work.await.map_err(Error::internal)?
    }
}

/// Puts a commit that was made where the target is into quarantine at a fork, with what it needs of the target. Blocks.
fn elsewhere(door: &PushDoor, objects: &ObjectStore, built: &BuiltCommit) -> Result<Quarantine> {
    let limits = &door.app.repositories().limits().git;
    let made = quarantined(objects, &built.objects, limits, &door.cancel)?;
    carry(made.store(), (&door.refs, &door.objects), built.id, limits, &door.cancel)
}
