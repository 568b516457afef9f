//! Bases of stored deltas that lie deep in what the client has.
//!
//! The walk that lists what to send looks at the border of the client's history only. A stored delta may lean on an object from
//! further down, as it does when a file went back to what it was like; then the delta is a fraction of the object. Where bitmaps
//! have not said what the client has, a few trees of its history are searched for such bases.

use std::collections::{BinaryHeap, HashSet};

use gix_hash::ObjectId;

use crate::Result;
use crate::commits::{Commits, Number};
use crate::hash::IdSet;
use crate::list_objects::ObjectSet;
use crate::objects::{EntryKind, TreeEntries};
use crate::pack::packs::Packs;
use crate::pack::plan::base_of;

/// Trees that are read at most: what is not found by then is sent without its base.
const MAX_TREES: usize = 1000;

/// Notes which of the bases that would help the client has.
pub(super) fn find(
    set: &mut ObjectSet,
    packs: &Packs,
    commits: &mut Commits<'_>,
    had: &[Number],
) -> Result<()> {
    let mut search = Search { wanted: helpful(set, packs)?, seen: IdSet::default(), left: MAX_TREES };
    let mut met: HashSet<Number> = had.iter().copied().collect();
    let mut waiting = BinaryHeap::new();
    for number in &met {
        waiting.push((commits.time(*number)?, *number));
    }
    while !search.is_over()
        && let Some((_, number)) = waiting.pop()
    {
        let tree = commits.tree(number)?;
        search.look(tree, set, commits)?;
        for at in commits.parents(number)? {
            let parent = commits.parent(at);
            if met.insert(parent) {
                waiting.push((commits.time(parent)?, parent));
            }
        }
    }
    Ok(())
}

/// The bases of objects of which no stored delta can be used as it is.
fn helpful(set: &ObjectSet, packs: &Packs) -> Result<IdSet> {
    let mut wanted = IdSet::default();
    for item in &set.items {
        let mut bases = Vec::new();
        for (_, pack, position) in packs.places(&item.id) {
            bases.extend(base_of(pack, &pack.entry(pack.offset_at(position))?));
        }
        if !bases.iter().any(|base| set.item(base).is_some() || set.is_at_client(base)) {
            wanted.extend(bases);
        }
    }
    Ok(wanted)
}

struct Search {
    wanted: IdSet,
    seen: IdSet,
    left: usize,
}

impl Search {
    fn is_over(&self) -> bool {
        self.wanted.is_empty() || self.left == 0
    }

    /// Goes through a tree and what is below it, as far as that was not seen before.
    fn look(&mut self, tree: ObjectId, set: &mut ObjectSet, commits: &Commits<'_>) -> Result<()> {
        let mut buffer = Vec::new();
        let mut stack = vec![tree];
        while let Some(tree) = stack.pop() {
            if !self.seen.insert(tree) {
                continue;
            }
            if self.is_over() {
                break;
            }
            self.left -= 1;
            commits.work().step()?;
            for entry in TreeEntries::new(commits.objects().tree(&tree, &mut buffer)?, tree.kind()) {
                let entry = entry?;
                if self.wanted.remove(entry.id) {
                    set.exclude(entry.id);
                }
                if entry.kind == EntryKind::Tree {
                    stack.push(entry.id.to_owned());
                }
            }
        }
        Ok(())
    }
}
