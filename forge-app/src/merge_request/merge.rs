//! Merging: the commit is made in memory, and goes through the door of every push.

use forge_core::merge_request::check::{Fit, obstacles};
use forge_core::merge_request::{MergeMethod, MergeRequest};
use forge_core::{Actor, ObjectId, RefUpdate, RepoId, UserId};
use forge_git::browse::{Browser, Budget};
use forge_git::merge::{CommitText, MergeCommits, MergeError, MergeLimits};
use forge_git::receive::{Quarantine, Silent};
use forge_store::merge_request;

use super::ahead::tip;
use super::facts::{Known, Read};
use super::{Merging, person};
use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::push::{Purpose, PushDoor};

/// What somebody asks for who merges.
#[derive(Debug, Clone)]
pub struct MergeOrder {
    /// The head that they looked at.
    pub head: ObjectId,
    /// How.
    pub method: MergeMethod,
    /// What the commit says; empty for what it usually says. Of no use to a rebase.
    pub message: String,
    /// Whether the source branch is deleted afterwards, where that is allowed.
    pub delete_source: bool,
}

impl App {
    /// Merges a merge request, and gives what its target branch points at then.
    ///
    /// `Conflict` says what stands against it; nothing has happened then.
    pub async fn merge(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        order: &MergeOrder,
    ) -> Result<ObjectId> {
        let (actor, repo) = (access.actor().clone(), access.repo().id);
        let commit = self.merge_for(access, origin, number, order, None).await?;
        if order.delete_source {
            self.delete_source_elsewhere(&actor, origin, repo, number, &order.head).await;
        }
        Ok(commit)
    }

    /// The same, for somebody who asked for it earlier where `armed_by` names them.
    pub(super) async fn merge_for(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        order: &MergeOrder,
        armed_by: Option<UserId>,
    ) -> Result<ObjectId> {
        person(access.actor())?;
        let committer = self.author_of(access.actor()).await?;
        let known = {
            let rows = self.store().read().await?;
            let request = merge_request::by_number(&rows, access.repo().id, number).await?;
            self.known(&rows, request.ok_or(Error::NotFound)?).await?
        };
        if known.version.head != order.head {
            return Err(Error::Conflict(
                "Somebody pushed to it since you looked. Look at the new version, and merge that.".to_owned(),
            ));
        }
        if !known.demands.methods.contains(&order.method) {
            return Err(Error::invalid("method", "This branch does not take changes in this way."));
        }
        let mut door = PushDoor::open(self, access, origin.clone()).await?;
        let (app, order) = (self.clone(), order.clone());
        let work = self.tasks().spawn_blocking(move || {
            let target = tip(&door.refs, &known.request.target_branch).ok_or_else(|| {
                Error::Conflict(format!("The branch {} is gone.", known.request.target_branch.short()))
            })?;
            let read = app.read_branches(&door, &known, &target)?;
            if let Some(first) = obstacles(&known.facts(&read)).into_iter().next() {
                return Err(Error::Conflict(first));
            }
            let (commit, quarantine) = join(&door, &known, &target, &order, &committer)?;
            door.purpose = Purpose::Merge(Merging {
                item: known.request.item.id,
                version: known.version.number,
                head: known.version.head,
                method: order.method,
                commit,
                is_up_to_date: read.is_up_to_date,
                armed_by,
                owners: read.owners,
            });
            let mut updates = vec![RefUpdate {
                name: known.request.target_branch.clone(),
                old: Some(target),
                new: Some(commit),
            }];
            updates.extend(source_deletion(&door, &known.request, &order));
            let verdicts = updates.iter().map(|update| door.prejudge(update)).collect();
            let verdicts = door.accept(quarantine, &updates, verdicts, true, &mut Silent)?;
            match verdicts.into_iter().find_map(Result::err) {
                Some(reason) => Err(Error::Conflict(reason)),
                None => Ok(commit),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// What the commit of a merge says unless somebody writes something else.
    pub fn usual_merge_message(&self, request: &MergeRequest) -> String {
        usual_message(request, MergeMethod::Merge)
    }

    /// Deletes the branch of a fork that was merged, where whoever merged may do so there. The merge stands without it.
    async fn delete_source_elsewhere(
        &self,
        actor: &Actor,
        origin: &Origin,
        repo: RepoId,
        number: u64,
        head: &ObjectId,
    ) {
        let work = async {
            let rows = self.store().read().await?;
            let request = merge_request::by_number(&rows, repo, number).await?.ok_or(Error::NotFound)?;
            drop(rows);
            let Some(source) = request.source.repo.filter(|source| *source != repo) else { return Ok(()) };
            let access = self.authorize_by_id::<Write>(actor, source).await?;
            let door = PushDoor::open(self, access, origin.clone()).await?;
            let branch = request.source.branch;
            let is_kept = branch == door.access.repo().default_branch;
            if is_kept || tip(&door.refs, &branch) != Some(*head) {
                return Ok(());
            }
            let update = RefUpdate { name: branch, old: Some(*head), new: None };
            let work = self.tasks().spawn_blocking(move || {
                let quarantine = Quarantine::empty(&door.objects, &door.app.repositories().limits().git);
                let verdict = door.prejudge(&update);
                door.accept(quarantine, &[update], vec![verdict], true, &mut Silent).map(drop)
            });
            work.await.map_err(Error::internal)?
        };
        if let Err(error) = work.await {
            tracing::info!(%error, "the branch of a fork stays after its merge");
        }
    }

    /// What git says of the two branches at this moment. Blocks.
    pub(super) fn read_branches(&self, door: &PushDoor, known: &Known, target: &ObjectId) -> Result<Read> {
        let browser = Browser::open(&door.objects);
        let head = &known.version.head;
        Ok(Read {
            // Joining them finds out.
            fit: if browser.is_ancestor(head, target, Budget::BACKGROUND, &door.cancel)? {
                Fit::Merged
            } else {
                Fit::Clean
            },
            is_up_to_date: browser.is_ancestor(target, head, Budget::BACKGROUND, &door.cancel)?,
            owners: super::owners::owner_groups(self, &browser, known, target, &door.cancel)?,
        })
    }
}

/// Deletes the source branch in the same push, where it is still what was merged and the default branch is another.
fn source_deletion(door: &PushDoor, request: &MergeRequest, order: &MergeOrder) -> Option<RefUpdate> {
    let repo = door.access.repo();
    let is_here = request.source.repo == Some(repo.id);
    let branch = &request.source.branch;
    let wanted = order.delete_source && is_here && branch != &repo.default_branch;
    let there = tip(&door.refs, branch).filter(|tip| *tip == order.head)?;
    wanted.then(|| RefUpdate { name: branch.clone(), old: Some(there), new: None })
}

/// Makes the commit that the target is to point at, and its objects.
fn join(
    door: &PushDoor,
    known: &Known,
    target: &ObjectId,
    order: &MergeOrder,
    committer: &forge_core::code::Identity,
) -> Result<(ObjectId, Quarantine)> {
    let browser = Browser::open(&door.objects);
    let (head, limits) = (&known.version.head, MergeLimits::default());
    let message = if order.message.trim().is_empty() {
        usual_message(&known.request, order.method)
    } else {
        order.message.clone()
    };
    let text = CommitText { author: committer, committer, message: &message };
    let git_limits = &door.app.repositories().limits().git;
    let (id, objects) = match order.method {
        MergeMethod::FastForward => {
            if !browser.is_ancestor(target, head, Budget::BACKGROUND, &door.cancel)? {
                return Err(Error::Conflict(
                    "The target has moved on, so it cannot just move forward. Choose another way, or rebase first."
                        .to_owned(),
                ));
            }
            return Ok((*head, Quarantine::empty(&door.objects, git_limits)));
        }
        MergeMethod::Merge => {
            let built = browser.merge_commit(target, head, &text, &limits, &door.cancel).map_err(refusal)?;
            (built.id, built.objects)
        }
        MergeMethod::Squash => {
            let built = browser.squash(target, head, &text, &limits, &door.cancel).map_err(refusal)?;
            (built.id, built.objects)
        }
        MergeMethod::Rebase => {
            let merges = MergeCommits::LeaveOut;
            let rebased =
                browser.rebase(target, head, merges, committer, &limits, &door.cancel).map_err(refusal)?;
            (rebased.id, rebased.objects)
        }
    };
    Ok((id, door.quarantine(&objects)?))
}

/// What the engine says, for the person who merges.
pub(super) fn refusal(error: MergeError) -> Error {
    match error {
        MergeError::Conflicts { .. } => {
            Error::Conflict("Both branches changed the same lines. Resolve the conflicts first.".to_owned())
        }
        MergeError::Refused(text) => {
            let mut letters = text.chars();
            let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
            Error::Conflict(format!("{first}{}.", letters.as_str()))
        }
        MergeError::Engine(error) => error.into(),
    }
}

/// What a merge says where nobody said anything else.
pub(super) fn usual_message(request: &MergeRequest, method: MergeMethod) -> String {
    let item = &request.item;
    match method {
        MergeMethod::Squash => format!("{} ({})\n\n{}", item.title, item.reference(), item.body),
        _ => format!(
            "Merge {} into {}\n\n{} ({})\n",
            request.source.branch.short(),
            request.target_branch.short(),
            item.title,
            item.reference()
        ),
    }
}
