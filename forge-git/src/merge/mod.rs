//! Merging in memory: three trees into one, and the commits that people make of it.
//!
//! Nothing is stored and no ref moves. The trees of two commits and of what both were built on are read side by side ([`walk`]),
//! moved files are followed ([`moves`]), each path is decided by itself and texts are joined line by line ([`text`]), and what
//! came out is written into objects that only the [`Browser`] knows. They go the way of every push from there.
//!
//! Decisions are those of git's own merge, with three differences: whole directories that were moved do not take
//! along files which the other side added to them, attributes and filters have no say, and a submodule that both sides moved
//! is always a conflict, because its commits are elsewhere.

mod bases;
mod build;
mod decide;
mod moves;
mod range;
mod rebase;
mod resolve;
#[cfg(test)]
pub(crate) use tests::history as testing;
#[cfg(test)]
mod tests;
mod text;
mod walk;
mod write;

use std::time::{Duration, Instant};

use forge_core::ObjectId;
use forge_core::code::Conflict;
use gix_object::Kind;

use crate::browse::{Browser, Budget};
use crate::{Cancel, Error, hash};

pub use build::CommitText;
pub use range::CommitRange;
pub use rebase::{MergeCommits, Rebased, RebasedCommit};
pub use text::merge_texts;

use decide::Merge;

/// Bounds of one merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeLimits {
    /// Files that may differ between the three trees. Default 200,000.
    pub files: usize,
    /// Bytes of a file that is joined line by line; a larger one that both sides changed is a conflict. Default 16 MiB.
    pub file_bytes: u64,
    /// Gone files times new files that are compared to find moves. Default one million; above it only moves without a change are found.
    pub rename_pairs: usize,
    /// Conflicts that are listed. Default 1,000.
    pub conflicts: usize,
    /// Bytes of the texts of all listed conflicts. Default 16 MiB; what is behind is listed without its text.
    pub conflict_bytes: usize,
    /// Commits that a rebase may copy. Default 2,000.
    pub commits: usize,
    /// Time for all of it. Default 30 seconds.
    pub time: Duration,
}

impl Default for MergeLimits {
    fn default() -> Self {
        Self {
            files: 200_000,
            file_bytes: 16 << 20,
            rename_pairs: 1_000_000,
            conflicts: 1_000,
            conflict_bytes: 16 << 20,
            commits: 2_000,
            time: Duration::from_secs(30),
        }
    }
}

impl MergeLimits {
    /// The same with the time that is left.
    fn after(&self, started: Instant) -> Self {
        Self { time: self.time.saturating_sub(started.elapsed()), ..*self }
    }

    fn budget(&self) -> Budget {
        Budget { time: self.time, ..Budget::BACKGROUND }
    }
}

/// What came of merging two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The merged files. Where there is a conflict stands our side, or theirs if we have none.
    pub tree: ObjectId,
    /// Objects of the tree that are stored nowhere: blobs, then trees from the bottom up.
    pub objects: Vec<(Kind, Vec<u8>)>,
    /// The commit that both were built on last; of several the newest.
    pub merge_base: ObjectId,
    /// What could not be decided, in path order.
    pub conflicts: Vec<Conflict>,
    /// Conflicts that are not listed, because there are too many.
    pub more_conflicts: usize,
    /// Whether all moved files could be looked for.
    pub all_moves_found: bool,
}

impl Merged {
    /// Whether somebody has to decide something.
    pub fn has_conflicts(&self) -> bool {
        !self.conflicts.is_empty()
    }
}

/// Why a commit could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Somebody has to decide something first.
    #[error("{} do not fit together", files(conflicts.len() + more))]
    Conflicts {
        /// The commit that did not fit, where several are copied one after the other.
        commit: Option<ObjectId>,
        /// What could not be decided, in path order.
        conflicts: Vec<Conflict>,
        /// Conflicts that are not listed, because there are too many.
        more: usize,
    },
    /// There is nothing to be done, or it cannot be done so. The text is for people.
    #[error("{0}")]
    Refused(String),
    /// Reading failed, a limit was reached or the caller stopped it.
    #[error(transparent)]
    Engine(#[from] Error),
}

impl MergeError {
    fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

impl Browser {
    /// Merges `theirs` into `ours`, in memory.
    ///
    /// Fails with [`MergeError::Refused`] for histories that have nothing in common.
    pub fn merge(
        &self,
        ours: &ObjectId,
        theirs: &ObjectId,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<Merged, MergeError> {
        let mut merge = Merge::new(self, limits, cancel);
        let (ours, theirs) = (hash::to_gix(ours), hash::to_gix(theirs));
        let (base, base_tree) = merge
            .common_tree(&[ours], &[theirs])?
            .ok_or_else(|| MergeError::refused("the two branches have no commit in common"))?;
        let trees = [Some(base_tree), Some(self.node(&ours)?.tree), Some(self.node(&theirs)?.tree)];
        let tree = merge.trees(trees)?;
        Ok(Merged {
            tree: hash::from_gix(&tree)?,
            objects: self.made_objects(&tree)?,
            merge_base: hash::from_gix(&base)?,
            all_moves_found: merge.all_moves_found,
            more_conflicts: merge.more_conflicts,
            conflicts: merge.into_conflicts(),
        })
    }
}
