//! Where a line or a file of one version is in another.

use std::ops::RangeInclusive;

use forge_core::code::WhiteSpace;
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;
use imara_diff::Algorithm;

use crate::browse::diff::lines::{compare, is_binary};
use crate::browse::{Browser, Budget, DiffLimits};
use crate::{Cancel, Error, Result, hash};

/// Bytes of a blob whose lines are followed.
const MAX_BYTES: u64 = 4 << 20;

/// Which lines of a text are which lines of another. Lines are counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineMap {
    /// What changed, in order: lines of the old text and lines of the new one, counted from zero.
    changes: Vec<(std::ops::Range<u32>, std::ops::Range<u32>)>,
    old_lines: u32,
}

impl LineMap {
    /// Compares two texts.
    pub fn new(old: &[u8], new: &[u8]) -> Self {
        let compared = compare(old, new, WhiteSpace::Exact, Algorithm::Histogram);
        let changes = compared.changes().iter().map(|change| (change.before.clone(), change.after.clone()));
        let old_lines = u32::try_from(old.split_inclusive(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX);
        Self { changes: changes.collect(), old_lines }
    }

    /// How many changes lie between the two.
    pub fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The new place of an old line; nothing if it changed or went.
    pub fn map_line(&self, line: u32) -> Option<u32> {
        let at = line.checked_sub(1).filter(|at| *at < self.old_lines)?;
        let behind = self.changes.partition_point(|(old, _)| old.end <= at);
        if self.changes.get(behind).is_some_and(|(old, _)| old.contains(&at)) {
            return None;
        }
        match behind.checked_sub(1).and_then(|last| self.changes.get(last)) {
            Some((old, new)) => Some(new.end + (at - old.end) + 1),
            None => Some(line),
        }
    }

    /// The new place of a run of old lines; nothing if any of them changed or went, or something came between them.
    pub fn map_range(&self, lines: RangeInclusive<u32>) -> Option<RangeInclusive<u32>> {
        let (start, end) = (self.map_line(*lines.start())?, self.map_line(*lines.end())?);
        let length = |range: &RangeInclusive<u32>| range.end().checked_sub(*range.start());
        let mapped = start..=end;
        let whole = length(&mapped).is_some() && length(&mapped) == length(&lines);
        // The same length may still hold one line less and another more.
        let mut inside = lines.clone();
        (whole && inside.all(|line| self.map_line(line).is_some())).then_some(mapped)
    }
}

impl Browser {
    /// Which lines of a blob are which lines of another; nothing for content that is not text, or too large.
    pub fn line_map(&self, old: &ObjectId, new: &ObjectId) -> Result<Option<LineMap>> {
        let read = |id: &ObjectId| -> Result<Option<Vec<u8>>> {
            let id = hash::to_gix(id);
            match self.header(&id)? {
                Some((Kind::Blob, size)) if size <= MAX_BYTES => {}
                Some(_) => return Ok(None),
                None => return Err(Error::NotFound(format!("the blob {id}"))),
            }
            let content = self.read(&id, Kind::Blob, MAX_BYTES)?;
            Ok((!is_binary(&content)).then_some(content))
        };
        let (Some(old), Some(new)) = (read(old)?, read(new)?) else { return Ok(None) };
        Ok(Some(LineMap::new(&old, &new)))
    }

    /// The new place of a line; nothing if it changed or went, or the blobs are not text.
    pub fn map_line(&self, old: &ObjectId, new: &ObjectId, line: u32) -> Result<Option<u32>> {
        Ok(self.line_map(old, new)?.and_then(|map| map.map_line(line)))
    }

    /// The new place of a run of lines; nothing if it is not there as it was.
    pub fn map_range(
        &self,
        old: &ObjectId,
        new: &ObjectId,
        lines: RangeInclusive<u32>,
    ) -> Result<Option<RangeInclusive<u32>>> {
        Ok(self.line_map(old, new)?.and_then(|map| map.map_range(lines)))
    }

    /// Where a file of one commit is in another: at the same path, or where it was moved to; nothing if it is gone.
    pub fn path_in(
        &self,
        old: &ObjectId,
        path: &FilePath,
        new: &ObjectId,
        cancel: &Cancel,
    ) -> Result<Option<FilePath>> {
        let tree = |id: &ObjectId| Ok::<_, Error>(self.node(&hash::to_gix(id))?.tree);
        let trees = (tree(old)?, tree(new)?);
        if self.entry_at(&trees.1, path)?.is_some() {
            return Ok(Some(path.clone()));
        }
        if self.entry_at(&trees.0, path)?.is_none() {
            return Ok(None);
        }
        let moved = self.moves(&trees, cancel)?.into_iter().find(|(before, _)| before == path);
        Ok(moved.map(|(_, after)| after))
    }

    /// Which files of a commit are elsewhere in another: where they were and where they are.
    pub fn moved_files(
        &self,
        old: &ObjectId,
        new: &ObjectId,
        cancel: &Cancel,
    ) -> Result<Vec<(FilePath, FilePath)>> {
        let tree = |id: &ObjectId| Ok::<_, Error>(self.node(&hash::to_gix(id))?.tree);
        self.moves(&(tree(old)?, tree(new)?), cancel)
    }

    fn moves(
        &self,
        (old, new): &(gix_hash::ObjectId, gix_hash::ObjectId),
        cancel: &Cancel,
    ) -> Result<Vec<(FilePath, FilePath)>> {
        let limits = DiffLimits::default();
        let mut meter = Budget { objects: u64::MAX, time: limits.time }.start(cancel);
        let found = self.changed_files(Some(*old), Some(*new), &mut meter)?;
        let (changes, _) = self.find_renames(found.changes, &limits, &mut meter)?;
        let moved = changes.into_iter().filter(|change| change.similarity.is_some());
        Ok(moved.filter_map(|change| Some((change.old?.path, change.new?.path))).collect())
    }
}
