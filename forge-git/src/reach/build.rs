//! Making the file for a pack.

use std::collections::BTreeSet;

use forge_core::ObjectId;
use gix_object::Kind;
use gix_pack::data::entry::Header;
use roaring::RoaringBitmap;

use super::file::{Parts, Reach, kind_number};
use super::history::{self, History, Stopped};
use super::select;
use crate::commits::{Commits, Marks, Number};
use crate::hash::{self, IdSet};
use crate::objects::Objects;
use crate::pack::packs::Pack;
use crate::work::{Steps, Work};
use crate::{Cancel, Error, Limits, ObjectStore, Result};

/// What became of the wish for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Built {
    /// It was written, or replaced.
    Written {
        /// Objects reachable from the tips.
        objects: u64,
        /// Commits with a bitmap.
        bitmaps: u64,
        /// Bytes of the file.
        bytes: u64,
    },
    /// The tips need objects that are not in the pack, or none of them leads into it. Nothing was written.
    NotClosed,
    /// History replaces so much again and again that the file would not pay. Nothing was written.
    TooLarge,
}

/// Writes the reachability file of a stored pack, for commits that `tips` name or lead to.
///
/// Tips that are not in the pack are followed to their ancestors that are, so a pack can be given today's refs also when pushes came
/// after it. Tips of trees and blobs count for nothing. The file of a pack that has one already is replaced. Doing it
/// twice gives the same file.
pub fn build(
    store: &ObjectStore,
    pack: &ObjectId,
    tips: &[ObjectId],
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Built> {
    let packs = store.packs()?;
    let pack = packs.find(&hash::to_gix(pack)).ok_or_else(|| Error::NotFound(format!("the pack {pack}")))?;
    let work = Work::new(cancel);
    let objects = Objects::new(store);
    let mut commits = Commits::new(&objects, IdSet::default(), &work);
    let starts = starts(&pack, &mut commits, tips)?;
    if starts.is_empty() {
        return Ok(Built::NotClosed);
    }
    let history = match history::read(&pack, &mut commits, &starts, limits) {
        Ok(history) => history,
        Err(Stopped::Open) => return Ok(Built::NotClosed),
        Err(Stopped::TooLong) => return Ok(Built::TooLarge),
        Err(Stopped::Failed(error)) => return Err(error),
    };
    let heads: BTreeSet<u32> = starts.iter().filter_map(|number| pack.rank(commits.id(*number))).collect();
    drop(commits);
    write(&pack, history, heads, &objects, &work)
}

/// The commits of the pack at which the histories of the tips enter it.
fn starts(pack: &Pack, commits: &mut Commits<'_>, tips: &[ObjectId]) -> Result<Vec<Number>> {
    let mut marks = Marks::default();
    let mut starts = Vec::new();
    let mut stack = Vec::new();
    for tip in tips {
        stack.extend(commits.peel(&hash::to_gix(tip))?);
    }
    while let Some(number) = stack.pop() {
        if !marks.add(number, 1) {
            continue;
        }
        if pack.position(commits.id(number)).is_some() {
            starts.push(number);
            continue;
        }
        for at in commits.parents(number)? {
            stack.push(commits.parent(at));
        }
    }
    Ok(starts)
}

fn write(
    pack: &Pack,
    mut history: History,
    heads: BTreeSet<u32>,
    objects: &Objects,
    work: &dyn Steps,
) -> Result<Built> {
    let tips = (0..).zip(&history.turns).filter(|(_, turn)| heads.contains(&turn.rank));
    let tips: BTreeSet<u32> = tips.map(|(number, _)| number).collect();
    let selected = select::select(&history, &tips);
    let (rows, bytes) = select::compute(&history, &selected, work)?;
    let reachable: u64 = history.kinds.iter().map(RoaringBitmap::len).sum();
    let mut kinds = std::mem::take(&mut history.kinds);
    let (offset_deltas, named_deltas) = finish_kinds(pack, &mut kinds, objects, work)?;
    let bitmaps = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let reach = Reach::new(Parts {
        order: pack.by_offset().to_vec(),
        names: history.names,
        offset_deltas,
        named_deltas,
        tips: heads.into_iter().collect(),
        kinds,
        rows,
        bytes,
    });
    let bytes = reach.write(&pack.path().with_extension("reach"), &pack.checksum())?;
    Ok(Built::Written { objects: reachable, bitmaps, bytes })
}

/// Finds the kinds of tags and of what the tips do not reach, and counts the deltas of both sorts.
fn finish_kinds(
    pack: &Pack,
    kinds: &mut [RoaringBitmap; 4],
    objects: &Objects,
    work: &dyn Steps,
) -> Result<(u32, u32)> {
    let known = kinds.iter().fold(RoaringBitmap::new(), |all, kind| all | kind);
    let (mut offset_deltas, mut named_deltas) = (0, 0);
    for rank in 0..pack.len() {
        work.step()?;
        let entry = pack.entry(pack.start_of(rank))?;
        match entry.header {
            Header::OfsDelta { .. } => offset_deltas += 1,
            Header::RefDelta { .. } => named_deltas += 1,
            _ => {}
        }
        if known.contains(rank) {
            continue;
        }
        let kind = match entry.header.as_kind() {
            Some(kind) => kind,
            None => kind_of(pack, rank, objects)?,
        };
        if let Some(kind) = kinds.get_mut(kind_number(kind)) {
            kind.insert(rank);
        }
    }
    Ok((offset_deltas, named_deltas))
}

fn kind_of(pack: &Pack, rank: u32, objects: &Objects) -> Result<Kind> {
    let id = pack.id_of(rank).ok_or_else(|| Error::corrupt("a pack has fewer objects than its index"))?;
    objects.kind(id)?.ok_or_else(|| crate::objects::missing(id))
}
