//! Differences as text that git applies: what `git diff` and `git format-patch` print.
//!
//! Unlike a page this leaves nothing out: it is all there or it is an error. Lines are compared as git does by default, and the
//! text is mostly the same byte for byte; of several shortest ways to tell a change in a long file git may take another.

mod binary;
mod file;
mod mail;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::time::Duration;

use forge_core::ObjectId;

use crate::browse::{Browser, Budget, DiffLimits};
use crate::{Cancel, Error, Result, hash};

pub(crate) use file::cut_heading;

/// Bounds of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PatchLimits {
    /// Bytes of the whole text. Default 256 MiB.
    pub bytes: u64,
    /// Bytes of a file that is compared line by line; a larger one counts as binary. Default 16 MiB.
    pub file_bytes: u64,
    /// Bytes of a file that is read at all. Default 128 MiB.
    pub largest_file: u64,
    /// Commits in one mailbox. Default 1,000.
    pub commits: usize,
    /// Time for all of it. Default one minute.
    pub time: Duration,
}

impl Default for PatchLimits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            file_bytes: 16 << 20,
            largest_file: 128 << 20,
            commits: 1_000,
            time: Duration::from_mins(1),
        }
    }
}

/// How a difference is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether moved files are told as such.
    pub(crate) moves: bool,
    /// Whether what is not text is written whole, so that it can be applied.
    pub(crate) binary: bool,
}

/// Text for people to apply.
const APPLICABLE: Style = Style { moves: true, binary: true };

impl Browser {
    /// Writes what changed from one commit to another, or from emptiness, as `git diff --binary --full-index` does.
    pub fn write_diff(
        &self,
        old: Option<&ObjectId>,
        new: &ObjectId,
        limits: &PatchLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let tree = |id: &ObjectId| Ok::<_, Error>(self.node(&hash::to_gix(id))?.tree);
        let mut out = Limited { out, left: limits.bytes, limit: limits.bytes };
        self.write_trees(old.map(tree).transpose()?, Some(tree(new)?), APPLICABLE, limits, &mut out, cancel)
    }

    /// Writes what differs between two trees.
    pub(crate) fn write_trees(
        &self,
        old: Option<gix_hash::ObjectId>,
        new: Option<gix_hash::ObjectId>,
        style: Style,
        limits: &PatchLimits,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let mut meter = Budget { objects: u64::MAX, time: limits.time }.start(cancel);
        let found = self.changed_files(old, new, &mut meter)?;
        if !found.complete {
            return Err(Error::TooLarge { what: "the number of files that differ", limit: 100_000 });
        }
        let changes = if style.moves {
            self.find_renames(found.changes, &DiffLimits::default(), &mut meter)?.0
        } else {
            found.changes
        };
        for change in changes {
            if !meter.spend()? {
                return Err(Error::TooLarge {
                    what: "the time for a patch, in seconds,",
                    limit: limits.time.as_secs(),
                });
            }
            self.write_file(change, style, limits, out)?;
        }
        Ok(())
    }
}

/// Stops before too much is written.
struct Limited<'a> {
    out: &'a mut dyn Write,
    left: u64,
    limit: u64,
}

impl Write for Limited<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| {
            std::io::Error::from(Error::TooLarge {
                what: "the size of a patch, in bytes,",
                limit: self.limit,
            })
        })?;
        self.out.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
