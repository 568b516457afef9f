//! Everything reachable from some commits, as bits over a closed pack and a list of what is not in it.

use std::collections::BinaryHeap;
use std::sync::Arc;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use roaring::RoaringBitmap;

use super::file::Reach;
use crate::commits::{Commits, Marks, Number};
use crate::hash::IdSet;
use crate::list_objects::{Item, add_name, separate};
use crate::objects::{EntryKind, TreeEntries};
use crate::pack::packs::{Pack, Packs};
use crate::{Error, Limits, Result};

/// A closed pack with its file.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) pack: Arc<Pack>,
    pub(crate) reach: Arc<Reach>,
}

impl Ground {
    /// The largest there is.
    pub(crate) fn of(packs: &Packs) -> Option<Self> {
        packs.closed().map(|(pack, reach)| Self { pack, reach })
    }

    /// The kind of an object, if it is in the pack.
    pub(crate) fn kind(&self, id: &oid) -> Option<Kind> {
        self.reach.kind(self.pack.rank(id)?)
    }
}

/// A set of objects that holds all they lead to.
#[derive(Default)]
pub(crate) struct Closure {
    /// In the pack, by rank.
    pub(crate) ranks: RoaringBitmap,
    /// Not in the pack.
    pub(crate) outside: Vec<Item>,
    seen: IdSet,
}

impl Closure {
    /// Whether the object is in the set.
    pub(crate) fn has(&self, pack: &Pack, id: &oid) -> bool {
        match pack.rank(id) {
            Some(rank) => self.ranks.contains(rank),
            None => self.seen.contains(id),
        }
    }

    /// Adds a single object; `false` if it was there.
    pub(crate) fn add(&mut self, pack: &Pack, id: &oid, kind: Kind, name_hash: u32) -> bool {
        if let Some(rank) = pack.rank(id) {
            return self.ranks.insert(rank);
        }
        let is_new = self.seen.insert(id.to_owned());
        if is_new {
            self.outside.push(Item { id: id.to_owned(), kind, name_hash });
        }
        is_new
    }

    /// Takes away what another set has.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.ranks -= &other.ranks;
        self.outside.retain(|item| !other.seen.contains(&item.id));
        self.seen.retain(|id| !other.seen.contains(id));
    }

    /// Keeps what passes; of what is in the pack, the bits say it.
    pub(crate) fn retain_outside(&mut self, keep: impl FnMut(&Item) -> Result<bool>) -> Result<()> {
        let mut keep = keep;
        let mut kept = Vec::with_capacity(self.outside.len());
        for item in self.outside.drain(..) {
            if keep(&item)? {
                kept.push(item);
            } else {
                self.seen.remove(&item.id);
            }
        }
        self.outside = kept;
        Ok(())
    }
}

/// Walks from commits and trees until bitmaps say the rest. What `known` has is not walked, and may be missing in the result.
pub(crate) fn closure(
    ground: &Ground,
    commits: &mut Commits<'_>,
    starts: &[Number],
    trees: &[ObjectId],
    known: Option<&Closure>,
    limits: &Limits,
) -> Result<Closure> {
    let mut walk = Walk { ground, commits, known, limits, set: Closure::default(), trees: trees.to_owned() };
    walk.start(starts)?;
    walk.commits(starts)?;
    walk.trees()?;
    Ok(walk.set)
}

struct Walk<'w, 'c> {
    ground: &'w Ground,
    commits: &'w mut Commits<'c>,
    known: Option<&'w Closure>,
    limits: &'w Limits,
    set: Closure,
    trees: Vec<ObjectId>,
}

impl Walk<'_, '_> {
    /// Starts that have bitmaps themselves: descendants first, which mostly hold the others.
    fn start(&mut self, starts: &[Number]) -> Result<()> {
        let mut numbers = Vec::new();
        for start in starts {
            let Some(rank) = self.ground.pack.rank(self.commits.id(*start)) else { continue };
            numbers.extend(self.ground.reach.number(rank).map(|number| (number, rank)));
        }
        numbers.sort_unstable_by_key(|(number, _)| std::cmp::Reverse(*number));
        for (number, rank) in numbers {
            self.commits.work().step()?;
            if !self.set.ranks.contains(rank) {
                self.set.ranks |= self.ground.reach.bitmap(number)?;
            }
        }
        Ok(())
    }

    fn is_known(&self, id: &oid) -> bool {
        let pack = &self.ground.pack;
        self.set.has(pack, id) || self.known.is_some_and(|known| known.has(pack, id))
    }

    fn commits(&mut self, starts: &[Number]) -> Result<()> {
        let mut marks = Marks::default();
        let mut queue = BinaryHeap::new();
        for start in starts {
            if !self.is_known(self.commits.id(*start)) && marks.add(*start, 1) {
                queue.push((self.commits.time(*start)?, *start));
            }
        }
        while let Some((_, number)) = queue.pop() {
            let id = *self.commits.id(number);
            if self.is_known(&id) {
                continue;
            }
            let rank = self.ground.pack.rank(&id);
            if let Some(number) = rank.and_then(|rank| self.ground.reach.number(rank)) {
                self.set.ranks |= self.ground.reach.bitmap(number)?;
                continue;
            }
            self.commits.work().step()?;
            self.set.add(&self.ground.pack, &id, Kind::Commit, 0);
            self.trees.push(self.commits.tree(number)?);
            for at in self.commits.parents(number)? {
                let parent = self.commits.parent(at);
                if !self.is_known(self.commits.id(parent)) && marks.add(parent, 1) {
                    queue.push((self.commits.time(parent)?, parent));
                }
            }
        }
        Ok(())
    }

    fn trees(&mut self) -> Result<()> {
        let mut buffer = Vec::new();
        let mut stack: Vec<(ObjectId, u32, u64)> =
            std::mem::take(&mut self.trees).into_iter().map(|tree| (tree, 0, 0)).collect();
        while let Some((id, name, levels)) = stack.pop() {
            if self.is_known(&id) {
                continue;
            }
            self.commits.work().count(self.set.outside.len());
            self.commits.work().step()?;
            if levels > self.limits.max_tree_depth {
                return Err(Error::TooLarge {
                    what: "the depth of a tree",
                    limit: self.limits.max_tree_depth,
                });
            }
            self.set.add(&self.ground.pack, &id, Kind::Tree, name);
            let path = separate(name, levels);
            self.commits.objects().tree(&id, &mut buffer)?;
            for entry in TreeEntries::new(&buffer, id.kind()) {
                let entry = entry?;
                if entry.kind == EntryKind::Submodule || self.is_known(entry.id) {
                    continue;
                }
                let name = add_name(path, entry.name);
                if entry.kind == EntryKind::Tree {
                    stack.push((entry.id.to_owned(), name, levels + 1));
                } else {
                    self.set.add(&self.ground.pack, entry.id, Kind::Blob, name);
                }
            }
        }
        Ok(())
    }
}
