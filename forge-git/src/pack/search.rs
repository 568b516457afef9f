//! Finding deltas where a pack would otherwise grow.
//!
//! Stored deltas are copied wherever possible; this is for what is left: versions of a file or directory whose stored base the
//! client lacks, and objects that were never packed together. Objects of one kind and like paths are put next to each other, largest
//! first, and each is described by whichever of the few before it makes it smallest. What the client has comes first
//! in the row, so that a fetch is mostly changes to what is there.

use std::collections::{HashSet, VecDeque};
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_object::Kind;

use super::delta::{self, Index};
use super::plan::{Base, Planned, Source};
use crate::Result;
use crate::list_objects::{Item, ObjectSet};
use crate::objects::Objects;
use crate::work::Steps;

/// Objects that each one is held against.
const WINDOW: usize = 10;
/// Deltas on new deltas.
const MAX_DEPTH: u32 = 50;
/// Objects larger than this are sent as they are.
const MAX_OBJECT: u64 = 16 << 20;
/// Bytes of objects in the window together.
const MAX_WINDOW_BYTES: usize = 48 << 20;
/// Bytes of found deltas that are kept until they are written; beyond it the search ends.
const MAX_FOUND_BYTES: usize = 64 << 20;
/// Objects shorter than this are not worth it.
const MIN_OBJECT: u64 = 50;

/// A delta that no pack has yet.
pub(crate) struct NewDelta {
    /// The packed instructions.
    pub(crate) packed: Vec<u8>,
    /// How long they are unpacked.
    pub(crate) size: u64,
}

/// What may be tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// Objects that are stored whole too, not only those that have to be packed anew.
    pub(crate) is_open: bool,
    /// Deltas on what the client has.
    pub(crate) thin: bool,
}

/// One place in the row.
struct Place {
    item: Item,
    /// Which of the items it is; nothing if the client has it.
    number: Option<u32>,
    size: u64,
}

/// An object that others are held against.
struct Neighbour {
    kind: Kind,
    base: Base,
    content: Vec<u8>,
    index: Option<Index>,
    depth: u32,
}

/// Looks for deltas for the items that have none, and notes them in `planned`.
pub(crate) fn search(
    set: &ObjectSet,
    planned: &mut [Planned],
    client_bases: &mut Vec<gix_hash::ObjectId>,
    objects: &Objects,
    effort: Effort,
    work: &dyn Steps,
) -> Result<Vec<NewDelta>> {
    let row = row(set, planned, objects, effort, work)?;
    let mut window: VecDeque<Neighbour> = VecDeque::with_capacity(WINDOW);
    let mut found = Vec::new();
    let mut found_bytes = 0;
    for place in row {
        work.step()?;
        if found_bytes > MAX_FOUND_BYTES {
            break;
        }
        let mut content = Vec::new();
        let Some(data) = objects.find(&place.item.id, &mut content)? else { continue };
        let kind = data.kind;
        let mut neighbour = Neighbour { kind, base: Base::Nothing, content, index: None, depth: 0 };
        match place.number {
            None => {
                neighbour.base = Base::Client(u32::try_from(client_bases.len()).unwrap_or(u32::MAX));
                client_bases.push(place.item.id);
            }
            Some(number) => {
                neighbour.base = Base::Item(number);
                if let Some((base, depth, instructions)) = best(&mut window, &neighbour, work)? {
                    let packed = pack(&instructions)?;
                    found_bytes += packed.len();
                    if let Some(planned) =
                        usize::try_from(number).ok().and_then(|number| planned.get_mut(number))
                    {
                        let new = u32::try_from(found.len()).unwrap_or(u32::MAX);
                        *planned = Planned { source: Source::New(new), base };
                    }
                    found.push(NewDelta {
                        packed,
                        size: u64::try_from(instructions.len()).unwrap_or(u64::MAX),
                    });
                    neighbour.depth = depth + 1;
                }
            }
        }
        window.push_back(neighbour);
        let bytes = |window: &VecDeque<Neighbour>| {
            let one = |one: &Neighbour| one.content.len() + one.index.as_ref().map_or(0, Index::bytes);
            window.iter().map(one).sum::<usize>()
        };
        while window.len() > WINDOW || (window.len() > 1 && bytes(&window) > MAX_WINDOW_BYTES) {
            window.pop_front();
        }
    }
    Ok(found)
}

/// The smallest delta on anything in the window, if one is small enough to pay.
fn best(
    window: &mut VecDeque<Neighbour>,
    target: &Neighbour,
    work: &dyn Steps,
) -> Result<Option<(Base, u32, Vec<u8>)>> {
    let size = target.content.len();
    let mut limit = (size / 2).saturating_sub(20);
    let mut best = None;
    for neighbour in window.iter_mut().rev() {
        work.step()?;
        let base = neighbour.content.len();
        let hopeless = neighbour.kind != target.kind
            || neighbour.depth >= MAX_DEPTH
            || size.saturating_sub(base) >= limit
            || size < base / 32;
        if hopeless {
            continue;
        }
        let index = neighbour.index.get_or_insert_with(|| Index::new(&neighbour.content));
        if let Some(instructions) = delta::create(index, &neighbour.content, &target.content, limit) {
            limit = instructions.len().saturating_sub(1);
            best = Some((neighbour.base, neighbour.depth, instructions));
        }
    }
    Ok(best)
}

/// What to hold against what, in order.
fn row(
    set: &ObjectSet,
    planned: &[Planned],
    objects: &Objects,
    effort: Effort,
    work: &dyn Steps,
) -> Result<Vec<Place>> {
    let mut row = Vec::new();
    let mut paths = HashSet::new();
    for (number, (item, planned)) in (0..).zip(set.items.iter().zip(planned)) {
        let is_open = planned.base == Base::Nothing && (effort.is_open || planned.source == Source::Whole);
        if !is_open || matches!(item.kind, Kind::Commit | Kind::Tag) {
            continue;
        }
        work.step()?;
        let Some((_, size)) = objects.header(&item.id)? else { continue };
        if (MIN_OBJECT..=MAX_OBJECT).contains(&size) {
            paths.insert((rank(item.kind), item.name_hash));
            row.push(Place { item: *item, number: Some(number), size });
        }
    }
    if effort.thin {
        for item in set.references.iter().filter(|item| paths.contains(&(rank(item.kind), item.name_hash))) {
            work.step()?;
            if set.item(&item.id).is_some() {
                continue;
            }
            let Some((_, size)) = objects.header(&item.id)? else { continue };
            if size <= MAX_OBJECT {
                row.push(Place { item: *item, number: None, size });
            }
        }
    }
    row.sort_by_key(|place| {
        let order = (rank(place.item.kind), place.item.name_hash);
        (order, place.number.is_some(), std::cmp::Reverse(place.size), place.number)
    });
    row.dedup_by(|a, b| a.item.id == b.item.id);
    Ok(row)
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 0,
        Kind::Tag => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    }
}

fn pack(instructions: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(instructions)?;
    Ok(encoder.finish()?)
}
