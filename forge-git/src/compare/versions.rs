//! Two versions of a branch side by side, and what of the difference the target branch brought.

use std::collections::HashMap;

use forge_core::code::{Diff, FileContent, FileDiff, FileSide, Hunk, LineKind};
use forge_core::{FilePath, ObjectId};

use crate::browse::{Browser, DiffOptions};
use crate::merge::{MergeError, MergeLimits};
use crate::{Cancel, Error, Result, hash};

/// What changed from one version to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionDiff {
    /// From the old head to the new one.
    pub diff: Diff,
    /// For each file of it and each of its hunks, whether the hunk came from the target branch: it stands between the two bases too.
    pub from_target: Vec<Vec<bool>>,
    /// For each file, whether all of it came from the target branch.
    pub files_from_target: Vec<bool>,
}

/// What of the difference of one file between two versions the target branch brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// For each hunk, whether it came from the target branch.
    pub hunks: Vec<bool>,
    /// Whether all of it did.
    pub whole: bool,
}

impl Brought {
    /// Compares a changed file with what changed in it between the two bases, where lines are told without any around them.
    pub fn of(file: &FileDiff, target: Option<&FileDiff>) -> Self {
        let Some(target) = target else {
            return Self { hunks: vec![false; hunks(&file.content).len()], whole: false };
        };
        let mut left: Vec<Essence> = hunks(&target.content).iter().flat_map(changes).collect();
        let marks: Vec<bool> = hunks(&file.content)
            .iter()
            .map(|hunk| {
                let mut after = left.clone();
                let all = changes(hunk).iter().all(|change| {
                    let place = after.iter().position(|other| other == change);
                    place.map(|place| after.remove(place)).is_some()
                });
                if all {
                    left = after;
                }
                all
            })
            .collect();
        let ends = |side: &Option<FileSide>| side.as_ref().map(|side| (side.kind, side.id));
        let same_ends = ends(&target.old) == ends(&file.old) && ends(&target.new) == ends(&file.new);
        let all_hunks = !marks.is_empty() && marks.iter().all(|mark| *mark) && !file.has_mode_change();
        Self { hunks: marks, whole: same_ends || all_hunks }
    }
}

/// The lines that a hunk takes away and brings, in order and with their endings.
type Essence = (Vec<Vec<u8>>, Vec<Vec<u8>>);

impl Browser {
    /// Compares two versions, each with the commit of the target branch that it was built on.
    ///
    /// A hunk came from the target if the same lines go and the same come between the bases, in the same file. Hunks that hold a change of
    /// each are not split, and count as the author's: rather one thing too much is looked at.
    pub fn compare_versions(
        &self,
        old: (&ObjectId, &ObjectId),
        new: (&ObjectId, &ObjectId),
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<VersionDiff> {
        let (old_base, old_head) = old;
        let (new_base, new_head) = new;
        let diff = self.diff_between(old_head, new_head, options, cancel)?;
        if old_base == new_base {
            let from_target = diff.files.iter().map(|file| vec![false; hunks(&file.content).len()]).collect();
            let files_from_target = vec![false; diff.files.len()];
            return Ok(VersionDiff { diff, from_target, files_from_target });
        }
        // Without surroundings: what stands around a change is different when both sides changed.
        let bare = DiffOptions { context: 0, only: options.only.clone(), marks: false, ..options.clone() };
        let target = self.diff_between(old_base, new_base, &bare, cancel)?;
        let whole: HashMap<&FilePath, &FileDiff> =
            target.files.iter().filter_map(|file| Some((file.path()?, file))).collect();
        let mut from_target = Vec::with_capacity(diff.files.len());
        let mut files_from_target = Vec::with_capacity(diff.files.len());
        for file in &diff.files {
            let target = file.path().and_then(|path| whole.get(path)).copied();
            let brought = Brought::of(file, target);
            files_from_target.push(brought.whole);
            from_target.push(brought.hunks);
        }
        Ok(VersionDiff { diff, from_target, files_from_target })
    }
}

impl Browser {
    /// Whether a new version is what git alone makes of the old one and the new base: rebased or merged with its target, and nothing else.
    ///
    /// Stronger than the same patch, which may be applied to another place of a file that repeats itself. An approval that is
    /// carried over should ask for both.
    pub fn is_only_moved(
        &self,
        old: (&ObjectId, &ObjectId),
        new: (&ObjectId, &ObjectId),
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<bool> {
        let tree = |id: &ObjectId| Ok::<_, Error>(self.node(&hash::to_gix(id))?.tree);
        let [(old_base, old_head), (new_base, new_head)] = [old, new];
        let (before, after) = (Some(tree(old_base)?), Some(tree(old_head)?));
        match self.applied(before, &hash::to_gix(new_base), after, limits, cancel, None) {
            Ok(moved) => Ok(moved == tree(new_head)?),
            Err(MergeError::Engine(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }
}

fn hunks(content: &FileContent) -> &[Hunk] {
    match content {
        FileContent::Text(hunks) => hunks,
        _ => &[],
    }
}

/// Each run of changed lines of a hunk.
fn changes(hunk: &Hunk) -> Vec<Essence> {
    let runs = hunk.lines.split(|line| line.kind == LineKind::Context).filter(|run| !run.is_empty());
    runs.map(|run| {
        let of_kind = |kind| {
            let lines = run.iter().filter(move |line| line.kind == kind);
            lines.map(|line| {
                [&line.content[..], format!("\n{:?}{}", line.ending, line.left_out).as_bytes()].concat()
            })
        };
        (of_kind(LineKind::Removed).collect(), of_kind(LineKind::Added).collect())
    })
    .collect()
}
