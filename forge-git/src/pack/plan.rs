//! Deciding how each object of a pack is written: copied as it is stored, or packed anew.
//!
//! A stored delta can be copied if its base is sent too, or if the client may lean on what it has and has the base. A base in
//! another stored pack is fine. Two packs can hold the same two objects as deltas of each other, so chains are
//! checked for cycles, and for length.

use std::sync::Arc;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use gix_pack::data::entry::Header;

use super::packs::{Pack, Packs};
use super::search::{self, Effort, NewDelta};
use crate::Result;
use crate::list_objects::{Item, ObjectSet};
use crate::objects::{Objects, missing};
use crate::work::Steps;

/// Deltas on deltas: a longer chain is broken by one whole object.
const MAX_CHAIN: u32 = 250;

/// Objects from other packs than the closed one up to which whole ones are held against each other too.
const MAX_GATHERED: usize = 2000;

/// What a copied delta leans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// Nothing: it is a whole object.
    Nothing,
    /// Another object of the pack.
    Item(u32),
    /// An object that the client has.
    Client(u32),
    /// An object that is copied from the closed pack, by its rank there.
    Elsewhere(u32),
}

/// What is sent or known besides the items of a plan.
pub(crate) trait Elsewhere {
    /// The rank of an object that is copied from the closed pack.
    fn rank(&self, id: &oid) -> Option<u32>;
    /// Whether copied entries may lean on the item, so that it must not lean on them in turn.
    fn is_leant_on(&self, id: &oid) -> bool;
    /// Whether the client has the object.
    fn is_at_client(&self, id: &oid) -> bool;
}

/// Where the bytes of an object come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The entry of a stored pack, copied.
    Stored {
        /// Which pack.
        pack: u32,
        /// Where the entry starts.
        offset: u64,
    },
    /// The object, read and packed anew.
    Whole,
    /// A delta that was found for this pack.
    New(u32),
}

/// How one object is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    pub(crate) source: Source,
    pub(crate) base: Base,
}

/// How a whole pack is written.
pub(crate) struct Plan {
    pub(crate) packs: Arc<Packs>,
    pub(crate) items: Vec<Item>,
    pub(crate) planned: Vec<Planned>,
    /// The items in the order in which they are written.
    pub(crate) order: Vec<u32>,
    /// What [`Base::Client`] counts.
    pub(crate) client_bases: Vec<ObjectId>,
    /// What [`Source::New`] counts.
    pub(crate) new_deltas: Vec<NewDelta>,
}

impl Plan {
    /// How many objects are sent as deltas.
    pub(crate) fn deltas(&self) -> usize {
        self.planned.iter().filter(|planned| planned.base != Base::Nothing).count()
    }

    /// How many entries are copied as they are stored.
    pub(crate) fn reused(&self) -> usize {
        self.planned.iter().filter(|planned| matches!(planned.source, Source::Stored { .. })).count()
    }
}

/// Finds every object and decides; one that is not there fails the plan, before anything is written.
pub(crate) fn plan(
    set: ObjectSet,
    packs: Arc<Packs>,
    objects: &Objects,
    thin: bool,
    elsewhere: Option<&dyn Elsewhere>,
    work: &dyn Steps,
) -> Result<Plan> {
    let mut search = Search { set: &set, packs: &packs, thin, elsewhere, client_bases: Vec::new() };
    let mut planned = Vec::with_capacity(set.items.len());
    for item in &set.items {
        work.step()?;
        let found = search.place(item)?;
        if found.source == Source::Whole && objects.kind(&item.id)?.is_none() {
            return Err(missing(&item.id));
        }
        planned.push(found);
    }
    let mut client_bases = search.client_bases;
    break_chains(&mut planned);
    // What a clone takes from one pack is as small as it gets; what it gathers from others may not be.
    let is_open = !set.references.is_empty() || (elsewhere.is_some() && planned.len() <= MAX_GATHERED);
    let effort = Effort { is_open, thin };
    let new_deltas = search::search(&set, &mut planned, &mut client_bases, objects, effort, work)?;
    let order = order(&set.items, &planned);
    Ok(Plan { packs, items: set.items, planned, order, client_bases, new_deltas })
}

struct Search<'p> {
    set: &'p ObjectSet,
    packs: &'p Packs,
    thin: bool,
    elsewhere: Option<&'p dyn Elsewhere>,
    client_bases: Vec<ObjectId>,
}

impl Search<'_> {
    /// The best place to copy an object from: a delta if one can be used, for a pack that came thin also holds the bases that
    /// completed it, which are whole there and deltas elsewhere.
    fn place(&mut self, item: &Item) -> Result<Planned> {
        let mut whole = Planned { source: Source::Whole, base: Base::Nothing };
        for (number, pack, position) in self.packs.places(&item.id) {
            let offset = pack.offset_at(position);
            let entry = pack.entry(offset)?;
            let source = Source::Stored { pack: number, offset };
            if !matches!(entry.header, Header::OfsDelta { .. } | Header::RefDelta { .. }) {
                if whole.source == Source::Whole {
                    whole.source = source;
                }
                continue;
            }
            let Some(base) = base_of(pack, &entry) else { continue };
            if self.elsewhere.is_some_and(|elsewhere| elsewhere.is_leant_on(&item.id)) {
                continue;
            }
            if let Some(item) = self.set.item(&base) {
                return Ok(Planned { source, base: Base::Item(item) });
            }
            if let Some(rank) = self.elsewhere.and_then(|elsewhere| elsewhere.rank(&base)) {
                return Ok(Planned { source, base: Base::Elsewhere(rank) });
            }
            let is_at_client = self.set.is_at_client(&base)
                || self.elsewhere.is_some_and(|elsewhere| elsewhere.is_at_client(&base));
            if self.thin && is_at_client {
                let number = u32::try_from(self.client_bases.len()).unwrap_or(u32::MAX);
                self.client_bases.push(base);
                return Ok(Planned { source, base: Base::Client(number) });
            }
        }
        Ok(whole)
    }
}

/// What a stored delta leans on; nothing for a whole object.
pub(crate) fn base_of(pack: &Pack, entry: &gix_pack::data::Entry) -> Option<ObjectId> {
    match entry.header {
        Header::OfsDelta { base_distance } => {
            let at = entry.checked_base_pack_offset(base_distance);
            at.and_then(|at| pack.position_at(at)).map(|position| pack.id_at(position).to_owned())
        }
        Header::RefDelta { base_id } => Some(base_id),
        _ => None,
    }
}

/// Turns deltas into whole objects where chains are closed or too long.
fn break_chains(planned: &mut [Planned]) {
    const UNKNOWN: u32 = u32::MAX;
    const ON_PATH: u32 = u32::MAX - 1;
    let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let mut depths = vec![UNKNOWN; planned.len()];
    let mut path = Vec::new();
    for start in 0..planned.len() {
        let mut at = start;
        // Down to a known depth, a whole object, or back onto this very path.
        while depths.get(at) == Some(&UNKNOWN) {
            if let Some(depth) = depths.get_mut(at) {
                *depth = ON_PATH;
            }
            path.push(at);
            match planned.get(at).map(|planned| planned.base) {
                Some(Base::Item(base)) => at = index(base),
                _ => break,
            }
        }
        let mut depth = depths.get(at).copied().filter(|depth| *depth < ON_PATH).map_or(0, |depth| depth + 1);
        let closed = path.last().is_some_and(|last| {
            matches!(planned.get(*last).map(|planned| planned.base), Some(Base::Item(base))
                if depths.get(index(base)) == Some(&ON_PATH))
        });
        let mut first = true;
        while let Some(at) = path.pop() {
            let Some(entry) = planned.get_mut(at) else { continue };
            if (closed && first) || depth > MAX_CHAIN {
                *entry = Planned { source: Source::Whole, base: Base::Nothing };
            }
            if entry.base == Base::Nothing {
                depth = 0;
            }
            if let Some(known) = depths.get_mut(at) {
                *known = depth;
            }
            depth += 1;
            first = false;
        }
    }
}

/// Stored entries in their stored order, which puts bases first; then the others by kind and path, as git does.
fn order(items: &[Item], planned: &[Planned]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(planned.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|number| {
        let index = usize::try_from(*number).unwrap_or(usize::MAX);
        match planned.get(index).map(|planned| planned.source) {
            Some(Source::Stored { pack, offset }) => (pack, offset),
            _ => (u32::MAX, items.get(index).map_or(0, rank)),
        }
    });
    bases_first(&order, planned)
}

/// Moves each base before the first that leans on it, since a distance can only point back.
fn bases_first(order: &[u32], planned: &[Planned]) -> Vec<u32> {
    let mut placed = vec![false; planned.len()];
    let mut sorted = Vec::with_capacity(order.len());
    let mut chain = Vec::new();
    for number in order {
        let mut number = *number;
        loop {
            let index = usize::try_from(number).unwrap_or(usize::MAX);
            match placed.get_mut(index) {
                Some(placed) if !*placed => *placed = true,
                _ => break,
            }
            chain.push(number);
            match planned.get(index).map(|planned| planned.base) {
                Some(Base::Item(base)) => number = base,
                _ => break,
            }
        }
        sorted.extend(chain.drain(..).rev());
    }
    sorted
}

/// Commits first, then tags, trees and blobs; within a kind by path.
fn rank(item: &Item) -> u64 {
    let kind = match item.kind {
        Kind::Commit => 0,
        Kind::Tag => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    };
    kind << 32 | u64::from(item.name_hash)
}

/// The packed bytes of a stored entry behind its head, and the size of what they unpack to.
pub(crate) fn stored_body(pack: &Pack, offset: u64) -> Result<(&[u8], gix_pack::data::Entry)> {
    let entry = pack.entry(offset)?;
    let body = pack.slice(entry.data_offset, pack.end_of(offset))?;
    Ok((body, entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(base: u32) -> Planned {
        Planned { source: Source::Stored { pack: 0, offset: 1 }, base: Base::Item(base) }
    }

    fn whole() -> Planned {
        Planned { source: Source::Stored { pack: 0, offset: 1 }, base: Base::Nothing }
    }

    fn ends(planned: &[Planned]) -> bool {
        (0..planned.len()).all(|start| {
            let mut at = start;
            for _ in 0..=MAX_CHAIN {
                match planned[at].base {
                    Base::Item(base) => at = usize::try_from(base).expect("a small number"),
                    _ => return true,
                }
            }
            false
        })
    }

    #[test]
    fn cycles_are_broken_and_nothing_else() {
        let mut planned = vec![delta(1), delta(2), delta(0), delta(4), whole(), delta(0), delta(6)];
        assert!(!ends(&planned));
        break_chains(&mut planned);
        assert!(ends(&planned));
        let changed = planned.iter().filter(|planned| planned.source == Source::Whole).count();
        assert_eq!(changed, 2, "one of the circle of three, and the one on itself");
    }

    #[test]
    fn long_chains_are_broken() {
        let mut planned = vec![whole()];
        planned.extend((0..1000).map(delta));
        break_chains(&mut planned);
        assert!(ends(&planned));
        let changed = planned.iter().filter(|planned| planned.source == Source::Whole).count();
        assert!((3..6).contains(&changed), "{changed}");
    }
}
