//! Conflicts, resolved in the browser: the target is merged into the source branch as people decided.

use std::collections::BTreeMap;

use forge_core::code::{Conflict, Resolution};
use forge_core::{FilePath, ObjectId, RefUpdate};
use forge_git::Cancel;
use forge_git::browse::Browser;
use forge_git::merge::{CommitText, MergeLimits};
use forge_git::receive::Silent;

use super::ahead::tip;
use super::merge::refusal;
use super::person;
use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
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
        let request = self.merge_request(access, number).await?.request;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let gone = |name: &str| Error::Conflict(format!("The branch {name} is gone."));
        if request.source.repo != Some(request.item.repo) {
            return Err(Error::Conflict("Its branch is in another repository: resolve it there.".to_owned()));
        }
        let (source, to) = (&request.source.branch, &request.target_branch);
        let head = tip(&refs, source).ok_or_else(|| gone(source.short()))?;
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

    /// Merges the target into the source branch as was decided, and gives the commit.
    ///
    /// `Conflict` if either branch has moved since, or something is still to be decided.
    pub async fn resolve_conflicts(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        (head, target): (ObjectId, ObjectId),
        decided: BTreeMap<FilePath, Resolution>,
    ) -> Result<ObjectId> {
        let actor = access.actor().clone();
        person(&actor)?;
        let reading = self.authorize::<Read>(&actor, &access.repo().path).await?;
        let request = self.merge_request(&reading, number).await?.request;
        if !request.is_open() || request.source.repo != Some(access.repo().id) {
            return Err(Error::Conflict("It is closed, or its branch is elsewhere.".to_owned()));
        }
        let author = self.author_of(&actor).await?;
        let (branch, into) = (request.source.branch.clone(), request.target_branch.clone());
        let message = format!("Merge {} into {}", into.short(), branch.short());
        let mut door = PushDoor::open(self, access, origin.clone()).await?;
        door.purpose = Purpose::WebEdit;
        let work = self.tasks().spawn_blocking(move || {
            if tip(&door.refs, &branch) != Some(head) || tip(&door.refs, &into) != Some(target) {
                return Err(Error::Conflict(
                    "A branch has moved since you looked. What is to be decided may be different now."
                        .to_owned(),
                ));
            }
            let text = CommitText { author: &author, committer: &author, message: &message };
            let limits = MergeLimits::default();
            let built = Browser::open(&door.objects)
                .resolve_merge(&head, &target, &decided, &text, &limits, &door.cancel)
                .map_err(refusal)?;
            let quarantine = door.quarantine(&built.objects)?;
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
