//! Merge requests: a change of one branch that is reviewed, and then merged into another.

pub mod check;
pub mod review;
pub mod suggestion;
pub mod thread;

use time::OffsetDateTime;

use crate::work_item::{By, WorkItem, words};
use crate::{ItemId, ItemState, ObjectId, RefName, RepoId, UserId};

/// Where the heads of merge requests are kept in the repository that they go to.
pub const NAMESPACE: &str = "refs/merge-requests/";

/// A merge request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRequest {
    /// What it has in common with a ticket. Its repository is the one that the change goes to.
    pub item: WorkItem,
    /// The branch that the change goes to.
    pub target_branch: RefName,
    /// Where the change comes from.
    pub source: Source,
    /// Not ready to be merged.
    pub is_draft: bool,
    /// The number of its newest version.
    pub version: u32,
    /// How it was merged.
    pub merged: Option<Merged>,
    /// Whether it merges by itself once it may.
    pub auto_merge: Option<AutoMerge>,
}

impl MergeRequest {
    /// Whether it can still be changed.
    pub fn is_open(&self) -> bool {
        self.item.state == ItemState::Open
    }
}

/// The branch that a change comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The repository; nothing once it was deleted.
    pub repo: Option<RepoId>,
    /// The address that the repository had when the merge request was opened.
    pub path: String,
    /// The branch; it may be gone.
    pub branch: RefName,
}

/// How a change was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// When.
    pub at: OffsetDateTime,
    /// Who did it; nothing once their account is gone.
    pub by: Option<UserId>,
    /// What the target branch pointed at afterwards.
    pub commit: ObjectId,
    /// How.
    pub method: MergeMethod,
}

/// That a change is merged as soon as nothing stands against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoMerge {
    /// Who asked for it, and in whose name it happens.
    pub by: UserId,
    /// How.
    pub method: MergeMethod,
    /// The message of the commit.
    pub message: String,
}

/// How a change becomes part of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MergeMethod {
    /// A commit that joins the two.
    Merge,
    /// One new commit on top of the target.
    Squash,
    /// Each commit made anew on top of the target.
    Rebase,
    /// The target moves to the head; only if nothing was added to it meanwhile.
    FastForward,
}

words!(MergeMethod: Merge = "merge", Squash = "squash", Rebase = "rebase", FastForward = "fast-forward");

impl MergeMethod {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Merge, Self::Squash, Self::Rebase, Self::FastForward];
}

/// Why there is a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionReason {
    /// It is the first.
    Open,
    /// Commits were added.
    Push,
    /// The branch was made anew.
    Force,
    /// It goes to another branch.
    Retarget,
    /// Somebody edited it in the browser.
    WebEdit,
    /// Suggestions were applied.
    Suggestion,
}

words!(VersionReason:
    Open = "open", Push = "push", Force = "force", Retarget = "retarget", WebEdit = "web-edit",
    Suggestion = "suggestion",
);

/// One state of the change. It never changes itself, and its head stays reachable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Of which merge request.
    pub item: ItemId,
    /// Counted from one.
    pub number: u32,
    /// The newest commit that the change and its target had in common.
    pub base: ObjectId,
    /// What the target branch pointed at.
    pub target_head: ObjectId,
    /// What the source branch pointed at.
    pub head: ObjectId,
    /// Why it came.
    pub reason: VersionReason,
    /// What names the change itself, whatever it is built upon; nothing if it was too large to work out.
    pub patch_id: Option<ObjectId>,
    /// Who pushed it.
    pub pushed_by: By,
    /// When.
    pub pushed_at: OffsetDateTime,
}

/// The hidden ref that keeps the head of a version.
pub fn version_ref(number: u64, version: u32) -> String {
    format!("{NAMESPACE}{number}/{version}/head")
}

/// The ref of the newest head, which everyone who may read may fetch.
pub fn head_ref(number: u64) -> String {
    format!("{NAMESPACE}{number}/head")
}

/// The mark of a draft at the start of a title, which people write as they do elsewhere.
///
/// Gives the title without it, and whether it was there.
pub fn draft_mark(title: &str) -> (&str, bool) {
    let trimmed = title.trim_start();
    for mark in ["draft:", "wip:", "[draft]", "(draft)"] {
        let start = trimmed.get(..mark.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(mark)) {
            return (trimmed.get(mark.len()..).unwrap_or_default().trim_start(), true);
        }
    }
    (title, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for method in MergeMethod::ALL {
            assert_eq!(method.name().parse(), Ok(method));
        }
        assert_eq!("web-edit".parse(), Ok(VersionReason::WebEdit));
    }

    #[test]
    fn drafts_are_seen_by_their_titles() {
        assert_eq!(draft_mark("Draft: Beds"), ("Beds", true));
        assert_eq!(draft_mark("WIP:beds"), ("beds", true));
        assert_eq!(draft_mark("[draft] Beds"), ("Beds", true));
        assert_eq!(draft_mark("Drafting beds"), ("Drafting beds", false));
        assert_eq!(draft_mark("é"), ("é", false));
    }

    #[test]
    fn refs_are_valid_names() {
        for name in [version_ref(12, 3), head_ref(12)] {
            assert!(RefName::new(&name).is_ok(), "{name}");
        }
    }
}
