//! What a push means for merge requests, worked out before its transaction: git's part of it takes time.

use forge_core::merge_request::VersionReason;
use forge_core::work_item::references::references;
use forge_core::{ItemId, ObjectId, RefName};
use forge_git::browse::{Browser, Budget};
use forge_git::merge::MergeLimits;
use forge_git::receive::Quarantine;
use forge_git::{Cancel, RefSnapshot};
use forge_store::git_ref::RefChange;
use forge_store::merge_request::{self, OpenEnds};

use crate::error::{Error, Result};
use crate::git::push::PushDoor;

/// Merge requests that one push may touch. Those behind get their versions by a job.
const MOST: usize = 500;
/// Commits of one push that are read while the pusher waits.
const MOST_READ: usize = 100;

/// What a push means for the open merge requests of its repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ahead {
    /// New versions, by what they are of.
    pub(crate) versions: Vec<Coming>,
    /// Merge requests whose change the target branch has from now on.
    pub(crate) landed: Vec<Landed>,
    /// Whether the default branch brings a commit that may name tickets: most do not, and then nobody is to look for them.
    pub(crate) names_items: bool,
}

impl Ahead {
    /// Whether it means nothing that anybody waits for.
    pub(crate) fn is_quiet(&self) -> bool {
        self.versions.is_empty() && self.landed.is_empty() && !self.names_items
    }
}

/// A version that a push makes.
#[derive(Debug, Clone)]
pub(crate) struct Coming {
    /// Of which merge request.
    pub(crate) item: ItemId,
    /// The version that was the newest when this was worked out.
    pub(crate) after: u32,
    /// Where it goes.
    pub(crate) target: RefName,
    /// Where it went before, if it is sent elsewhere by this.
    pub(crate) from: Option<RefName>,
    /// What both have in common.
    pub(crate) base: ObjectId,
    /// What the target pointed at.
    pub(crate) target_head: ObjectId,
    /// The new head.
    pub(crate) head: ObjectId,
    /// Why.
    pub(crate) reason: VersionReason,
    /// What names the change itself.
    pub(crate) patch_id: Option<ObjectId>,
    /// Whether it is the change of the version before and stands in the same places.
    pub(crate) is_only_moved: bool,
}

/// A merge request whose head the target branch has.
#[derive(Debug, Clone)]
pub(crate) struct Landed {
    /// Which.
    pub(crate) item: ItemId,
    /// The version whose head it is.
    pub(crate) version: u32,
    /// What the branch points at.
    pub(crate) tip: ObjectId,
}

impl PushDoor {
    /// Looks which merge requests the accepted changes are about.
    pub(crate) fn look_ahead(&self, quarantine: &Quarantine, changes: &[RefChange]) -> Result<Ahead> {
        let repo = self.access.repo().id;
        let ends = self.runtime.block_on(async {
            let rows = self.app.store().read().await?;
            Ok::<_, Error>(merge_request::open_ends(&rows, repo).await?)
        })?;
        let mut ahead = Ahead { names_items: self.names_items(quarantine, changes)?, ..Ahead::default() };
        if ends.is_empty() {
            return Ok(ahead);
        }
        let browser = Browser::open(quarantine.store());
        ahead.versions = self.stacked(&browser, &ends, changes)?;
        for change in changes {
            let Some(new) = change.update.new else { continue };
            let name = &change.update.name;
            let from_here = |end: &&OpenEnds| end.source_repo == Some(repo) && end.repo == repo;
            for end in ends.iter().filter(from_here).filter(|end| end.source_branch == *name) {
                if ahead.versions.len() >= MOST || end.head == new {
                    continue;
                }
                let target = changes
                    .iter()
                    .find(|change| change.update.name == end.target_branch)
                    .and_then(|change| change.update.new)
                    .or_else(|| self.refs.find(end.target_branch.as_str()).map(|found| found.target));
                let Some(target) = target else { continue };
                ahead.versions.push(self.coming(&browser, end, (target, new), change.update.old)?);
            }
            let mut landing: Vec<&OpenEnds> =
                ends.iter().filter(|end| end.repo == repo && end.target_branch == *name).collect();
            landing.truncate(MOST);
            for end in landing {
                if browser.is_ancestor(&end.head, &new, Budget::BACKGROUND, &self.cancel)? {
                    ahead.landed.push(Landed { item: end.item, version: end.version, tip: new });
                }
            }
        }
        Ok(ahead)
    }

    /// Whether a commit that the default branch brings names an item. Of very many it is taken as given.
    fn names_items(&self, quarantine: &Quarantine, changes: &[RefChange]) -> Result<bool> {
        let of_default =
            changes.iter().find(|change| change.update.name == self.access.repo().default_branch);
        let Some((old, new)) = of_default.and_then(|change| change.update.old.zip(change.update.new)) else {
            return Ok(false);
        };
        let Some(brought) = quarantine.brought(&[old], &new, MOST_READ, &self.cancel)? else {
            return Ok(true);
        };
        let browser = Browser::open(quarantine.store());
        // What cannot be read here may be readable to whoever looks for tickets.
        let names =
            |id: &ObjectId| browser.commit(id).map_or(true, |commit| !references(&commit.text).is_empty());
        Ok(brought.iter().any(names))
    }

    fn coming(
        &self,
        browser: &Browser,
        end: &OpenEnds,
        (target_head, head): (ObjectId, ObjectId),
        old: Option<ObjectId>,
    ) -> Result<Coming> {
        let found = browser.merge_base(&target_head, &head, Budget::BACKGROUND, &self.cancel)?;
        // A history that has nothing in common with the target is a version as well: it is seen, and cannot be merged.
        let base = found.unwrap_or(end.base);
        let forward = match old {
            Some(old) => browser.is_ancestor(&old, &head, Budget::BACKGROUND, &self.cancel)?,
            None => false,
        };
        Ok(Coming {
            item: end.item,
            after: end.version,
            target: end.target_branch.clone(),
            from: None,
            base,
            target_head,
            head,
            reason: self.reason(forward),
            patch_id: patch_id(browser, &base, &head, &self.cancel)?,
            is_only_moved: is_only_moved(browser, (end.base, end.head), (base, head), &self.cancel)?,
        })
    }

    fn reason(&self, forward: bool) -> VersionReason {
        match (self.purpose.version_reason(), forward) {
            (Some(reason), true) => reason,
            (None, true) => VersionReason::Push,
            (_, false) => VersionReason::Force,
        }
    }
}

/// What names a change whatever it is built upon; nothing if it is too large to work out.
pub(super) fn patch_id(
    browser: &Browser,
    base: &ObjectId,
    head: &ObjectId,
    cancel: &Cancel,
) -> Result<Option<ObjectId>> {
    match browser.patch_id(base, head, cancel) {
        Ok(id) => Ok(Some(id)),
        Err(forge_git::Error::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a version only stands on another base: the same change, in the same places. What is too large to tell is not.
pub(super) fn is_only_moved(
    browser: &Browser,
    old: (ObjectId, ObjectId),
    new: (ObjectId, ObjectId),
    cancel: &Cancel,
) -> Result<bool> {
    match browser.is_only_moved((&old.0, &old.1), (&new.0, &new.1), &MergeLimits::default(), cancel) {
        Ok(moved) => Ok(moved),
        Err(forge_git::Error::TooLarge { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What the branch of a repository points at.
pub(super) fn tip(refs: &RefSnapshot, branch: &RefName) -> Option<ObjectId> {
    refs.find(branch.as_str()).map(|found| found.target)
}
