//! One pass over all of history: which objects each commit brings.
//!
//! A commit's directories are held against the same directories of its parents; what stands there unchanged is reachable from the
//! parents already. So the list of a commit is all of its own objects that none of its parents has at the same place, and what
//! can be reached from it is that list and whatever can be reached from its parents. Every list is made once, however many
//! bitmaps are computed from it.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use gix_hash::ObjectId;
use gix_object::Kind;
use roaring::RoaringBitmap;

use super::file::kind_number;
use super::tree::{Cursor, Entries, compare};
use crate::commits::{Commits, Marks, Number};
use crate::list_objects::{add_name, separate};
use crate::objects::EntryKind;
use crate::pack::packs::Pack;
use crate::{Error, Limits, Result};

/// Objects in all lists together. Histories that replace everything again and again would fill the memory.
const MAX_BROUGHT: usize = 48 << 20;
/// Bytes of trees kept at hand.
const MAX_TREES: usize = 48 << 20;
/// Parents that a commit is held against: an octopus merge has many.
const MAX_PARENTS: usize = 16;

/// Commits and what they bring, parents before children.
pub(super) struct History {
    pub(super) turns: Vec<Turn>,
    parents: Vec<u32>,
    brought: Vec<u32>,
    /// What was met of each kind, by rank.
    pub(super) kinds: [RoaringBitmap; 4],
    /// By rank, the hash of a path.
    pub(super) names: Vec<u32>,
}

/// One commit; its number is its place among all.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    pub(super) rank: u32,
    pub(super) time: i64,
    parents: Range<usize>,
    brought: Range<usize>,
}

/// Why there is no list.
pub(super) enum Stopped {
    /// Something reachable is not in the pack.
    Open,
    /// The lists would be too long.
    TooLong,
    /// The work failed.
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl History {
    pub(super) fn parents(&self, turn: &Turn) -> &[u32] {
        self.parents.get(turn.parents.clone()).unwrap_or_default()
    }

    pub(super) fn brought(&self, turn: &Turn) -> &[u32] {
        self.brought.get(turn.brought.clone()).unwrap_or_default()
    }

    pub(super) fn turn(&self, number: u32) -> Option<&Turn> {
        self.turns.get(usize::try_from(number).ok()?)
    }
}

/// Reads the history of `starts`, all of which must be in the pack.
pub(super) fn read(
    pack: &Pack,
    commits: &mut Commits<'_>,
    starts: &[Number],
    limits: &Limits,
) -> std::result::Result<History, Stopped> {
    let objects = usize::try_from(pack.len()).unwrap_or_default();
    let history = History {
        turns: Vec::new(),
        parents: Vec::new(),
        brought: Vec::new(),
        kinds: Default::default(),
        names: vec![0; objects],
    };
    let trees = Trees { known: HashMap::default(), bytes: 0 };
    let mut reading = Reading { pack, commits, limits, history, trees, turns: HashMap::new() };
    reading.walk(starts)?;
    Ok(reading.history)
}

struct Reading<'r, 'c> {
    pack: &'r Pack,
    commits: &'r mut Commits<'c>,
    limits: &'r Limits,
    history: History,
    trees: Trees,
    turns: HashMap<Number, u32>,
}

/// A tree to hold against those of the parents.
struct Waiting {
    id: ObjectId,
    references: Vec<ObjectId>,
    name: u32,
    levels: u64,
}

impl Reading<'_, '_> {
    /// Depth first, so that a commit mostly follows its parent, whose trees are still at hand.
    fn walk(&mut self, starts: &[Number]) -> std::result::Result<(), Stopped> {
        const SEEN: u8 = 1;
        let mut marks = Marks::default();
        let mut path = Vec::new();
        for start in starts {
            if marks.add(*start, SEEN) {
                path.push((*start, self.commits.parents(*start)?));
            }
            while let Some((number, parents)) = path.last_mut() {
                if let Some(at) = parents.next() {
                    let parent = self.commits.parent(at);
                    if marks.add(parent, SEEN) {
                        if self.pack.position(self.commits.id(parent)).is_none() {
                            return Err(Stopped::Open);
                        }
                        path.push((parent, self.commits.parents(parent)?));
                    }
                } else {
                    let number = *number;
                    path.pop();
                    self.take(number)?;
                }
            }
        }
        Ok(())
    }

    /// Adds a commit, whose parents are all there.
    fn take(&mut self, number: Number) -> std::result::Result<(), Stopped> {
        let first = (self.history.parents.len(), self.history.brought.len());
        let rank = self.pack.rank(self.commits.id(number)).ok_or(Stopped::Open)?;
        self.note(rank, Kind::Commit, 0)?;
        let mut references = Vec::new();
        for at in self.commits.parents(number)? {
            let parent = self.commits.parent(at);
            self.history.parents.push(self.turns.get(&parent).copied().ok_or(Stopped::Open)?);
            if references.len() < MAX_PARENTS {
                references.push(self.commits.tree(parent)?);
            }
        }
        let id = self.commits.tree(number)?;
        self.compare(Waiting { id, references, name: 0, levels: 0 })?;
        let turn = u32::try_from(self.history.turns.len()).map_err(|_| Stopped::TooLong)?;
        self.turns.insert(number, turn);
        let parents = first.0..self.history.parents.len();
        let brought = first.1..self.history.brought.len();
        self.history.turns.push(Turn { rank, time: self.commits.time(number)?, parents, brought });
        Ok(())
    }

    fn note(&mut self, rank: u32, kind: Kind, name: u32) -> std::result::Result<(), Stopped> {
        if self.history.brought.len() >= MAX_BROUGHT {
            return Err(Stopped::TooLong);
        }
        self.history.brought.push(rank);
        let is_new = self.history.kinds.get_mut(kind_number(kind)).is_some_and(|ranks| ranks.insert(rank));
        if let Some(slot) = usize::try_from(rank).ok().and_then(|rank| self.history.names.get_mut(rank))
            && is_new
        {
            *slot = name;
        }
        Ok(())
    }

    /// Notes a tree and all below it that the references do not have at the same place.
    fn compare(&mut self, root: Waiting) -> std::result::Result<(), Stopped> {
        let mut stack = vec![root];
        while let Some(tree) = stack.pop() {
            if tree.references.contains(&tree.id) {
                continue;
            }
            self.commits.work().step()?;
            if tree.levels > self.limits.max_tree_depth {
                let limit = self.limits.max_tree_depth;
                return Err(Error::TooLarge { what: "the depth of a tree", limit }.into());
            }
            let rank = self.pack.rank(&tree.id).ok_or(Stopped::Open)?;
            self.note(rank, Kind::Tree, tree.name)?;
            self.entries(&tree, &mut stack)?;
        }
        Ok(())
    }

    fn entries(&mut self, tree: &Waiting, stack: &mut Vec<Waiting>) -> std::result::Result<(), Stopped> {
        let own = self.trees.read(self.commits, &tree.id)?;
        let mut references = Vec::with_capacity(tree.references.len());
        for reference in &tree.references {
            references.push(self.trees.read(self.commits, reference)?);
        }
        let hash = tree.id.kind();
        let mut cursors: Vec<_> = references.iter().map(|bytes| Cursor::new(bytes, hash)).collect();
        let path = separate(tree.name, tree.levels);
        for entry in Entries::new(&own, hash) {
            let entry = entry?;
            let mut subtrees = Vec::new();
            let mut is_known = false;
            for cursor in &mut cursors {
                let Some(other) = cursor.advance(|other| compare(other, &entry))? else { continue };
                is_known |= other.id == entry.id;
                if other.kind == EntryKind::Tree
                    && !subtrees.iter().any(|id: &ObjectId| id.as_ref() == other.id)
                {
                    subtrees.push(other.id.to_owned());
                }
            }
            if is_known {
                continue;
            }
            match entry.kind {
                EntryKind::Submodule => {}
                EntryKind::Blob => {
                    let rank = self.pack.rank(entry.id).ok_or(Stopped::Open)?;
                    self.note(rank, Kind::Blob, add_name(path, entry.name))?;
                }
                EntryKind::Tree => stack.push(Waiting {
                    id: entry.id.to_owned(),
                    references: subtrees,
                    name: add_name(path, entry.name),
                    levels: tree.levels + 1,
                }),
            }
        }
        Ok(())
    }
}

/// Contents of trees that were read a moment ago: most are held against their successors soon.
struct Trees {
    known: HashMap<ObjectId, Rc<[u8]>, crate::hash::IdHash>,
    bytes: usize,
}

impl Trees {
    fn read(&mut self, commits: &Commits<'_>, id: &ObjectId) -> Result<Rc<[u8]>> {
        if let Some(bytes) = self.known.get(id) {
            return Ok(Rc::clone(bytes));
        }
        let mut buffer = Vec::new();
        let bytes: Rc<[u8]> = commits.objects().tree(id, &mut buffer)?.into();
        if self.bytes + bytes.len() > MAX_TREES {
            self.known.clear();
            self.bytes = 0;
        }
        self.bytes += bytes.len();
        self.known.insert(*id, Rc::clone(&bytes));
        Ok(bytes)
    }
}
