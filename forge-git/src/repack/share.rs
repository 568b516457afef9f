//! The packs of a copy: those that it may have as they are, and one with what is left.
//!
//! A copy of a repository is made of some of its refs. A pack that holds anything else, such as what a deleted branch left,
//! must not come along: whoever owns the copy could give it a name and read it. So a pack is shared only if every object
//! in it is reached, and what is reached otherwise is packed anew.

use std::path::Path;

use forge_core::ObjectId;
use gix_hash::oid;
use gix_object::Kind;

use super::prepare::{self, Prepared};
use super::write_set;
use crate::commits::Commits;
use crate::hash::IdSet;
use crate::list_objects::ObjectSet;
use crate::objects::Objects;
use crate::pack::all;
use crate::reach::closure::{Closure, Ground};
use crate::reach::tips::reached_from;
use crate::work::{Steps as _, Work};
use crate::{Cancel, Limits, ObjectStore, Result};

/// What a copy is made of.
#[derive(Debug)]
pub struct Shares {
    /// Packs in which everything is reached.
    pub whole: Vec<ObjectId>,
    /// What is reached and in none of them.
    pub rest: Option<Prepared>,
}

/// Everything that some tips need.
enum Reached {
    /// Most of it as bits over a closed pack.
    Bits(Ground, Closure),
    /// Object by object.
    List(ObjectSet),
}

impl Reached {
    fn has(&self, id: &oid) -> bool {
        match self {
            Self::Bits(ground, set) => set.has(&ground.pack, id),
            Self::List(set) => set.item(id).is_some(),
        }
    }

    /// Each object with its kind.
    fn each(&self, mut see: impl FnMut(&oid, Kind)) {
        match self {
            Self::Bits(ground, set) => {
                for rank in &set.ranks {
                    if let Some(id) = ground.pack.id_of(rank) {
                        see(id, ground.reach.kind(rank).unwrap_or(Kind::Blob));
                    }
                }
                set.outside.iter().for_each(|item| see(&item.id, item.kind));
            }
            Self::List(set) => set.items.iter().for_each(|item| see(&item.id, item.kind)),
        }
    }
}

/// Decides which of `packs` a copy with some tips shares, and packs the rest into the objects of the copy.
pub fn share(
    store: &ObjectStore,
    packs: &[ObjectId],
    tips: &[ObjectId],
    copy: &Path,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Shares> {
    let work = Work::new(cancel);
    let objects = Objects::new(store);
    let reached = reached(store, &objects, tips, limits, &work)?;
    let (mut whole, mut indices) = (Vec::new(), Vec::new());
    for pack in packs {
        let index = prepare::index(store, pack)?;
        let mut is_reached = true;
        for entry in index.iter() {
            work.step()?;
            if !reached.has(&entry.oid) {
                is_reached = false;
                break;
            }
        }
        if is_reached {
            whole.push(*pack);
            indices.push(index);
        }
    }
    let mut rest = ObjectSet::default();
    reached.each(|id, kind| {
        if indices.iter().all(|index| index.lookup(id).is_none()) {
            rest.add(id, kind, 0);
        }
    });
    let rest = if rest.items.is_empty() {
        None
    } else {
        Some(write_set(store, rest, &objects, &work)?.bound_for(copy))
    };
    Ok(Shares { whole, rest })
}

fn reached(
    store: &ObjectStore,
    objects: &Objects,
    tips: &[ObjectId],
    limits: &Limits,
    work: &Work<'_>,
) -> Result<Reached> {
    let Some(ground) = Ground::of(&*store.packs()?) else {
        return Ok(Reached::List(all::closure(objects, tips, &[], limits, work)?));
    };
    let mut commits = Commits::new(objects, IdSet::default(), work);
    let set = reached_from(&ground, objects, &mut commits, tips.iter().copied(), limits)?;
    Ok(Reached::Bits(ground, set))
}
