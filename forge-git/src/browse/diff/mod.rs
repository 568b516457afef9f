//! Differences: between a commit and what it was built on, between two commits, of one file.
//!
//! Four steps, each with its own limit and each saying what it left out: which files differ ([`trees`]), which of them moved
//! ([`renames`]), which lines differ ([`lines`]), and how much of that is shown.

mod attributes;
pub(crate) mod lines;
mod marks;
mod one;
mod renames;
mod trees;

use std::ops::RangeInclusive;
use std::time::Duration;

use forge_core::code::{
    Comparison, Diff, EntryKind, FileContent, FileDiff, FileLines, FileSide, FileStatus, LeftOut, TooLarge,
    WhiteSpace,
};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;
use imara_diff::Algorithm;

use attributes::Generated;
pub use lines::compare_texts;

use super::budget::Meter;
use super::{Browser, Budget, missing};
use crate::{Cancel, Error, Result, hash};

/// Bounds of one difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffLimits {
    /// Changed files that are listed. Default 1,000.
    pub files: usize,
    /// Lines that are shown, of all files together. Default 50,000.
    pub lines: u64,
    /// Bytes of the lines that are shown, of all files together. Default 5 MB.
    pub bytes: u64,
    /// Bytes of one file, on either side. Default 2 MiB.
    pub file_bytes: u64,
    /// Lines shown of one file. Default 20,000.
    pub file_lines: u64,
    /// Bytes shown of one line. Default 20,000.
    pub line_bytes: usize,
    /// Gone files times new files that are compared to find moves. Default 250,000; above it only moves without a change are found.
    pub rename_pairs: usize,
    /// Time for all of it. Default two seconds.
    pub time: Duration,
}

impl Default for DiffLimits {
    fn default() -> Self {
        Self {
            files: 1_000,
            lines: 50_000,
            bytes: 5_000_000,
            file_bytes: 2 << 20,
            file_lines: 20_000,
            line_bytes: 20_000,
            rename_pairs: 250_000,
            time: Duration::from_secs(2),
        }
    }
}

/// What of a difference is wanted, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffOptions {
    /// Its bounds.
    pub limits: DiffLimits,
    /// Unchanged lines around each change.
    pub context: u32,
    /// Lines of the new side, counted from one, that are shown beside those.
    pub more: Vec<RangeInclusive<u32>>,
    /// Whether lines are compared at all; without it only files are listed.
    pub contents: bool,
    /// Only the file at this path, on either side.
    pub only: Option<FilePath>,
    /// Which white space counts.
    pub white_space: WhiteSpace,
    /// Whether the parts of changed lines that differ are marked.
    pub marks: bool,
}

impl DiffOptions {
    fn shape(&self) -> lines::Shape<'_> {
        let Self { context, more, marks, .. } = self;
        lines::Shape { context: *context, more, line_bytes: self.limits.line_bytes, marks: *marks }
    }
}

impl Default for DiffOptions {
    /// Everything, with three lines of context.
    fn default() -> Self {
        Self {
            limits: DiffLimits::default(),
            context: 3,
            more: Vec::new(),
            contents: true,
            only: None,
            white_space: WhiteSpace::Exact,
            marks: false,
        }
    }
}

/// A file that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileChange {
    pub(crate) old: Option<Side>,
    pub(crate) new: Option<Side>,
    pub(crate) similarity: Option<u8>,
}

/// One side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) path: FilePath,
    pub(crate) kind: EntryKind,
    pub(crate) id: gix_hash::ObjectId,
}

impl FileChange {
    fn path(&self) -> Option<&FilePath> {
        self.new.as_ref().or(self.old.as_ref()).map(|side| &side.path)
    }

    pub(crate) fn status(&self) -> FileStatus {
        match (&self.old, &self.new, self.similarity) {
            (Some(_), Some(_), Some(similarity)) => FileStatus::Renamed { similarity },
            (None, _, _) => FileStatus::Added,
            (_, None, _) => FileStatus::Deleted,
            (Some(old), Some(new), None) => {
                if old.kind != new.kind && !(old.kind.is_file() && new.kind.is_file()) {
                    FileStatus::TypeChanged
                } else if old.id == new.id {
                    FileStatus::ModeChanged
                } else {
                    FileStatus::Modified
                }
            }
        }
    }
}

/// What has been shown so far.
#[derive(Debug, Default)]
struct Shown {
    lines: u64,
    bytes: u64,
}

impl Browser {
    /// What a commit changed: against its first parent, or emptiness for a root.
    pub fn diff(&self, commit: &ObjectId, options: &DiffOptions, cancel: &Cancel) -> Result<Diff> {
        self.diff_with_parent(commit, 0, options, cancel)
    }

    /// What a commit changed against one of its parents, counted from zero.
    pub fn diff_with_parent(
        &self,
        commit: &ObjectId,
        parent: usize,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Diff> {
        let node = self.node(&hash::to_gix(commit))?;
        let old = match node.parents.get(parent) {
            Some(parent) => Some(self.node(parent)?.tree),
            None if parent == 0 => None,
            None => return Err(Error::NotFound(format!("parent {} of commit {commit}", parent + 1))),
        };
        self.diff_of_trees(old, Some(node.tree), options, cancel)
    }

    /// What changed from one commit to another, whatever lies between them.
    pub fn diff_between(
        &self,
        old: &ObjectId,
        new: &ObjectId,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Diff> {
        let tree = |commit| Ok::<_, Error>(Some(self.node(&hash::to_gix(commit))?.tree));
        self.diff_of_trees(tree(old)?, tree(new)?, options, cancel)
    }

    /// What changed from a commit, or from emptiness, to another commit.
    pub fn diff_from(
        &self,
        old: Option<&ObjectId>,
        new: &ObjectId,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Diff> {
        let tree = |commit| Ok::<_, Error>(self.node(&hash::to_gix(commit))?.tree);
        self.diff_of_trees(old.map(tree).transpose()?, Some(tree(new)?), options, cancel)
    }

    /// What `head` changed since it parted from `base`; everything it holds if they have nothing in common.
    pub fn compare(
        &self,
        base: &ObjectId,
        head: &ObjectId,
        budget: Budget,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Comparison> {
        let parting = self.parting(base, head, budget, cancel)?;
        if !parting.counts.complete {
            return Err(Error::TooLarge {
                what: "the history between the two commits",
                limit: budget.objects,
            });
        }
        let old = parting.bases.first().map(|base| Ok::<_, Error>(self.node(base)?.tree)).transpose()?;
        let new = self.node(&hash::to_gix(head))?.tree;
        let merge_base = parting.bases.first().map(|base| hash::from_gix(base)).transpose()?;
        Ok(Comparison { merge_base, diff: self.diff_of_trees(old, Some(new), options, cancel)? })
    }

    fn diff_of_trees(
        &self,
        old: Option<gix_hash::ObjectId>,
        new: Option<gix_hash::ObjectId>,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<Diff> {
        let limits = options.limits;
        let budget = Budget { objects: u64::MAX, time: limits.time };
        let mut meter = budget.start(cancel);
        let found = self.changed_files(old, new, &mut meter)?;
        let mut left_out = LeftOut { more_files: !found.complete, ..LeftOut::default() };
        let (mut changes, all_renames) = self.find_renames(found.changes, &limits, &mut meter)?;
        left_out.renames = !all_renames;
        if let Some(only) = &options.only {
            let is_it = |side: &Option<Side>| side.as_ref().is_some_and(|side| side.path == *only);
            changes.retain(|change| is_it(&change.new) || is_it(&change.old));
        }
        left_out.files = changes.len().saturating_sub(limits.files);
        changes.truncate(limits.files);
        let paths = changes.iter().filter_map(FileChange::path);
        let mut generated = self.generated(new.or(old), paths, &mut meter)?;
        let mut files = Vec::with_capacity(changes.len());
        let mut shown = Shown::default();
        for change in changes {
            let file = self.diff_file(change, options, &mut generated, &mut shown, &mut meter)?;
            left_out.contents += usize::from(matches!(file.content, FileContent::TooLarge(_)));
            files.push(file);
        }
        Ok(Diff {
            old: old.map(|id| hash::from_gix(&id)).transpose()?,
            new: new.map(|id| hash::from_gix(&id)).transpose()?,
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            files,
            left_out,
        })
    }

    fn diff_file(
        &self,
        change: FileChange,
        options: &DiffOptions,
        generated: &mut Generated,
        shown: &mut Shown,
        meter: &mut Meter<'_>,
    ) -> Result<FileDiff> {
        let status = change.status();
        let is_generated = change.path().is_some_and(|path| generated.is_generated(path));
        let lines = if options.contents {
            self.content(&change, options, shown, meter)?
        } else {
            FileLines::of(FileContent::Same)
        };
        let side = |side: Option<Side>| {
            side.map(|side| Ok(FileSide { path: side.path, kind: side.kind, id: hash::from_gix(&side.id)? }))
                .transpose()
        };
        let (old, new): (Result<_>, Result<_>) = (side(change.old), side(change.new));
        let FileLines { content, added, removed, .. } = lines;
        Ok(FileDiff { status, old: old?, new: new?, content, added, removed, is_generated })
    }

    fn content(
        &self,
        change: &FileChange,
        options: &DiffOptions,
        shown: &mut Shown,
        meter: &mut Meter<'_>,
    ) -> Result<FileLines> {
        let limits = &options.limits;
        let sides = || change.old.iter().chain(&change.new);
        if sides().any(|side| side.kind == EntryKind::Submodule) {
            return Ok(FileLines::of(FileContent::Submodule));
        }
        if let (Some(old), Some(new)) = (&change.old, &change.new)
            && old.id == new.id
        {
            return Ok(FileLines::of(FileContent::Same));
        }
        if !meter.spend()? {
            return Ok(FileLines::of(FileContent::TooLarge(TooLarge::Time)));
        }
        let size_of = |side: &Option<Side>| match side {
            Some(file) => Ok(Some(self.header(&file.id)?.ok_or_else(|| missing(&file.id))?.1)),
            None => Ok::<_, Error>(None),
        };
        let (old_size, new_size) = (size_of(&change.old)?, size_of(&change.new)?);
        if old_size.max(new_size).unwrap_or_default() > limits.file_bytes {
            return Ok(FileLines::of(FileContent::TooLarge(TooLarge::FileBytes(limits.file_bytes))));
        }
        let read = |side: &Option<Side>| match side {
            Some(file) => self.read(&file.id, Kind::Blob, limits.file_bytes),
            None => Ok(Vec::new()),
        };
        let (old, new) = (read(&change.old)?, read(&change.new)?);
        if lines::is_binary(&old) || lines::is_binary(&new) {
            return Ok(FileLines::of(FileContent::Binary { old_size, new_size }));
        }
        let compared = lines::compare(&old, &new, options.white_space, Algorithm::Histogram);
        let (added, removed) = compared.counts();
        let (line_count, byte_count) = compared.size(options.shape());
        let content = if line_count > limits.file_lines {
            FileContent::TooLarge(TooLarge::FileLines(limits.file_lines))
        } else if shown.lines + line_count > limits.lines {
            FileContent::TooLarge(TooLarge::AllLines(limits.lines))
        } else if shown.bytes + byte_count > limits.bytes {
            FileContent::TooLarge(TooLarge::AllBytes(limits.bytes))
        } else {
            shown.lines += line_count;
            shown.bytes += byte_count;
            FileContent::Text(compared.hunks(options.shape()))
        };
        Ok(FileLines { content, added, removed, length: compared.new_length() })
    }
}

#[cfg(test)]
mod tests;
