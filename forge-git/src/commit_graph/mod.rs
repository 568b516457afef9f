//! The commit graph: a file with what walks need to know of each commit, in git's own format.
//!
//! `objects/info/commit-graph` holds tree, parents, time and generation of every commit that the refs reached when it was
//! written, so that walking history inflates nothing. It is an aid and never the truth: a commit that came later is read from
//! its pack, an entry for a commit that the store does not have is not believed, and a file that is damaged is passed over
//! with a line in the log. A store whose history is cut off has none.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use write::{Written, write};

pub(crate) use read::CommitGraph;

use std::path::{Path, PathBuf};

/// Where the file of a store is.
fn path(objects_dir: &Path) -> PathBuf {
    objects_dir.join("info/commit-graph")
}
