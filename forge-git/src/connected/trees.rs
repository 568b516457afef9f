//! Walks trees: every entry must lead to something of the kind it promises.

use forge_core::ObjectId;
use gix_object::Kind;

use super::{Objects, missing, promised, wrong_kind};
use crate::fsck::{Entries, Entry};
use crate::hash::{self, IdMap};
use crate::receive::progress::{Progress, Stage};
use crate::{Cancel, Error, Limits, Result, limits};

/// One directory on the way down.
struct Frame {
    id: ObjectId,
    bytes: Vec<u8>,
    /// Where the next entry starts.
    at: usize,
    /// Its name in the directory above.
    name: Vec<u8>,
    /// Bytes before the names in it, as paths have them.
    length: usize,
    neighbours: Option<Neighbours>,
}

/// The same directory in trees that are known to be complete.
#[derive(Default)]
struct Neighbours {
    trees: Vec<Vec<u8>>,
    /// What they hold.
    known: IdMap<Kind>,
}

/// Checks trees, each once.
pub(super) struct Trees<'a> {
    objects: &'a Objects<'a>,
    /// Complete trees of commits that refs reach.
    border: Vec<ObjectId>,
    limits: &'a Limits,
    cancel: &'a Cancel,
    progress: &'a mut dyn Progress,
    /// Trees that are being checked or were, and blobs that are there.
    seen: IdMap<Kind>,
    done: u64,
}

impl<'a> Trees<'a> {
    pub(super) fn new(
        objects: &'a Objects<'a>,
        border: Vec<ObjectId>,
        limits: &'a Limits,
        cancel: &'a Cancel,
        progress: &'a mut dyn Progress,
    ) -> Self {
        Self { objects, border, limits, cancel, progress, seen: IdMap::default(), done: 0 }
    }

    /// Checks a tree and all below it.
    pub(super) fn check(&mut self, root: &ObjectId) -> Result<()> {
        if self.border.contains(root) || self.seen.insert(hash::to_gix(root), Kind::Tree) == Some(Kind::Tree)
        {
            return Ok(());
        }
        let mut stack = vec![self.open(*root, Vec::new(), 0)?];
        while !stack.is_empty() {
            let Some(entry) = self.next_entry(&mut stack)? else {
                stack.pop();
                continue;
            };
            let length = stack.last().map_or(0, |frame| frame.length) + entry.length;
            limits::check(length, self.limits.max_path_bytes, "the length of a path in bytes")?;
            if let Some(frame) = self.enter(&mut stack, entry, length + 1)? {
                if u64::try_from(stack.len()).unwrap_or(u64::MAX) >= self.limits.max_tree_depth {
                    let limit = self.limits.max_tree_depth;
                    return Err(Error::TooLarge { what: "the depth of directories", limit });
                }
                stack.push(frame);
            }
        }
        Ok(())
    }

    fn open(&mut self, id: ObjectId, name: Vec<u8>, length: usize) -> Result<Frame> {
        self.cancel.check()?;
        self.done = self.done.saturating_add(1);
        self.progress.step(Stage::Checking, self.done, 0)?;
        let mut bytes = Vec::new();
        self.objects.read(&id, Kind::Tree, &mut bytes)?;
        Ok(Frame { id, bytes, at: 0, name, length, neighbours: None })
    }

    /// Takes the next entry of the top.
    fn next_entry(&self, stack: &mut [Frame]) -> Result<Option<Link>> {
        let Some(top) = stack.last_mut() else { return Ok(None) };
        let rest = top.bytes.get(top.at..).unwrap_or_default();
        let mut entries = Entries::new(rest, self.objects.format);
        let Some(entry) = entries.next() else { return Ok(None) };
        let entry = entry.map_err(|_| Error::invalid(format!("tree {} cannot be read", top.id)))?;
        let link = Link::new(&entry)?;
        top.at = top.bytes.len().saturating_sub(entries.remaining());
        Ok(Some(link))
    }

    /// Looks at one entry; a tree that has to be checked is returned, with the bytes before the names in it.
    fn enter(&mut self, stack: &mut [Frame], link: Link, length: usize) -> Result<Option<Frame>> {
        let Some(kind) = link.kind else { return Ok(None) };
        match self.seen.get(&hash::to_gix(&link.id)) {
            Some(found) if *found == kind => return Ok(None),
            Some(found) => return Err(wrong_kind(&link.id, *found, kind)),
            None => {}
        }
        let sent = self.objects.sent_kind(&link.id);
        match sent {
            Some(found) if found != kind => return Err(wrong_kind(&link.id, found, kind)),
            Some(_) => {}
            None => {
                if self.is_neighbour(stack, &link.id, kind)? {
                    self.seen.insert(hash::to_gix(&link.id), kind);
                    return Ok(None);
                }
                self.expect_kind(&link.id, kind)?;
            }
        }
        self.seen.insert(hash::to_gix(&link.id), kind);
        if kind == Kind::Tree { self.open(link.id, link.name, length).map(Some) } else { Ok(None) }
    }

    fn expect_kind(&self, id: &ObjectId, kind: Kind) -> Result<()> {
        match self.objects.kind(id)? {
            Some(found) if found == kind => Ok(()),
            Some(found) => Err(wrong_kind(id, found, kind)),
            None => Err(missing(id, kind)),
        }
    }

    /// Whether a complete tree has the object in the same directory.
    fn is_neighbour(&self, stack: &mut [Frame], id: &ObjectId, kind: Kind) -> Result<bool> {
        if self.border.is_empty() {
            return Ok(false);
        }
        for index in 0..stack.len() {
            if stack.get(index).is_some_and(|frame| frame.neighbours.is_some()) {
                continue;
            }
            let above = index
                .checked_sub(1)
                .and_then(|above| stack.get(above))
                .and_then(|frame| frame.neighbours.as_ref());
            let name = stack.get(index).map(|frame| frame.name.as_slice()).unwrap_or_default();
            let ids = match above {
                Some(above) => above.directories(name, self.objects)?,
                None => self.border.clone(),
            };
            let neighbours = Neighbours::read(&ids, self.objects)?;
            if let Some(frame) = stack.get_mut(index) {
                frame.neighbours = Some(neighbours);
            }
        }
        let neighbours = stack.last().and_then(|frame| frame.neighbours.as_ref());
        Ok(neighbours.and_then(|neighbours| neighbours.known.get(&hash::to_gix(id))) == Some(&kind))
    }
}

impl Neighbours {
    fn read(ids: &[ObjectId], objects: &Objects<'_>) -> Result<Self> {
        let mut neighbours = Self::default();
        for id in ids {
            let mut bytes = Vec::new();
            // Damage of the old is not the sender's fault; it only proves nothing.
            if objects.read(id, Kind::Tree, &mut bytes).is_err() {
                continue;
            }
            for entry in Entries::new(&bytes, objects.format).map_while(std::result::Result::ok) {
                let link = Link::new(&entry)?;
                if let Some(kind) = link.kind {
                    neighbours.known.insert(hash::to_gix(&link.id), kind);
                }
            }
            neighbours.trees.push(bytes);
        }
        Ok(neighbours)
    }

    /// The directories of that name.
    fn directories(&self, name: &[u8], objects: &Objects<'_>) -> Result<Vec<ObjectId>> {
        let mut found = Vec::new();
        for tree in &self.trees {
            let mut entries = Entries::new(tree, objects.format).map_while(std::result::Result::ok);
            if let Some(entry) = entries.find(|entry| entry.name == name) {
                let link = Link::new(&entry)?;
                if link.kind == Some(Kind::Tree) && !found.contains(&link.id) {
                    found.push(link.id);
                }
            }
        }
        Ok(found)
    }
}

/// An entry, with what it promises.
struct Link {
    id: ObjectId,
    kind: Option<Kind>,
    /// Of directories.
    name: Vec<u8>,
    /// Of the name, in bytes.
    length: usize,
}

impl Link {
    fn new(entry: &Entry<'_>) -> Result<Self> {
        let id = ObjectId::from_bytes(entry.id).map_err(|error| Error::corrupt(error.to_string()))?;
        let kind = promised(entry.kind());
        let name = if kind == Some(Kind::Tree) { entry.name.to_vec() } else { Vec::new() };
        Ok(Self { id, kind, name, length: entry.name.len() })
    }
}
