//! The name of a change, whatever it was made on.
//!
//! Two of them. Git's own (`git patch-id --stable`) does not see white space, which is right for finding a commit again and wrong for
//! approvals: in Python and YAML an indentation is a decision. The exact one sees every byte of every changed line and of the
//! lines around it, does not guess at moved files, and is a SHA-256 whatever the repository uses. Neither sees line numbers.

use std::io::Write;

use forge_core::ObjectId;

use crate::browse::Browser;
use crate::hash::{self, Checksum};
use crate::patch::{PatchLimits, Style};
use crate::{Cancel, Result};

impl Browser {
    /// The exact name of what changed from `base` to `head`: the same only if the same lines change in the same way between the same
    /// lines. Give the merge base as `base`. For approvals that are carried over.
    pub fn patch_id(&self, base: &ObjectId, head: &ObjectId, cancel: &Cancel) -> Result<ObjectId> {
        let tree = |id: &ObjectId| Ok::<_, crate::Error>(self.node(&hash::to_gix(id))?.tree);
        let (old, new) = (tree(base)?, tree(head)?);
        let mut names = PatchNames::new(gix_hash::Kind::Sha256, true);
        self.feed(Some(old), Some(new), false, &mut names, cancel)?;
        names.finish()
    }

    /// Git's own name of what changed from `base` to `head`, as `git diff --full-index base head | git patch-id --stable`.
    ///
    /// It is the same as git's only where git tells the change in the same lines, as it mostly does: compare such names with each other.
    pub fn stable_patch_id(&self, base: &ObjectId, head: &ObjectId, cancel: &Cancel) -> Result<ObjectId> {
        let tree = |id: &ObjectId| Ok::<_, crate::Error>(self.node(&hash::to_gix(id))?.tree);
        let (old, new) = (tree(base)?, tree(head)?);
        let mut names = PatchNames::new(hash::kind(self.format()), false);
        self.feed(Some(old), Some(new), true, &mut names, cancel)?;
        names.finish()
    }

    /// Git's own name of what a commit changed against its first parent.
    pub fn commit_patch_id(&self, commit: &ObjectId, cancel: &Cancel) -> Result<ObjectId> {
        let commit = hash::to_gix(commit);
        let old = self.first_parent_tree(&commit)?;
        let mut names = PatchNames::new(hash::kind(self.format()), false);
        self.feed(old, Some(self.node(&commit)?.tree), true, &mut names, cancel)?;
        names.finish()
    }

    fn feed(
        &self,
        old: Option<gix_hash::ObjectId>,
        new: Option<gix_hash::ObjectId>,
        moves: bool,
        names: &mut PatchNames,
        cancel: &Cancel,
    ) -> Result<()> {
        let style = Style { moves, binary: false };
        // Nothing is kept, so the text may be as long as it is; what is too large to compare counts by its id.
        let limits = PatchLimits { bytes: u64::MAX, largest_file: u64::MAX, ..PatchLimits::default() };
        self.write_trees(old, new, style, &limits, names, cancel)
    }
}

/// Where in the text of a patch we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Between `diff --git` and the first hunk.
    Header,
    /// In a hunk, with the lines that are still to come on each side.
    Hunk(u32, u32),
    /// In a file that is not text.
    Binary,
}

/// Reads the text of a patch line by line and names it.
struct PatchNames {
    kind: gix_hash::Kind,
    is_exact: bool,
    line: Vec<u8>,
    place: Place,
    /// The ids of the file's two sides.
    ids: Vec<u8>,
    file: Checksum,
    sum: Vec<u8>,
}

impl PatchNames {
    fn new(kind: gix_hash::Kind, is_exact: bool) -> Self {
        Self {
            kind,
            is_exact,
            line: Vec::new(),
            place: Place::Header,
            ids: Vec::new(),
            file: Checksum::new(kind),
            sum: vec![0; kind.len_in_bytes()],
        }
    }

    /// Adds the hash of one file to the others: their order does not count.
    fn end_file(&mut self) {
        let file = std::mem::replace(&mut self.file, Checksum::new(self.kind)).finish();
        let mut carry = 0_u16;
        for (sum, byte) in self.sum.iter_mut().zip(file.as_bytes()) {
            carry += u16::from(*sum) + u16::from(*byte);
            *sum = u8::try_from(carry & 0xff).unwrap_or_default();
            carry >>= 8;
        }
    }

    fn take(&mut self, line: &[u8]) {
        if line.starts_with(b"\\ ") {
            if self.is_exact {
                self.file.update(line);
            }
            return;
        }
        let is_file = line.starts_with(b"diff --git ");
        match self.place {
            Place::Hunk(0, 0) if line.starts_with(b"@@ -") => {
                let (old, new) = counts(line);
                self.place = Place::Hunk(old, new);
                return;
            }
            Place::Hunk(0, 0) if is_file => {
                self.end_file();
                self.place = Place::Header;
            }
            Place::Binary if is_file => {
                self.place = Place::Header;
                if !self.is_exact {
                    // Git does not look at the names behind a binary file.
                    return;
                }
            }
            Place::Binary => return,
            Place::Header if line.starts_with(b"Binary files ") => {
                let ids = std::mem::take(&mut self.ids);
                self.file.update(&ids);
                self.end_file();
                self.place = Place::Binary;
                return;
            }
            Place::Header if line.starts_with(b"index ") => {
                let ids = line.get(6..).unwrap_or_default();
                let ids = ids.split(|byte| matches!(byte, b' ' | b'\n')).next().unwrap_or_default();
                self.ids = ids.iter().copied().filter(|byte| *byte != b'.').collect();
                return;
            }
            // The two lines with the names count as one line of each side.
            Place::Header if line.starts_with(b"--- ") => self.place = Place::Hunk(1, 1),
            _ => {}
        }
        if let Place::Hunk(old, new) = &mut self.place {
            let first = line.first().copied().unwrap_or_default();
            *old = old.saturating_sub(u32::from(matches!(first, b'-' | b' ')));
            *new = new.saturating_sub(u32::from(matches!(first, b'+' | b' ')));
        }
        if self.is_exact {
            self.file.update(line);
        } else {
            let solid = |byte: &u8| !byte.is_ascii_whitespace() && *byte != 0x0b;
            let solid: Vec<u8> = line.iter().copied().filter(solid).collect();
            self.file.update(&solid);
        }
    }

    fn finish(mut self) -> Result<ObjectId> {
        self.end_file();
        ObjectId::from_bytes(&self.sum).map_err(|error| crate::Error::corrupt(error.to_string()))
    }
}

impl Write for PatchNames {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(&line);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// How many lines of each side a hunk has: `@@ -1,3 +1 @@` has three and one.
fn counts(line: &[u8]) -> (u32, u32) {
    let text = String::from_utf8_lossy(line);
    let mut words = text.split(' ').skip(1);
    let mut count = || {
        let range = words.next().unwrap_or_default();
        range.split_once(',').map_or(1, |(_, count)| count.parse().unwrap_or(0))
    };
    (count(), count())
}
