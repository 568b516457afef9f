//! Writing an answer of which most lies in one closed pack.
//!
//! Runs of wanted entries go out as they are stored, in large slices of the mapped file. Deltas name their base by distance, so where
//! something between the two was left out the head of the entry is written anew. What cannot be copied, because its base is
//! neither sent nor at the client, is planned and written behind, with all that lies in other packs.

use std::io::Write;
use std::sync::Arc;

use gix_hash::oid;
use gix_object::Kind;
use gix_pack::data::entry::Header;
use roaring::RoaringBitmap;

use super::packs::{Pack, Packs};
use super::plan::{self, Elsewhere, Plan};
use super::write::{Tally, write_items};
use crate::list_objects::{Item, ObjectSet};
use crate::objects::Objects;
use crate::reach::answer::Answer;
use crate::work::Steps;
use crate::{Error, Result};

/// Bytes handed on at a time.
const CHUNK: u64 = 1 << 20;

/// What a client understands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// Deltas on what it has.
    pub(crate) thin: bool,
    /// Deltas whose base is named by its distance.
    pub(crate) offset_deltas: bool,
}

/// An answer that is ready to be written.
pub(crate) struct Closed<'a> {
    answer: &'a Answer,
    client: Client,
    /// Ranks whose entries are copied.
    copied: RoaringBitmap,
    plan: Plan,
    copied_deltas: usize,
}

/// What the plan for the rest may lean on.
struct Around<'a> {
    answer: &'a Answer,
    copied: &'a RoaringBitmap,
}

impl Elsewhere for Around<'_> {
    fn rank(&self, id: &oid) -> Option<u32> {
        self.answer.ground.pack.rank(id).filter(|rank| self.copied.contains(*rank))
    }

    fn is_leant_on(&self, id: &oid) -> bool {
        self.answer.ground.pack.position(id).is_some()
    }

    fn is_at_client(&self, id: &oid) -> bool {
        self.answer.is_at_client(id)
    }
}

/// Decides what is copied and plans the rest.
pub(crate) fn prepare<'a>(
    answer: &'a Answer,
    packs: Arc<Packs>,
    objects: &Objects,
    client: Client,
    work: &dyn Steps,
) -> Result<Closed<'a>> {
    let reach = &answer.ground.reach;
    let mut copied = answer.set.ranks.clone();
    let mut copied_deltas = u64::from(reach.offset_deltas) + u64::from(reach.named_deltas);
    let mut set = ObjectSet::default();
    if !answer.is_whole() {
        let (odd, deltas) = survey(answer, client.thin, work)?;
        copied_deltas = deltas;
        for rank in &odd {
            let item = item(answer, rank).ok_or_else(short)?;
            set.add(&item.id, item.kind, item.name_hash);
        }
        copied -= odd;
    }
    for item in &answer.set.outside {
        set.add(&item.id, item.kind, item.name_hash);
    }
    let around = Around { answer, copied: &copied };
    let plan = plan::plan(set, packs, objects, client.thin, Some(&around), work)?;
    let copied_deltas = usize::try_from(copied_deltas).unwrap_or(usize::MAX);
    Ok(Closed { answer, client, copied, plan, copied_deltas })
}

fn item(answer: &Answer, rank: u32) -> Option<Item> {
    let ground = &answer.ground;
    let name_hash = ground.reach.names.get(usize::try_from(rank).ok()?).copied()?;
    let kind = ground.reach.kind(rank).unwrap_or(Kind::Blob);
    Some(Item { id: ground.pack.id_of(rank)?.to_owned(), kind, name_hash })
}

fn short() -> Error {
    Error::corrupt("a reachability bitmap names more objects than its pack has")
}

/// Finds the entries that cannot be copied, and counts the deltas among the others.
fn survey(answer: &Answer, thin: bool, work: &dyn Steps) -> Result<(RoaringBitmap, u64)> {
    let pack = &answer.ground.pack;
    let ranks = &answer.set.ranks;
    let (mut odd, mut deltas) = (RoaringBitmap::new(), 0);
    let mut runs = ranks.iter();
    while let Some(run) = runs.next_range() {
        let first = pack.start_of(*run.start());
        for rank in run {
            work.step()?;
            if rank >= pack.len() {
                return Err(short());
            }
            let base = match base(pack, pack.start_of(rank))? {
                Base::Nothing => continue,
                // All between the start of the run and here is sent.
                Base::At(offset, _) if offset >= first => Some(rank),
                Base::At(offset, _) => pack.rank_at(offset),
                Base::Named(rank) => rank,
            };
            let is_there = |base| ranks.contains(base) || (thin && answer.has_rank(base));
            if base.is_some_and(is_there) {
                deltas += 1;
            } else {
                odd.insert(rank);
            }
        }
    }
    Ok((odd, deltas))
}

/// What an entry leans on.
enum Base {
    Nothing,
    /// An earlier offset, and its distance as stored.
    At(u64, u64),
    Named(Option<u32>),
}

fn base(pack: &Pack, offset: u64) -> Result<Base> {
    let entry = pack.entry(offset)?;
    Ok(match entry.header {
        Header::OfsDelta { base_distance } => {
            let at = entry.checked_base_pack_offset(base_distance);
            Base::At(at.ok_or_else(|| Error::corrupt("a delta leans on nothing"))?, base_distance)
        }
        Header::RefDelta { base_id } => Base::Named(pack.rank(&base_id)),
        _ => Base::Nothing,
    })
}

impl Closed<'_> {
    /// How many objects are sent as deltas.
    pub(crate) fn deltas(&self) -> usize {
        self.copied_deltas.saturating_add(self.plan.deltas())
    }

    /// How many entries are copied as they are stored.
    pub(crate) fn reused(&self) -> usize {
        let copied = usize::try_from(self.copied.len()).unwrap_or(usize::MAX);
        copied.saturating_add(self.plan.reused())
    }

    /// Writes the pack; returns its length in bytes.
    pub(crate) fn write(&self, objects: &Objects, out: &mut dyn Write, work: &dyn Steps) -> Result<u64> {
        let pack = &self.answer.ground.pack;
        let copies_all = self.answer.is_whole()
            && (self.client.offset_deltas || self.answer.ground.reach.offset_deltas == 0);
        if copies_all && self.plan.items.is_empty() {
            // The very pack, whose checksum at the end is right as it is.
            let checksum = pack.checksum();
            copy(pack, 0, pack.end(), out, work)?;
            out.write_all(checksum.as_slice())?;
            return Ok(pack.end() + u64::try_from(checksum.as_slice().len()).unwrap_or_default());
        }
        let mut out = Tally::new(out, pack.checksum().kind());
        let count = u32::try_from(self.answer.count()).map_err(|_| Error::TooLarge {
            what: "the number of objects in a pack",
            limit: u64::from(u32::MAX),
        })?;
        out.write_all(&super::build::header(count))?;
        let first = out.written();
        let segments = if copies_all {
            copy(pack, first, pack.end(), &mut out, work)?;
            vec![(first, first)]
        } else {
            Copying { closed: self, pack, segments: Vec::new(), out: &mut out, work }.run()?
        };
        let place = |rank| {
            let id = pack.id_of(rank)?.to_owned();
            Some((id, moved(&segments, pack.start_of(rank))?))
        };
        write_items(&self.plan, objects, self.client.offset_deltas, &place, &mut out, work)?;
        Ok(out.finish()?.1)
    }
}

/// Where the entry that is stored at `start` was written.
fn moved(segments: &[(u64, u64)], start: u64) -> Option<u64> {
    let after = segments.partition_point(|(stored, _)| *stored <= start);
    let (stored, written) = segments.get(after.checked_sub(1)?)?;
    written.checked_add(start.checked_sub(*stored)?)
}

/// Copies what is stored between two offsets.
fn copy(pack: &Pack, from: u64, to: u64, out: &mut dyn Write, work: &dyn Steps) -> Result<()> {
    let mut at = from;
    while at < to {
        work.step()?;
        let end = to.min(at + CHUNK);
        out.write_all(pack.slice(at, end)?)?;
        at = end;
    }
    Ok(())
}

struct Copying<'w, 'o> {
    closed: &'w Closed<'w>,
    pack: &'w Pack,
    /// Where stored bytes went: from each stored offset on, as far as the next, all moved by one distance.
    segments: Vec<(u64, u64)>,
    out: &'w mut Tally<'o>,
    work: &'w dyn Steps,
}

impl Copying<'_, '_> {
    fn run(mut self) -> Result<Vec<(u64, u64)>> {
        let offset_deltas = self.closed.client.offset_deltas;
        let mut runs = self.closed.copied.iter();
        while let Some(run) = runs.next_range() {
            let (first, last) = (*run.start(), *run.end());
            let end = self.pack.start_of(last.saturating_add(1));
            // Everything up to here that was not copied yet.
            let mut pending = self.pack.start_of(first);
            self.segments.push((pending, self.out.written()));
            // With nothing missing before it, a run can be taken as it is.
            if first == 0 && offset_deltas {
                copy(self.pack, pending, end, self.out, self.work)?;
                continue;
            }
            for rank in run {
                self.work.step()?;
                let start = self.pack.start_of(rank);
                let Base::At(base, distance) = base(self.pack, start)? else { continue };
                let here = self.out.written() + (start - pending);
                let Some(header) = self.header(base, distance, here)? else { continue };
                copy(self.pack, pending, start, self.out, self.work)?;
                pending = self.pack.start_of(rank.saturating_add(1));
                let entry = self.pack.entry(start)?;
                header.write_to(entry.decompressed_size, &mut *self.out)?;
                copy(self.pack, entry.data_offset, pending, self.out, self.work)?;
                self.segments.push((pending, self.out.written()));
            }
            copy(self.pack, pending, end, self.out, self.work)?;
        }
        Ok(self.segments)
    }

    /// The head that a delta needs at its new place; nothing if it has that already.
    fn header(&self, base: u64, distance: u64, here: u64) -> Result<Option<Header>> {
        if self.closed.client.offset_deltas {
            if self.segments.last().is_some_and(|(stored, _)| base >= *stored) {
                return Ok(None);
            }
            let rank = self.pack.rank_at(base);
            if rank.is_some_and(|rank| self.closed.copied.contains(rank))
                && let Some(base_distance) =
                    moved(&self.segments, base).and_then(|base| here.checked_sub(base))
            {
                return Ok((base_distance != distance).then_some(Header::OfsDelta { base_distance }));
            }
        }
        let id = self.pack.rank_at(base).and_then(|rank| self.pack.id_of(rank));
        let id = id.ok_or_else(|| Error::corrupt("a delta leans on nothing"))?;
        Ok(Some(Header::RefDelta { base_id: id.to_owned() }))
    }
}
