//! Reading single objects, without trusting them.

use std::cell::RefCell;
use std::sync::Arc;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use crate::commit_graph::CommitGraph;
use crate::object_store::Handle;
use crate::{Error, ObjectStore, Result};

/// Tags that name tags: more than this is refused.
const MAX_TAG_CHAIN: usize = 64;

/// Reads objects of one store for one piece of work. Buffers are kept between calls.
pub(crate) struct Objects {
    handle: Handle,
    buffer: RefCell<Vec<u8>>,
    graph: Option<Arc<CommitGraph>>,
}

/// What a walk over history needs to know of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommitFacts {
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// Seconds since 1970 by the committer's clock; 0 if unreadable.
    pub(crate) time: i64,
}

impl Objects {
    pub(crate) fn new(store: &ObjectStore) -> Self {
        Self { handle: store.handle(), buffer: RefCell::default(), graph: store.commit_graph() }
    }

    /// For ids that come from a peer and are often unknown here.
    pub(crate) fn without_refresh(store: &ObjectStore) -> Self {
        Self { handle: store.handle_without_refresh(), buffer: RefCell::default(), graph: None }
    }

    /// The kind and size, if the object is there.
    pub(crate) fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>> {
        self.handle.header(id)
    }

    /// The kind, if the object is there.
    pub(crate) fn kind(&self, id: &oid) -> Result<Option<Kind>> {
        Ok(self.header(id)?.map(|(kind, _)| kind))
    }

    /// Reads an object into `buffer`.
    pub(crate) fn find<'b>(&self, id: &oid, buffer: &'b mut Vec<u8>) -> Result<Option<gix_object::Data<'b>>> {
        self.handle.try_find(id, buffer)
    }

    /// Reads a tree's content into `buffer`; its absence is damage.
    pub(crate) fn tree<'b>(&self, id: &oid, buffer: &'b mut Vec<u8>) -> Result<&'b [u8]> {
        let data = self.find(id, buffer)?.ok_or_else(|| missing(id))?;
        if data.kind != Kind::Tree {
            return Err(Error::corrupt(format!("object {id} is a {} where a tree should be", data.kind)));
        }
        Ok(data.data)
    }

    /// Reads a commit; its absence is damage.
    pub(crate) fn commit(&self, id: &oid) -> Result<CommitFacts> {
        let mut buffer = self.buffer.borrow_mut();
        let data = self.find(id, &mut buffer)?.ok_or_else(|| missing(id))?;
        if data.kind != Kind::Commit {
            return Err(Error::corrupt(format!("object {id} is a {} where a commit should be", data.kind)));
        }
        parse_commit(data.data).ok_or_else(|| Error::corrupt(format!("commit {id} cannot be read")))
    }

    /// What a walk needs of a commit: from the commit graph where that has it, else from the commit itself.
    ///
    /// An entry of the graph counts only if the store has the commit: the graph may be older than a sweep.
    pub(crate) fn history(&self, id: &oid) -> Result<CommitFacts> {
        if let Some(facts) = self.graph.as_ref().and_then(|graph| graph.facts(id))
            && self.handle.contains(id)?
        {
            return Ok(facts);
        }
        self.commit(id)
    }

    /// What a tag names, and as what kind.
    pub(crate) fn tag_target(&self, id: &oid) -> Result<(ObjectId, Kind)> {
        let mut buffer = self.buffer.borrow_mut();
        let data = self.find(id, &mut buffer)?.ok_or_else(|| missing(id))?;
        parse_tag(data.data).ok_or_else(|| Error::corrupt(format!("tag {id} cannot be read")))
    }

    /// What the object is in the end, over all tags.
    pub(crate) fn peel(&self, id: &oid) -> Result<Option<(ObjectId, Kind)>> {
        let mut id = id.to_owned();
        for _ in 0..MAX_TAG_CHAIN {
            match self.kind(&id)? {
                None => return Ok(None),
                Some(Kind::Tag) => id = self.tag_target(&id)?.0,
                Some(kind) => return Ok(Some((id, kind))),
            }
        }
        Err(Error::corrupt(format!("tag {id} names too many tags in a row")))
    }
}

/// The error of an object that must be there.
pub(crate) fn missing(id: &oid) -> Error {
    Error::corrupt(format!("object {id} is missing"))
}

fn header_line<'a>(data: &mut &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = data.strip_prefix(name)?.strip_prefix(b" ")?;
    let end = memchr::memchr(b'\n', rest)?;
    *data = rest.get(end + 1..)?;
    rest.get(..end)
}

fn parse_commit(mut data: &[u8]) -> Option<CommitFacts> {
    let tree = ObjectId::from_hex(header_line(&mut data, b"tree")?).ok()?;
    let mut parents = Vec::with_capacity(1);
    while let Some(parent) = header_line(&mut data, b"parent") {
        parents.push(ObjectId::from_hex(parent).ok()?);
    }
    header_line(&mut data, b"author");
    let time = header_line(&mut data, b"committer").and_then(parse_time).unwrap_or(0);
    Some(CommitFacts { tree, parents, time })
}

/// The time in `Name <mail> 1700000000 +0000`.
fn parse_time(identity: &[u8]) -> Option<i64> {
    let end = memchr::memrchr(b'>', identity)?;
    let text = std::str::from_utf8(identity.get(end + 1..)?).ok()?;
    text.split_ascii_whitespace().next()?.parse().ok()
}

fn parse_tag(mut data: &[u8]) -> Option<(ObjectId, Kind)> {
    let target = ObjectId::from_hex(header_line(&mut data, b"object")?).ok()?;
    let kind = Kind::from_bytes(header_line(&mut data, b"type")?).ok()?;
    Some((target, kind))
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TreeEntry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) id: &'a oid,
    pub(crate) kind: EntryKind,
}

/// What a tree entry leads to, as far as sending cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    Tree,
    Blob,
    /// A commit of another repository.
    Submodule,
}

/// Walks the entries of a tree's content in stored order.
pub(crate) struct TreeEntries<'a> {
    data: &'a [u8],
    id_len: usize,
}

impl<'a> TreeEntries<'a> {
    pub(crate) fn new(data: &'a [u8], kind: gix_hash::Kind) -> Self {
        Self { data, id_len: kind.len_in_bytes() }
    }

    fn parse(&mut self) -> Option<TreeEntry<'a>> {
        let space = memchr::memchr(b' ', self.data.get(..8.min(self.data.len()))?)?;
        let (mode, rest) = (self.data.get(..space)?, self.data.get(space + 1..)?);
        let end = memchr::memchr(0, rest)?;
        let name = rest.get(..end)?;
        let id = rest.get(end + 1..end + 1 + self.id_len)?;
        self.data = rest.get(end + 1 + self.id_len..)?;
        let kind = match mode {
            b"40000" | b"040000" => EntryKind::Tree,
            b"160000" => EntryKind::Submodule,
            _ => EntryKind::Blob,
        };
        Some(TreeEntry { name, id: oid::try_from_bytes(id).ok()?, kind })
    }
}

impl<'a> Iterator for TreeEntries<'a> {
    type Item = Result<TreeEntry<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.data.is_empty() {
            return None;
        }
        let entry = self.parse().ok_or_else(|| Error::corrupt("a tree cannot be read"));
        if entry.is_err() {
            self.data = &[];
        }
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commits_with_odd_identities() {
        let tree = "1".repeat(40);
        let parent = "2".repeat(40);
        let text =
            format!("tree {tree}\nparent {parent}\nauthor A <a> 1 +0000\ncommitter <B> <b> 17 +0100\n\nhi");
        let facts = parse_commit(text.as_bytes()).expect("a commit");
        assert_eq!((facts.parents.len(), facts.time), (1, 17));
        let broken = format!("tree {tree}\nauthor A\ncommitter nobody\n\n");
        assert_eq!(parse_commit(broken.as_bytes()).map(|facts| facts.time), Some(0));
        assert_eq!(parse_commit(b"tree 12\n"), None);
    }

    #[test]
    fn reads_trees_and_stops_at_damage() {
        let mut data = b"100644 a\0".to_vec();
        data.extend([1; 20]);
        data.extend(b"40000 b\0");
        data.extend([2; 20]);
        data.extend(b"160000 c\0");
        data.extend([3; 20]);
        let kinds: Vec<_> = TreeEntries::new(&data, gix_hash::Kind::Sha1)
            .map(|entry| entry.map(|entry| entry.kind).ok())
            .collect();
        assert_eq!(kinds, [Some(EntryKind::Blob), Some(EntryKind::Tree), Some(EntryKind::Submodule)]);
        data.truncate(30);
        assert!(TreeEntries::new(&data, gix_hash::Kind::Sha1).any(|entry| entry.is_err()));
    }
}
