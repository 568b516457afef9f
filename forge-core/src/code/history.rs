//! History: lists of commits, and who touched what last.

use crate::code::CommitSummary;
use crate::{FilePath, ObjectId};

/// One page of history, newest first. No commit comes before one that was built on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPage {
    /// The commits.
    pub commits: Vec<CommitSummary>,
    /// How many commits come before this page.
    pub skipped: usize,
    /// Whether there are more behind it, as far as was looked.
    pub has_more: bool,
    /// Whether the page is whole; false when the budget ran out before it was full.
    pub complete: bool,
}

/// How many commits a commit's history has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitCount {
    /// As many were counted.
    pub commits: u64,
    /// False when there are more: the budget ran out.
    pub complete: bool,
}

/// How two commits stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AheadBehind {
    /// Commits that only the first has.
    pub ahead: u64,
    /// Commits that only the second has.
    pub behind: u64,
    /// False when the budget ran out: the numbers are then what was seen so far.
    pub complete: bool,
}

/// Which commit last changed an entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCommit {
    /// The entry's name.
    pub name: Vec<u8>,
    /// The commit; nothing where it was not found within the budget.
    pub commit: Option<CommitSummary>,
}

/// Which commit last changed each entry of a directory.
///
/// It is true of (commit, directory) for ever, so it may be kept; an answer for a later commit starts from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastCommits {
    /// The commit that was looked at.
    pub commit: ObjectId,
    /// The directory.
    pub path: FilePath,
    /// The directory's tree at that commit.
    pub tree: ObjectId,
    /// One for each entry, in the tree's own order.
    pub entries: Vec<LastCommit>,
    /// Whether every entry has its commit; false when the budget ran out.
    pub complete: bool,
}

impl LastCommits {
    /// The commit that last changed the entry of this name.
    pub fn of(&self, name: &[u8]) -> Option<&CommitSummary> {
        self.entries.iter().find(|entry| entry.name == name)?.commit.as_ref()
    }

    /// The newest of all: the last commit that changed anything in the directory.
    pub fn newest(&self) -> Option<&CommitSummary> {
        self.entries.iter().filter_map(|entry| entry.commit.as_ref()).max_by_key(|commit| commit.committer.at)
    }
}

/// What became of a commit between two versions of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommitRelation {
    /// The same change with the same message.
    Same,
    /// The change or its message is another one.
    Changed,
    /// It is no longer there.
    Dropped,
    /// It was not there before.
    Added,
}

impl CommitRelation {
    /// The sign that git's `range-diff` has for it.
    pub fn sign(self) -> char {
        match self {
            Self::Same => '=',
            Self::Changed => '!',
            Self::Dropped => '<',
            Self::Added => '>',
        }
    }
}

/// A commit in two versions of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CommitPair {
    /// As it was; nothing if it is new.
    pub old: Option<ObjectId>,
    /// As it is; nothing if it was dropped.
    pub new: Option<ObjectId>,
    /// How the two stand to each other.
    pub relation: CommitRelation,
}
