//! Taking a change back, or making it on another branch too: a commit on a branch of its own, to be asked for as usual.

use forge_core::{ObjectId, RefName, RefUpdate};
use forge_git::RefSnapshot;
use forge_git::browse::Browser;
use forge_git::browse::edit::BuiltCommit;
use forge_git::merge::{CommitText, MergeError, MergeLimits};
use forge_git::receive::Silent;
use forge_store::{merge_request, push};

use super::ahead::tip;
use super::merge::refusal;
use super::person;
use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::push::{Purpose, PushDoor};

/// Branches of one change whose names are tried.
const NAMES: usize = 50;
/// Files that are named where a change does not fit.
const NAMED: usize = 5;

/// What is to be done with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picking {
    /// It is taken back.
    Revert,
    /// It is made once more.
    Copy,
}

/// A change and where it is to go.
#[derive(Debug, Clone)]
pub struct PickOrder {
    /// The commit.
    pub commit: ObjectId,
    /// The branch that the result is to be offered to.
    pub onto: RefName,
    /// What is to be done.
    pub picking: Picking,
}

/// The two ends of what is to be asked for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// The new branch.
    pub source: RefName,
    /// The branch it was made from.
    pub target: RefName,
}

/// What is taken back, or made again.
#[derive(Debug, Clone)]
struct Change {
    /// What it was built on, if that is not the first parent.
    before: Option<ObjectId>,
    commit: ObjectId,
    picking: Picking,
    /// What it is called in the message.
    about: String,
}

impl App {
    /// Makes a commit out of another one, on a new branch beside the one that it is to go to.
    ///
    /// `Conflict` where it does not fit, with what to do then.
    pub async fn pick_commit(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        order: &PickOrder,
    ) -> Result<Picked> {
        let about = format!("commit {}", order.commit);
        let change = Change { before: None, commit: order.commit, picking: order.picking, about };
        self.pick(access, origin, change, order.onto.clone()).await
    }

    /// Takes back what a merged merge request brought to its target, on a new branch.
    pub async fn revert_merge_request(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        number: u64,
    ) -> Result<Picked> {
        let repo = access.repo().id;
        let rows = self.store().read().await?;
        let request = merge_request::by_number(&rows, repo, number).await?.ok_or(Error::NotFound)?;
        let Some(merged) = &request.merged else {
            return Err(Error::Conflict("It was not merged, so there is nothing to take back.".to_owned()));
        };
        let moved = push::moved_to(&rows, repo, &request.target_branch, &merged.commit).await?;
        let before = moved.and_then(|moved| moved.old);
        let about = format!("{} ({})", request.item.title, request.item.reference());
        let change = Change { before, commit: merged.commit, picking: Picking::Revert, about };
        drop(rows);
        self.pick(access, origin, change, request.target_branch).await
    }

    async fn pick(
        &self,
        access: RepoAccess<Write>,
        origin: &Origin,
        change: Change,
        onto: RefName,
    ) -> Result<Picked> {
        person(access.actor())?;
        let author = self.author_of(access.actor()).await?;
        let mut door = PushDoor::open(self, access, origin.clone()).await?;
        door.purpose = Purpose::WebEdit;
        let work = self.tasks().spawn_blocking(move || {
            let target = tip(&door.refs, &onto)
                .ok_or_else(|| Error::invalid("onto", format!("There is no branch {}.", onto.short())))?;
            let browser = Browser::open(&door.objects);
            // An id is no permission: what no ref reaches is not there.
            if !browser.is_reachable(&door.refs, &change.commit, &door.cancel)? {
                return Err(Error::NotFound);
            }
            let built = made(&door, &browser, &change, &target, &author)?;
            let source = free_name(&door.refs, &change, &onto)?;
            let quarantine = door.quarantine(&built.objects)?;
            let update = RefUpdate { name: source.clone(), old: None, new: Some(built.id) };
            let verdict = door.prejudge(&update);
            let verdicts = door.accept(quarantine, &[update], vec![verdict], true, &mut Silent)?;
            match verdicts.into_iter().find_map(Result::err) {
                Some(reason) => Err(Error::Conflict(reason)),
                None => Ok(Picked { source, target: onto }),
            }
        });
        work.await.map_err(Error::internal)?
    }
}

/// Makes the commit, in memory.
fn made(
    door: &PushDoor,
    browser: &Browser,
    change: &Change,
    target: &ObjectId,
    author: &forge_core::code::Identity,
) -> Result<BuiltCommit> {
    let limits = MergeLimits::default();
    let made = match change.picking {
        Picking::Copy => browser.cherry_pick(target, &change.commit, author, None, &limits, &door.cancel),
        Picking::Revert => {
            let subject = browser.commit(&change.commit)?.summary().subject;
            let message = match change.before {
                None => format!("Revert \"{subject}\"\n\nThis takes back {}.\n", change.about),
                Some(_) => format!("Revert \"{}\"\n\nThis takes back what was merged.\n", change.about),
            };
            let text = CommitText { author, committer: author, message: &message };
            match &change.before {
                None => browser.revert(target, &change.commit, &text, &limits, &door.cancel),
                Some(before) => {
                    browser.take_back(target, before, &change.commit, &text, &limits, &door.cancel)
                }
            }
        }
    };
    made.map_err(|error| by_hand(error, change))
}

/// Says what to do by hand where a change does not fit.
fn by_hand(error: MergeError, change: &Change) -> Error {
    let MergeError::Conflicts { conflicts, more, .. } = error else { return refusal(error) };
    let mut files: Vec<String> =
        conflicts.iter().take(NAMED).map(|conflict| conflict.path.to_string()).collect();
    let rest = conflicts.len().saturating_sub(NAMED) + more;
    if rest > 0 {
        files.push(format!("{rest} more"));
    }
    let command = match change.picking {
        Picking::Revert => "git revert",
        Picking::Copy => "git cherry-pick",
    };
    Error::Conflict(format!(
        "It does not fit what was changed since in {}. Do it on your computer: {command} {}, resolve what does not fit, push it \
         to a new branch, and open a merge request of that.",
        files.join(", "),
        change.commit.short(),
    ))
}

/// A name that no branch has.
fn free_name(refs: &RefSnapshot, change: &Change, onto: &RefName) -> Result<RefName> {
    let short = change.commit.short();
    let start = match change.picking {
        Picking::Revert => format!("revert-{short}"),
        Picking::Copy => format!("copy-{short}-to-{}", onto.short().replace('/', "-")),
    };
    for number in 1..=NAMES {
        let name = if number == 1 { start.clone() } else { format!("{start}-{number}") };
        let name = RefName::branch(&name).map_err(Error::internal)?;
        if refs.find(name.as_str()).is_none() {
            return Ok(name);
        }
    }
    Err(Error::Conflict(format!("There are {NAMES} branches called {start} already. Delete some of them.")))
}
