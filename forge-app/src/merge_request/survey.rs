//! What git says of two branches, in one repository or in a fork and where it offers its changes.

use forge_core::{ObjectId, RefName, Repository};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget};

use super::ahead::{patch_id, tip};
use super::carry::Carried;
use crate::app::App;
use crate::error::{Error, Result};

/// Commits whose messages a new merge request is filled in from.
const READ: usize = 20;

/// What git says of two branches.
#[derive(Debug, Clone)]
pub(super) struct Surveyed {
    pub(super) base: ObjectId,
    pub(super) head: ObjectId,
    pub(super) target_head: ObjectId,
    pub(super) patch_id: Option<ObjectId>,
    pub(super) messages: Vec<String>,
    pub(super) commits: usize,
}

impl App {
    /// Looks at two branches. What comes from another repository is carried over, on trial.
    pub(super) async fn survey(
        &self,
        (source, from): (&Repository, &RefName),
        (target, to): (&Repository, &RefName),
    ) -> Result<(Surveyed, Option<Carried>)> {
        let (refs, objects) = self.open_repository(target).await?;
        let is_here = source.id == target.id;
        let sources = if is_here { refs.clone() } else { self.refs(source).await? };
        let missing = |field, branch: &RefName| {
            Error::invalid(field, format!("There is no branch {}.", branch.short()))
        };
        let head = tip(&sources, from).ok_or_else(|| missing("source", from))?;
        let target_head = tip(&refs, to).ok_or_else(|| missing("target", to))?;
        if is_here && from == to {
            return Err(Error::invalid("source", "Choose two different branches."));
        }
        let cancel = Cancel::within(self.repositories().limits().longest);
        let carried =
            if is_here { None } else { Some(self.carry_over(source, target, head, &cancel).await?) };
        let work = self.tasks().spawn_blocking(move || {
            let store = carried.as_ref().map_or(&*objects, |carried| carried.quarantine.store());
            let found = look(&Browser::open(store), head, target_head, &cancel)?;
            Ok((found, carried))
        });
        work.await.map_err(Error::internal)?
    }
}

fn look(browser: &Browser, head: ObjectId, target_head: ObjectId, cancel: &Cancel) -> Result<Surveyed> {
    let budget = Budget::BACKGROUND;
    let base = browser
        .merge_base(&target_head, &head, budget, cancel)?
        .ok_or_else(|| Error::invalid("source", "The two branches have no commit in common."))?;
    let range = browser.commits_between(&target_head, &head, 0..READ, budget, cancel)?;
    if range.total == 0 {
        return Err(Error::invalid("source", "The target branch has all of these commits already."));
    }
    let messages = range
        .commits
        .iter()
        .map(|id| browser.commit(id).map(|commit| commit.text))
        .collect::<Result<Vec<_>, _>>()?;
    let patch_id = patch_id(browser, &base, &head, cancel)?;
    Ok(Surveyed { base, head, target_head, patch_id, messages, commits: range.total })
}
