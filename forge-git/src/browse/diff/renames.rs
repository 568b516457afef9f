//! Which gone file and which new file are the same one, moved.
//!
//! First files with the very same content, then those most alike: of all pairs the best is taken, then the best of the rest. Likeness
//! is git's: the share of the larger file's bytes that stand, line by line, in the other one too.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use forge_core::FilePath;
use forge_core::code::EntryKind;
use gix_object::Kind;

use super::{DiffLimits, FileChange, Side};
use crate::Result;
use crate::browse::Browser;
use crate::browse::budget::Meter;

/// Alike in so many percent makes a move.
const THRESHOLD: u64 = 50;
/// Alike in so many percent makes a move certain where the name stayed.
const SURE: u64 = 75;
/// Bytes of a file that is looked at for likeness.
const MAX_FILE: u64 = 1 << 20;
/// Bytes of all files that are looked at.
const MAX_ALL: u64 = 64 << 20;
/// A line is cut after so many bytes, so that files without line ends have parts too.
const MAX_SPAN: usize = 64;

/// The parts of a file: how many bytes each has, sorted by what they are.
type Spans = Vec<(u64, u64)>;

/// A file that is gone or new.
pub(crate) type MovedSide = (FilePath, EntryKind, gix_hash::ObjectId);

/// A file that is looked at for likeness: its place, its size and its parts.
type Looked = (usize, u64, Spans);

impl Browser {
    /// Joins gone and new files to moved ones. The second value is false when not all pairs were looked at.
    pub(crate) fn find_renames(
        &self,
        changes: Vec<FileChange>,
        limits: &DiffLimits,
        meter: &mut Meter<'_>,
    ) -> Result<(Vec<FileChange>, bool)> {
        let (mut kept, mut gone, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for change in changes {
            match (change.old, change.new) {
                (Some(old), None) if old.kind != EntryKind::Directory => gone.push(Some(old)),
                (None, Some(side)) if side.kind != EntryKind::Directory => new.push(Some(side)),
                (old, new) => kept.push(FileChange { old, new, similarity: change.similarity }),
            }
        }
        let mut moved = same_content(&mut gone, &mut new);
        let complete = self.alike(&mut gone, &mut new, &mut moved, limits, meter)?;
        kept.extend(moved);
        kept.extend(gone.into_iter().flatten().map(|old| FileChange {
            old: Some(old),
            new: None,
            similarity: None,
        }));
        kept.extend(new.into_iter().flatten().map(|new| FileChange {
            old: None,
            new: Some(new),
            similarity: None,
        }));
        kept.sort_by(|a, b| a.path().cmp(&b.path()));
        Ok((kept, complete))
    }

    /// Which gone file became which new one, for a merge: of files that are not the same only the `relevant` gone ones are looked at.
    /// The second value is false when not all pairs were looked at.
    pub(crate) fn pair_moves(
        &self,
        gone: Vec<MovedSide>,
        new: Vec<MovedSide>,
        relevant: impl Fn(&FilePath) -> bool,
        pairs: usize,
        meter: &mut Meter<'_>,
    ) -> Result<(Vec<(FilePath, FilePath)>, bool)> {
        let sides = |all: Vec<MovedSide>| -> Vec<Option<Side>> {
            all.into_iter().map(|(path, kind, id)| Some(Side { path, kind, id })).collect()
        };
        let (mut gone, mut new) = (sides(gone), sides(new));
        let mut moved = same_content(&mut gone, &mut new);
        gone.retain(|side| side.as_ref().is_some_and(|side| relevant(&side.path)));
        let limits = DiffLimits { rename_pairs: pairs, ..DiffLimits::default() };
        let complete = self.alike(&mut gone, &mut new, &mut moved, &limits, meter)?;
        let paths = moved.into_iter().filter_map(|change| Some((change.old?.path, change.new?.path)));
        Ok((paths.collect(), complete))
    }

    fn alike(
        &self,
        gone: &mut [Option<Side>],
        new: &mut [Option<Side>],
        moved: &mut Vec<FileChange>,
        limits: &DiffLimits,
        meter: &mut Meter<'_>,
    ) -> Result<bool> {
        let left = |sides: &[Option<Side>]| sides.iter().flatten().filter(|side| side.kind.is_file()).count();
        let (left_gone, left_new) = (left(gone), left(new));
        if left_gone == 0 || left_new == 0 {
            return Ok(true);
        }
        if left_gone.saturating_mul(left_new) > limits.rename_pairs {
            return Ok(false);
        }
        let mut spent = 0;
        let hasher = RandomState::new();
        let (mut complete, old_files) = self.spans_of(gone, &hasher, &mut spent, meter)?;
        let (complete_new, new_files) = self.spans_of(new, &hasher, &mut spent, meter)?;
        complete &= complete_new;
        let mut pairs = Vec::new();
        for (new_at, new_size, new_spans) in &new_files {
            if !meter.spend()? {
                return Ok(false);
            }
            for (old_at, old_size, old_spans) in &old_files {
                let (small, large) = (old_size.min(new_size), old_size.max(new_size));
                if small * 100 < large * THRESHOLD {
                    continue;
                }
                let similarity = common_bytes(old_spans, new_spans) * 100 / large;
                if similarity >= THRESHOLD {
                    let same_name = name_of(gone, *old_at) == name_of(new, *new_at);
                    pairs.push((similarity, same_name, *old_at, *new_at));
                }
            }
        }
        // A file that kept its name, when no other has it, is believed first, as git does.
        let is_sure = |pair: &(u64, bool, usize, usize)| {
            pair.1 && pair.0 >= SURE && is_only(gone, pair.2) && is_only(new, pair.3)
        };
        let mut pairs: Vec<_> = pairs.into_iter().map(|pair| (is_sure(&pair), pair)).collect();
        pairs.sort_by(|(sure_a, a), (sure_b, b)| {
            (sure_b, b.0, b.1).cmp(&(sure_a, a.0, a.1)).then((a.2, a.3).cmp(&(b.2, b.3)))
        });
        let pairs = pairs.into_iter().map(|(_, pair)| pair);
        for (similarity, _, old_at, new_at) in pairs {
            let (Some(old), Some(new)) = (gone.get_mut(old_at), new.get_mut(new_at)) else { continue };
            if old.is_some() && new.is_some() {
                let similarity = u8::try_from(similarity.min(99)).ok();
                moved.push(FileChange { old: old.take(), new: new.take(), similarity });
            }
        }
        Ok(complete)
    }

    /// How alike two files are, in percent.
    pub(super) fn likeness(&self, old: &Side, new: &Side) -> Result<u8> {
        let size = |side: &Side| Ok::<_, crate::Error>(self.header(&side.id)?.map_or(0, |(_, size)| size));
        let (old_size, new_size) = (size(old)?, size(new)?);
        if old.id == new.id {
            return Ok(100);
        }
        let large = old_size.max(new_size);
        if large > MAX_FILE || large == 0 || !old.kind.is_file() || !new.kind.is_file() {
            return Ok(0);
        }
        let hasher = RandomState::new();
        let parts =
            |side: &Side| Ok::<_, crate::Error>(spans(&self.read(&side.id, Kind::Blob, MAX_FILE)?, &hasher));
        let similarity = common_bytes(&parts(old)?, &parts(new)?) * 100 / large;
        Ok(u8::try_from(similarity.min(99)).unwrap_or(99))
    }

    /// Each file that is small enough.
    fn spans_of(
        &self,
        sides: &[Option<Side>],
        hasher: &RandomState,
        spent: &mut u64,
        meter: &mut Meter<'_>,
    ) -> Result<(bool, Vec<Looked>)> {
        let (mut complete, mut all) = (true, Vec::new());
        for (at, side) in sides.iter().enumerate() {
            let Some(side) = side.as_ref().filter(|side| side.kind.is_file()) else { continue };
            let bytes = self.header(&side.id)?.map_or(0, |(_, size)| size);
            if bytes == 0 {
                continue;
            }
            if bytes > MAX_FILE || *spent + bytes > MAX_ALL || !meter.spend()? {
                complete = false;
                continue;
            }
            *spent += bytes;
            all.push((at, bytes, spans(&self.read(&side.id, Kind::Blob, MAX_FILE)?, hasher)));
        }
        Ok((complete, all))
    }
}

/// Whether no other file on that side has the name.
fn is_only(sides: &[Option<Side>], at: usize) -> bool {
    let name = name_of(sides, at);
    sides.iter().flatten().filter(|side| Some(side.path.name()) == name).count() == 1
}

fn name_of(sides: &[Option<Side>], at: usize) -> Option<&[u8]> {
    sides.get(at)?.as_ref().map(|side| side.path.name())
}

/// Joins files with one content: of several those with the same name, then the nearest in path order.
fn same_content(gone: &mut [Option<Side>], new: &mut [Option<Side>]) -> Vec<FileChange> {
    let mut by_id: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, side) in gone.iter().enumerate() {
        if let Some(side) = side {
            by_id.entry((side.id, side.kind.is_file())).or_default().push(at);
        }
    }
    let mut moved = Vec::new();
    for same_name in [true, false] {
        for side in new.iter_mut() {
            let Some(wanted) = side else { continue };
            let Some(candidates) = by_id.get_mut(&(wanted.id, wanted.kind.is_file())) else { continue };
            let fits = |path: &FilePath| !same_name || path.name() == wanted.path.name();
            let is_fit =
                |at: &usize| gone.get(*at).and_then(Option::as_ref).is_some_and(|old| fits(&old.path));
            let Some(place) = candidates.iter().position(is_fit) else { continue };
            let old = gone.get_mut(candidates.remove(place)).and_then(Option::take);
            moved.push(FileChange { old, new: side.take(), similarity: Some(100) });
        }
    }
    moved
}

/// Cuts a file into lines, or pieces of long ones, and sums up the bytes of equal ones.
fn spans(content: &[u8], hasher: &RandomState) -> Spans {
    let mut all: Spans = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let window = rest.get(..MAX_SPAN).unwrap_or(rest);
        let end = memchr::memchr(b'\n', window).map_or(window.len(), |at| at + 1);
        let (piece, next) = rest.split_at(end);
        // The two ways to end a line count as one, and as long.
        let text = piece.strip_suffix(b"\r\n").or(piece.strip_suffix(b"\n")).unwrap_or(piece);
        let has_end = text.len() < piece.len();
        let bytes = text.len() + usize::from(has_end);
        all.push((hasher.hash_one((text, has_end)), u64::try_from(bytes).unwrap_or(0)));
        rest = next;
    }
    all.sort_unstable();
    all.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 += next.1;
        }
        same
    });
    all
}

fn common_bytes(a: &Spans, b: &Spans) -> u64 {
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    let mut common = 0;
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        match x.0.cmp(&y.0) {
            std::cmp::Ordering::Less => drop(a.next()),
            std::cmp::Ordering::Greater => drop(b.next()),
            std::cmp::Ordering::Equal => {
                common += x.1.min(y.1);
                a.next();
                b.next();
            }
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_bytes_line_by_line() {
        let hasher = RandomState::new();
        let common = |a: &[u8], b: &[u8]| common_bytes(&spans(a, &hasher), &spans(b, &hasher));
        assert_eq!(common(b"one\ntwo\nthree\n", b"three\none\n"), 10);
        assert_eq!(common(b"one\none\n", b"one\n"), 4);
        assert_eq!(common(b"one\r\n", b"one\n"), 4);
        assert_eq!(common(b"", b"x"), 0);
        assert_eq!(common(&[b'x'; 200], &[b'x'; 100]), 64);
    }
}
