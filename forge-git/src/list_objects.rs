//! Which objects have to be sent: everything reachable from what is wanted, without what the client has.
//!
//! A clone looks at every tree once. A fetch goes from the oldest new commit to the newest and holds each changed directory
//! against the same directory in the commit's parents: whatever stands there is at the client, or was listed before. So the cost
//! follows the size of the change, and what is found to be at the client is exactly what thin packs may lean on. An object
//! that merely moved may be sent again; nothing that the client lacks is ever left out.

use std::collections::HashMap;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use crate::commits::{Commits, Number};
use crate::filter::Filter;
use crate::hash::IdMap;
use crate::objects::{EntryKind, TreeEntries};
use crate::revwalk::{Range, View};
use crate::{Error, Limits, Result};

/// Trees that one tree is held against at most: an octopus merge has many parents.
const MAX_REFERENCES: usize = 16;

/// Will be sent.
const SENT: u8 = 1;
/// The client has it.
const HAVE: u8 = 2;
/// The client has it, and so it has its children, which were marked.
const EXPANDED: u8 = 4;
/// Left out by the filter wherever it is found.
const OMITTED: u8 = 8;
/// A tree whose entries were looked at from the depth noted.
const VISITED: u8 = 16;

#[derive(Debug, Clone, Copy, Default)]
struct State {
    flags: u8,
    depth: u16,
    /// Which of the items it is, if it is sent.
    item: u32,
}

/// An object to send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) id: ObjectId,
    pub(crate) kind: Kind,
    /// Of the path, so that versions of one file can be found next to each other.
    pub(crate) name_hash: u32,
}

/// What to send, and what is known to be at the client.
#[derive(Debug, Default)]
pub(crate) struct ObjectSet {
    pub(crate) items: Vec<Item>,
    /// What the client has at the paths that changed.
    pub(crate) references: Vec<Item>,
    states: IdMap<State>,
}

impl ObjectSet {
    /// Whether the object was found to be at the client, and no filter keeps it from there.
    pub(crate) fn is_at_client(&self, id: &oid) -> bool {
        self.states.get(id).is_some_and(|state| state.flags & (HAVE | OMITTED) == HAVE)
    }

    /// Which of the items the object is, if it is sent.
    pub(crate) fn item(&self, id: &oid) -> Option<u32> {
        self.states.get(id).filter(|state| state.flags & SENT != 0).map(|state| state.item)
    }

    /// Sends one more object, unless it is sent or at the client already.
    pub(crate) fn add(&mut self, id: &oid, kind: Kind, name_hash: u32) {
        let state = self.states.entry(id.to_owned()).or_default();
        if state.flags & (SENT | HAVE) == 0 {
            state.flags |= SENT;
            state.item = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
            self.items.push(Item { id: id.to_owned(), kind, name_hash });
        }
    }

    /// Notes that the client has the object.
    pub(crate) fn exclude(&mut self, id: &oid) {
        let state = self.states.entry(id.to_owned()).or_default();
        if state.flags & SENT == 0 {
            state.flags |= HAVE;
        }
    }

    fn flags(&self, id: &oid) -> u8 {
        self.states.get(id).map_or(0, |state| state.flags)
    }
}

/// What is asked for besides the commits of a [`Range`].
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Tags, trees and blobs wanted by name.
    pub(crate) wanted: Vec<(ObjectId, Kind)>,
    /// Tags, trees and blobs that the client has.
    pub(crate) had: Vec<ObjectId>,
    /// Commits at the client whose trees resemble those of commits without parents.
    pub(crate) edges: Vec<Number>,
    /// Commits that were wanted by name: no filter holds them back.
    pub(crate) named: Vec<Number>,
}

/// A tree that waits for its turn.
struct Waiting {
    id: ObjectId,
    /// What stands at the same path in the parents.
    references: Vec<ObjectId>,
    name_hash: u32,
    depth: u64,
    levels: u64,
    by_name: bool,
}

struct Walk<'w, 'c> {
    commits: &'w mut Commits<'c>,
    filter: &'w Filter,
    limits: &'w Limits,
    set: ObjectSet,
    stack: Vec<Waiting>,
    buffer: Vec<u8>,
    reference_buffers: Vec<Vec<u8>>,
}

/// Lists the objects of a range of commits and of what else was asked for.
pub(crate) fn list(
    commits: &mut Commits<'_>,
    view: &View<'_>,
    range: &Range,
    extras: &Extras,
    filter: &Filter,
    limits: &Limits,
) -> Result<ObjectSet> {
    let mut set = ObjectSet::default();
    for id in &extras.had {
        set.exclude(id);
    }
    for number in range.boundary.iter().chain(&extras.edges) {
        let tree = commits.tree(*number)?;
        set.exclude(commits.id(*number));
        set.exclude(&tree);
    }
    let mut walk = Walk {
        commits,
        filter,
        limits,
        set,
        stack: Vec::new(),
        buffer: Vec::new(),
        reference_buffers: Vec::new(),
    };
    walk.add_commits(range, extras);
    for (id, kind) in &extras.wanted {
        walk.add_wanted(id, *kind)?;
    }
    walk.add_trees(view, range, extras)?;
    Ok(walk.set)
}

impl Walk<'_, '_> {
    fn add_commits(&mut self, range: &Range, extras: &Extras) {
        let shows = self.filter.shows(Kind::Commit, 0);
        for number in &range.commits {
            if shows || extras.named.contains(number) {
                let id = *self.commits.id(*number);
                self.set.add(&id, Kind::Commit, 0);
            }
        }
    }

    fn add_wanted(&mut self, id: &oid, kind: Kind) -> Result<()> {
        match kind {
            Kind::Tree => {
                let mut wanted = Waiting {
                    id: id.to_owned(),
                    references: Vec::new(),
                    name_hash: 0,
                    depth: 0,
                    levels: 0,
                    by_name: true,
                };
                // What was asked for by name goes out even if the same tree was seen as part of something else.
                if self.set.flags(id) & HAVE != 0 {
                    wanted.references.push(id.to_owned());
                }
                self.stack.push(wanted);
                self.drain()
            }
            Kind::Blob | Kind::Tag | Kind::Commit => {
                self.set.add(id, kind, 0);
                Ok(())
            }
        }
    }

    fn add_trees(&mut self, view: &View<'_>, range: &Range, extras: &Extras) -> Result<()> {
        if !self.filter.shows(Kind::Tree, 0) && !self.filter.descends(0) {
            return Ok(());
        }
        let is_clone = range.boundary.is_empty() && extras.edges.is_empty();
        let mut edge_trees = Vec::new();
        for edge in extras.edges.iter().take(MAX_REFERENCES) {
            edge_trees.push(self.commits.tree(*edge)?);
        }
        let count = range.commits.len();
        for at in 0..count {
            // Newest first keeps a clone in the order in which people look at it; a fetch needs the parents first.
            let at = if is_clone { at } else { count - 1 - at };
            let Some(number) = range.commits.get(at).copied() else { break };
            let id = self.commits.tree(number)?;
            if self.set.flags(&id) & HAVE != 0 {
                continue;
            }
            let mut references = Vec::new();
            if !is_clone {
                for at in view.parents(self.commits, number)?.take(MAX_REFERENCES) {
                    let parent = self.commits.parent(at);
                    references.push(self.commits.tree(parent)?);
                }
                if references.is_empty() {
                    references.clone_from(&edge_trees);
                }
            }
            self.stack.push(Waiting { id, references, name_hash: 0, depth: 0, levels: 0, by_name: false });
            self.drain()?;
        }
        Ok(())
    }

    /// Looks at waiting trees until none is left.
    fn drain(&mut self) -> Result<()> {
        while let Some(waiting) = self.stack.pop() {
            self.visit(&waiting)?;
        }
        Ok(())
    }

    fn visit(&mut self, tree: &Waiting) -> Result<()> {
        self.commits.work().count(self.set.items.len());
        self.commits.work().step()?;
        if tree.levels > self.limits.max_tree_depth {
            return Err(Error::TooLarge { what: "the depth of a tree", limit: self.limits.max_tree_depth });
        }
        let depth = u16::try_from(tree.depth).unwrap_or(u16::MAX);
        let state = self.set.states.entry(tree.id).or_default();
        if state.flags & HAVE != 0 && !tree.by_name {
            return Ok(());
        }
        if state.flags & VISITED != 0 && (state.depth <= depth || !self.filter.depends_on_depth()) {
            return Ok(());
        }
        state.flags |= VISITED;
        state.depth = depth;
        if tree.by_name {
            state.flags &= !HAVE;
        }
        if tree.by_name || self.filter.shows(Kind::Tree, tree.depth) {
            self.set.add(&tree.id, Kind::Tree, tree.name_hash);
        }
        if !tree.by_name && !self.filter.descends(tree.depth) {
            return Ok(());
        }
        self.expand_references(tree)?;
        let subtrees = self.add_entries(tree)?;
        self.push_subtrees(tree, subtrees);
        Ok(())
    }

    /// Reads the reference trees, and marks what stands in those that the client has.
    ///
    /// What the filter leaves out is not sent, but the client may well have left it out before: nothing may lean on it.
    fn expand_references(&mut self, tree: &Waiting) -> Result<()> {
        let references = &tree.references;
        let (child_depth, limit) = (child_depth(tree), self.filter.blob_limit());
        while self.reference_buffers.len() < references.len() {
            self.reference_buffers.push(Vec::new());
        }
        for (id, buffer) in references.iter().zip(&mut self.reference_buffers) {
            let objects = self.commits.objects();
            objects.tree(id, buffer)?;
            let flags = self.set.flags(id);
            if flags & HAVE == 0 || flags & EXPANDED != 0 {
                continue;
            }
            for entry in TreeEntries::new(buffer, id.kind()) {
                let entry = entry?;
                if entry.kind == EntryKind::Submodule {
                    continue;
                }
                self.set.exclude(entry.id);
                let is_blob = entry.kind == EntryKind::Blob;
                let kind = if is_blob { Kind::Blob } else { Kind::Tree };
                let is_large =
                    |limit| objects.header(entry.id).map(|found| found.is_none_or(|(_, size)| size >= limit));
                if !self.filter.shows(kind, child_depth)
                    || (is_blob && limit.map(is_large).transpose()?.unwrap_or(false))
                {
                    self.set.states.entry(entry.id.to_owned()).or_default().flags |= OMITTED;
                } else if is_blob {
                    let name_hash = add_name(separate(tree.name_hash, tree.levels), entry.name);
                    let id = entry.id.to_owned();
                    self.set.references.push(Item { id, kind: Kind::Blob, name_hash });
                }
            }
            self.set.references.push(Item { id: *id, kind: Kind::Tree, name_hash: tree.name_hash });
            self.set.states.entry(*id).or_default().flags |= EXPANDED;
        }
        Ok(())
    }

    /// Adds the blobs of a tree; returns the subtrees that have to be looked at, as name and id.
    fn add_entries(&mut self, tree: &Waiting) -> Result<Vec<(Vec<u8>, ObjectId)>> {
        let mut subtrees = Vec::new();
        let child_depth = child_depth(tree);
        let shows_blobs = self.filter.shows(Kind::Blob, child_depth);
        let limit = self.filter.blob_limit();
        let mut buffer = std::mem::take(&mut self.buffer);
        let objects = self.commits.objects();
        objects.tree(&tree.id, &mut buffer)?;
        let visited = if self.filter.depends_on_depth() { 0 } else { VISITED };
        for entry in TreeEntries::new(&buffer, tree.id.kind()) {
            let entry = entry?;
            match entry.kind {
                EntryKind::Submodule => {}
                EntryKind::Tree => {
                    if self.set.flags(entry.id) & (HAVE | visited) == 0 {
                        subtrees.push((entry.name.to_owned(), entry.id.to_owned()));
                    }
                }
                EntryKind::Blob if !shows_blobs => {}
                EntryKind::Blob => {
                    if self.set.flags(entry.id) & (SENT | HAVE | OMITTED) != 0 {
                        continue;
                    }
                    if let Some(limit) = limit
                        && objects.header(entry.id)?.is_some_and(|(_, size)| size >= limit)
                    {
                        self.set.states.entry(entry.id.to_owned()).or_default().flags |= OMITTED;
                        continue;
                    }
                    self.set.add(
                        entry.id,
                        Kind::Blob,
                        add_name(separate(tree.name_hash, tree.levels), entry.name),
                    );
                }
            }
        }
        self.buffer = buffer;
        Ok(subtrees)
    }

    fn push_subtrees(&mut self, tree: &Waiting, subtrees: Vec<(Vec<u8>, ObjectId)>) {
        if subtrees.is_empty() {
            return;
        }
        let kind = tree.id.kind();
        let siblings: Vec<HashMap<&[u8], &oid>> = self
            .reference_buffers
            .iter()
            .take(tree.references.len())
            .map(|buffer| {
                let entries = TreeEntries::new(buffer, kind).filter_map(Result::ok);
                entries
                    .filter(|entry| entry.kind == EntryKind::Tree)
                    .map(|entry| (entry.name, entry.id))
                    .collect()
            })
            .collect();
        for (name, id) in subtrees.into_iter().rev() {
            let mut references = Vec::new();
            for sibling in siblings.iter().filter_map(|siblings| siblings.get(name.as_slice())) {
                if !references.iter().any(|reference: &ObjectId| reference.as_ref() == *sibling) {
                    references.push((*sibling).to_owned());
                }
            }
            self.stack.push(Waiting {
                id,
                references,
                name_hash: add_name(separate(tree.name_hash, tree.levels), &name),
                depth: child_depth(tree),
                levels: tree.levels + 1,
                by_name: false,
            });
        }
    }
}

/// Trees wanted by name do not count as a level for filters, as in git.
fn child_depth(tree: &Waiting) -> u64 {
    if tree.by_name { tree.depth } else { tree.depth + 1 }
}

pub(crate) fn separate(hash: u32, levels: u64) -> u32 {
    if levels == 0 { hash } else { add_name(hash, b"/") }
}

/// Git's hash of a path, in which the last characters weigh most: `a/x.rs` and `b/x.rs` come near each other.
pub(crate) fn add_name(hash: u32, name: &[u8]) -> u32 {
    name.iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .fold(hash, |hash, byte| (hash >> 2).wrapping_add(u32::from(*byte) << 24))
}
