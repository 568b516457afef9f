//! Packs made of packs, so that a repository stays quick to read however often people push.
//!
//! Three kinds of pack come out of here, all of what the store has already:
//!
//! - [`roll`] puts several small packs together as they are, so that many pushes do not make many packs;
//! - [`full`] writes everything that some tips need into one *closed* pack, with deltas looked for where there are none;
//! - [`leftovers`] gathers what a full one leaves out of the packs that it replaces, so that what nobody reaches any more
//!   stays for its time of grace.
//!
//! Each is prepared beside the packs, where nobody sees it, and becomes part of the repository by [`Prepared::publish`]. No
//! old pack is touched: taking those away is the caller's, once nobody needs them. Entries are copied as they are stored
//! wherever possible, so memory follows the number of objects and not their size.

mod prepare;
mod share;
#[cfg(test)]
mod tests;

pub use prepare::{Prepared, Repacked};
pub use share::{Shares, share};

use forge_core::ObjectId;

use crate::hash;
use crate::list_objects::{Item, ObjectSet};
use crate::objects::{self, Objects};
use crate::pack::all::closure;
use crate::pack::plan;
use crate::work::{Steps as _, Work};
use crate::{Cancel, Limits, ObjectStore, Result};

/// Writes one pack of everything that the tips need, and nothing else.
///
/// An object that is missing is an error. `beat` hears now and then how many objects were met.
pub fn full(
    store: &ObjectStore,
    tips: &[ObjectId],
    limits: &Limits,
    cancel: &Cancel,
    mut beat: impl FnMut(u64),
) -> Result<Prepared> {
    let work = Work::new(cancel);
    work.set_beat(move |count| {
        beat(count);
        Ok(())
    });
    let objects = Objects::new(store);
    let mut set = closure(&objects, tips, &[], limits, &work)?;
    look_for_deltas(&mut set);
    write_set(store, set, &objects, &work)
}

/// Whether the tips need an object.
pub fn reaches(
    store: &ObjectStore,
    tips: &[ObjectId],
    id: &ObjectId,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<bool> {
    let set = closure(&Objects::new(store), tips, &[], limits, &Work::new(cancel))?;
    Ok(set.item(&hash::to_gix(id)).is_some())
}

/// Writes one pack of all objects of several packs.
pub fn roll(store: &ObjectStore, packs: &[ObjectId], cancel: &Cancel) -> Result<Prepared> {
    gather(store, packs, |_| true, cancel)?
        .ok_or_else(|| crate::Error::invalid("there is nothing to roll up"))
}

/// Writes one pack of those objects of `packs` that are neither in `kept` nor in one of the packs `young`; nothing if
/// there is none.
pub fn leftovers(
    store: &ObjectStore,
    packs: &[ObjectId],
    kept: &Prepared,
    young: &[ObjectId],
    cancel: &Cancel,
) -> Result<Option<Prepared>> {
    let young = young.iter().map(|pack| prepare::index(store, pack)).collect::<Result<Vec<_>>>()?;
    let is_left = |id: &gix_hash::oid| !kept.has(id) && young.iter().all(|index| index.lookup(id).is_none());
    gather(store, packs, is_left, cancel)
}

/// Writes one pack of all objects of several packs but for one object, which is to be nowhere any more.
pub fn without(
    store: &ObjectStore,
    packs: &[ObjectId],
    purged: &ObjectId,
    cancel: &Cancel,
) -> Result<Option<Prepared>> {
    let purged = hash::to_gix(purged);
    gather(store, packs, |id| *id != *purged, cancel)
}

/// Those of `packs` that hold an object.
pub fn holders(store: &ObjectStore, packs: &[ObjectId], id: &ObjectId) -> Result<Vec<ObjectId>> {
    let id = hash::to_gix(id);
    let mut found = Vec::new();
    for pack in packs {
        if prepare::index(store, pack)?.lookup(id).is_some() {
            found.push(*pack);
        }
    }
    Ok(found)
}

fn gather(
    store: &ObjectStore,
    packs: &[ObjectId],
    is_wanted: impl Fn(&gix_hash::oid) -> bool,
    cancel: &Cancel,
) -> Result<Option<Prepared>> {
    let work = Work::new(cancel);
    let objects = Objects::new(store);
    let mut set = ObjectSet::default();
    for pack in packs {
        for entry in prepare::index(store, pack)?.iter() {
            work.step()?;
            if is_wanted(&entry.oid) && set.item(&entry.oid).is_none() {
                let kind = objects.kind(&entry.oid)?.ok_or_else(|| objects::missing(&entry.oid))?;
                set.add(&entry.oid, kind, 0);
            }
        }
    }
    if set.items.is_empty() {
        return Ok(None);
    }
    write_set(store, set, &objects, &work).map(Some)
}

/// Objects that are stored whole are held against each other only where somebody has something to compare with; one
/// reference that is an item itself says so and changes nothing else.
fn look_for_deltas(set: &mut ObjectSet) {
    let first: Option<Item> = set.items.first().copied();
    set.references.extend(first);
}

fn write_set(store: &ObjectStore, set: ObjectSet, objects: &Objects, work: &Work<'_>) -> Result<Prepared> {
    let plan = plan::plan(set, store.packs()?, objects, false, None, work)?;
    prepare::prepare(store, &plan, objects, work)
}
