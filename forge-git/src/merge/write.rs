//! Trees made of another tree and what is different, and the objects that a new commit needs.

use std::collections::BTreeMap;

use forge_core::code::EntryKind;
use gix_hash::ObjectId;
use gix_object::Kind;

use super::walk::{Slot, too_large};
use crate::browse::Browser;
use crate::browse::parse::{Entries, Node};
use crate::hash::{self, IdSet};
use crate::{Error, Result};

/// Bytes of all objects that one browser makes.
const MAX_MADE: usize = 512 << 20;

/// What is to be at each path: an entry, or nothing.
pub(super) type Edits = BTreeMap<Vec<u8>, Option<Slot>>;

/// What is left of a path, and what is to be there.
type Step<'a> = (&'a [u8], Option<Slot>);

impl Browser {
    /// Makes an object that only this browser knows.
    pub(super) fn make(&self, kind: Kind, content: Vec<u8>) -> Result<ObjectId> {
        let id = gix_object::compute_hash(hash::kind(self.format()), kind, &content)?;
        if self.handle().contains(&id)? {
            return Ok(id);
        }
        if self.handle().remembered_bytes() + content.len() > MAX_MADE {
            return Err(too_large("the size of what a merge makes, in bytes,", MAX_MADE));
        }
        self.handle().remember(id, kind, content);
        Ok(id)
    }

    /// The tree with the edits made; an empty one if nothing is left.
    pub(super) fn edited_tree(&self, tree: Option<ObjectId>, edits: &Edits) -> Result<ObjectId> {
        let edits: Vec<Step<'_>> = edits.iter().map(|(path, slot)| (path.as_slice(), *slot)).collect();
        match self.edited_directory(tree, &edits)? {
            Some(tree) => Ok(tree),
            None => self.make(Kind::Tree, Vec::new()),
        }
    }

    /// The same for one directory; the paths begin below it. Nothing if nothing is left.
    fn edited_directory(&self, tree: Option<ObjectId>, edits: &[Step<'_>]) -> Result<Option<ObjectId>> {
        let data = tree.map_or_else(|| Ok(Vec::new()), |tree| self.tree_bytes(&tree))?;
        let mut slots: BTreeMap<Vec<u8>, (u32, ObjectId)> = Entries::new(&data, self.format())
            .map(|entry| (entry.name.to_vec(), (entry.mode, entry.id.to_owned())))
            .collect();
        let mut by_name: BTreeMap<&[u8], Vec<Step<'_>>> = BTreeMap::new();
        for (path, slot) in edits {
            let (name, rest) = match memchr::memchr(b'/', path) {
                Some(at) => (path.get(..at), path.get(at + 1..)),
                None => (Some(*path), None),
            };
            by_name.entry(name.unwrap_or_default()).or_default().push((rest.unwrap_or_default(), *slot));
        }
        for (name, edits) in by_name {
            let (here, below): (Vec<_>, Vec<_>) = edits.into_iter().partition(|(rest, _)| rest.is_empty());
            let old = slots.get(name).copied();
            let old_tree = old.filter(|(mode, _)| *mode == EntryKind::Directory.mode()).map(|(_, id)| id);
            let directory =
                if below.is_empty() { old_tree } else { self.edited_directory(old_tree, &below)? };
            let file = match here.last() {
                Some((_, slot)) => slot.map(|slot| (slot.kind.mode(), slot.id)),
                None => old.filter(|_| old_tree.is_none()),
            };
            let slot = match (file, directory) {
                (Some(_), Some(_)) => {
                    let name = String::from_utf8_lossy(name).into_owned();
                    return Err(Error::Conflict(format!("{name} would be both a file and a directory")));
                }
                (Some(file), None) => Some(file),
                (None, directory) => directory.map(|id| (EntryKind::Directory.mode(), id)),
            };
            match slot {
                Some(slot) => slots.insert(name.to_vec(), slot),
                None => slots.remove(name),
            };
        }
        if slots.is_empty() {
            return Ok(None);
        }
        let is_tree = |slot: &(u32, ObjectId)| slot.0 == EntryKind::Directory.mode();
        let mut sorted: Vec<_> = slots.into_iter().collect();
        sorted.sort_by(|a, b| gix_object::tree::name_order(&a.0, is_tree(&a.1), &b.0, is_tree(&b.1)));
        let mut content = Vec::new();
        for (name, (mode, id)) in sorted {
            content.extend(format!("{mode:o} ").into_bytes());
            content.extend(name);
            content.push(0);
            content.extend_from_slice(id.as_bytes());
        }
        self.make(Kind::Tree, content).map(Some)
    }

    /// The objects behind a commit or tree that are stored nowhere: blobs, trees from the bottom up, then commits.
    pub(super) fn made_objects(&self, top: &ObjectId) -> Result<Vec<(Kind, Vec<u8>)>> {
        let mut seen = IdSet::default();
        let (mut blobs, mut trees, mut commits) = (Vec::new(), Vec::new(), Vec::new());
        let mut waiting = vec![*top];
        while let Some(id) = waiting.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some((kind, content)) = self.handle().remembered(&id) else { continue };
            match kind {
                Kind::Commit => {
                    let node = Node::parse(&content, self.format())?;
                    waiting.extend(node.parents.iter().copied().chain([node.tree]));
                    commits.push((kind, content));
                }
                Kind::Tree => {
                    waiting.extend(Entries::new(&content, self.format()).map(|entry| entry.id.to_owned()));
                    trees.push((kind, content));
                }
                _ => blobs.push((kind, content)),
            }
        }
        // A tree stands before what is in it on the way down, and a commit before its parents.
        Ok(blobs.into_iter().chain(trees.into_iter().rev()).chain(commits.into_iter().rev()).collect())
    }
}
