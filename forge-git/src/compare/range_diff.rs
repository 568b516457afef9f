//! Two versions of a series of commits, commit by commit.

use std::collections::HashMap;
use std::time::Duration;

use forge_core::ObjectId;
use forge_core::code::{CommitPair, CommitRelation, LineKind};

use crate::browse::budget::Meter;
use crate::browse::{Browser, Budget, DiffLimits, DiffOptions};
use crate::hash::{self, IdSet};
use crate::{Cancel, Error, Result};

/// Commits whose content is compared line by line, on each side. Beyond it only patches and subjects count.
const MAX_COMPARED: usize = 100;
/// Lines of a commit that are looked at.
const MAX_LINES: usize = 5_000;
/// So many percent of the changed lines must be the same.
const ALIKE: usize = 50;

/// Bounds of one comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangeDiffLimits {
    /// Commits on each side that the other has not. Default 500.
    pub commits: usize,
    /// Time for all of it. Default ten seconds.
    pub time: Duration,
}

impl Default for RangeDiffLimits {
    fn default() -> Self {
        Self { commits: 500, time: Duration::from_secs(10) }
    }
}

/// Changed lines, with how often.
type Lines = HashMap<Vec<u8>, usize>;

/// A commit as it is matched. One that both sides have is named by its id, and its patch is never read.
struct Patch {
    id: ObjectId,
    name: ObjectId,
    subject: String,
    message: Vec<u8>,
    is_taken: bool,
}

impl Browser {
    /// Pairs the commits of two ranges, `(base, head)` each, merges left out.
    ///
    /// Commits that both have stand beside themselves, however many they are. Of the others first those with the same patch are
    /// paired, then those with the same subject, then those of which most changed lines are the same.
    /// The pairs come in the order of the new range, oldest first; what was dropped stands behind what it followed.
    pub fn range_diff(
        &self,
        old: (&ObjectId, &ObjectId),
        new: (&ObjectId, &ObjectId),
        limits: &RangeDiffLimits,
        cancel: &Cancel,
    ) -> Result<Vec<CommitPair>> {
        let budget = Budget { time: limits.time, ..Budget::BACKGROUND };
        let (old, new) =
            (self.only_in(old.1, old.0, budget, cancel)?, self.only_in(new.1, new.0, budget, cancel)?);
        let before: IdSet = old.iter().copied().collect();
        let shared: IdSet = new.iter().filter(|id| before.contains(*id)).copied().collect();
        let mut meter = budget.start(cancel);
        let mut old = self.patches(&old, &shared, limits, (&mut meter, cancel))?;
        let mut new = self.patches(&new, &shared, limits, (&mut meter, cancel))?;
        let mut found: Vec<Option<usize>> = vec![None; new.len()];
        pair(&mut old, &mut new, &mut found, |patch| Some(patch.name));
        pair(&mut old, &mut new, &mut found, |patch| {
            (!patch.subject.is_empty()).then(|| patch.subject.clone())
        });
        self.pair_alike(&mut old, &mut new, &mut found, cancel)?;
        Ok(in_order(&old, &new, &found))
    }

    /// Commits as they are matched, oldest first, from those of a range, newest first.
    fn patches(
        &self,
        commits: &[gix_hash::ObjectId],
        shared: &IdSet,
        limits: &RangeDiffLimits,
        (meter, cancel): (&mut Meter<'_>, &Cancel),
    ) -> Result<Vec<Patch>> {
        let limit = u64::try_from(limits.commits).unwrap_or(u64::MAX);
        let own = commits.iter().filter(|id| !shared.contains(*id)).count();
        crate::limits::check(own, limit, "the number of commits to compare")?;
        let mut patches = Vec::with_capacity(commits.len());
        for oid in commits.iter().rev() {
            if !meter.spend()? {
                return Err(Error::TooLarge {
                    what: "the time for comparing commits, in seconds,",
                    limit: limits.time.as_secs(),
                });
            }
            if self.node(oid)?.parents.len() > 1 {
                continue;
            }
            let id = hash::from_gix(oid)?;
            let (subject, message) = (String::new(), Vec::new());
            let known = Patch { id, name: id, subject, message, is_taken: false };
            if shared.contains(oid) {
                patches.push(known);
                continue;
            }
            let commit = self.commit(&id)?;
            let name = self.commit_patch_id(&id, cancel)?;
            patches.push(Patch { name, subject: commit.subject(), message: commit.message, ..known });
        }
        Ok(patches)
    }

    /// Pairs what is left by the lines that are changed: of all pairs the best is taken, then the best of the rest.
    fn pair_alike(
        &self,
        old: &mut [Patch],
        new: &mut [Patch],
        found: &mut [Option<usize>],
        cancel: &Cancel,
    ) -> Result<()> {
        let left = |patches: &[Patch]| patches.iter().filter(|patch| !patch.is_taken).count();
        if left(old) == 0 || left(new) == 0 || left(old).max(left(new)) > MAX_COMPARED {
            return Ok(());
        }
        let lines = |patches: &[Patch]| -> Result<Vec<Option<Lines>>> {
            let free =
                patches.iter().map(|patch| (!patch.is_taken).then(|| self.changed_lines(&patch.id, cancel)));
            free.map(Option::transpose).collect()
        };
        let (old_lines, new_lines) = (lines(old)?, lines(new)?);
        let mut pairs = Vec::new();
        for (new_at, new_lines) in new_lines.iter().enumerate() {
            let Some(new_lines) = new_lines else { continue };
            for (old_at, old_lines) in old_lines.iter().enumerate() {
                let Some(old_lines) = old_lines else { continue };
                let common: usize = old_lines
                    .iter()
                    .map(|(line, count)| (*count).min(new_lines.get(line).copied().unwrap_or(0)))
                    .sum();
                let larger = old_lines.values().sum::<usize>().max(new_lines.values().sum());
                if larger > 0 && common * 100 >= larger * ALIKE {
                    pairs.push((common * 100 / larger, old_at, new_at));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, old_at, new_at) in pairs {
            let (Some(before), Some(after), Some(place)) =
                (old.get_mut(old_at), new.get_mut(new_at), found.get_mut(new_at))
            else {
                continue;
            };
            if !before.is_taken && !after.is_taken {
                (before.is_taken, after.is_taken) = (true, true);
                *place = Some(old_at);
            }
        }
        Ok(())
    }

    /// The lines a commit takes away and brings, with how often.
    fn changed_lines(&self, id: &ObjectId, cancel: &Cancel) -> Result<Lines> {
        let limits = DiffLimits { lines: 20_000, time: Duration::from_millis(500), ..DiffLimits::default() };
        let options = DiffOptions { limits, context: 0, ..DiffOptions::default() };
        let diff = self.diff(id, &options, cancel)?;
        let mut lines = HashMap::new();
        let hunks = diff.files.iter().flat_map(|file| match &file.content {
            forge_core::code::FileContent::Text(hunks) => hunks.as_slice(),
            _ => &[],
        });
        for line in hunks.flat_map(|hunk| &hunk.lines).take(MAX_LINES) {
            let sign = if line.kind == LineKind::Added { b"+" } else { b"-" };
            *lines.entry([sign, &line.content[..]].concat()).or_default() += 1;
        }
        Ok(lines)
    }
}

/// The pairs in the order of the new side; what was dropped stands behind what it followed.
fn in_order(old: &[Patch], new: &[Patch], found: &[Option<usize>]) -> Vec<CommitPair> {
    let dropped = |patch: &Patch| {
        let relation = CommitRelation::Dropped;
        (!patch.is_taken).then_some(CommitPair { old: Some(patch.id), new: None, relation })
    };
    let mut pairs = Vec::with_capacity(old.len() + new.len());
    let mut told = 0;
    for (patch, place) in new.iter().zip(found) {
        if let Some(place) = place.filter(|place| *place > told) {
            pairs.extend(old.get(told..place).unwrap_or_default().iter().filter_map(dropped));
            told = place;
        }
        let before = place.and_then(|place| old.get(place));
        let relation = match before {
            None => CommitRelation::Added,
            Some(before) if before.name == patch.name && before.message == patch.message => {
                CommitRelation::Same
            }
            Some(_) => CommitRelation::Changed,
        };
        pairs.push(CommitPair { old: before.map(|before| before.id), new: Some(patch.id), relation });
    }
    pairs.extend(old.get(told..).unwrap_or_default().iter().filter_map(dropped));
    pairs
}

/// Pairs what has the same key; of several the first with the first.
fn pair<K: std::hash::Hash + Eq>(
    old: &mut [Patch],
    new: &mut [Patch],
    found: &mut [Option<usize>],
    key: impl Fn(&Patch) -> Option<K>,
) {
    let mut places: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, patch) in old.iter().enumerate().rev().filter(|(_, patch)| !patch.is_taken) {
        if let Some(key) = key(patch) {
            places.entry(key).or_default().push(at);
        }
    }
    for (patch, place) in new.iter_mut().zip(found).filter(|(patch, _)| !patch.is_taken) {
        let Some(at) = key(patch).and_then(|key| places.get_mut(&key)?.pop()) else { continue };
        if let Some(before) = old.get_mut(at) {
            (before.is_taken, patch.is_taken) = (true, true);
            *place = Some(at);
        }
    }
}
