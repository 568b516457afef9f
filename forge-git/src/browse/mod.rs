//! Reading for people: what a page shows of a repository.
//!
//! A [`Browser`] belongs to one request: it has its own reader and caches, which start cold and are thrown away. All calls
//! block. What may take long takes a [`Budget`] and answers with what it found when that is spent; what must stop
//! at once, because nobody waits any more, stops by [`Cancel`] with [`Error::Cancelled`].
//!
//! Nothing is decided here about who may see what, with one exception: an id typed by a person resolves only if it is
//! reachable from the refs that are handed in, because packs also hold objects that were pushed and withdrawn.

pub(crate) mod ahead_behind;
mod archive;
mod attributes;
mod blob;
pub(crate) mod budget;
mod commit;
pub(crate) mod diff;
pub mod edit;
mod languages;
mod last_commits;
pub(crate) mod log;
pub(crate) mod parse;
mod path;
mod ref_lists;
mod resolve;
mod signed;
#[cfg(test)]
pub(crate) mod testing;
mod tree;
mod walk;

use std::cell::RefCell;
use std::sync::Arc;

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

pub use archive::{ArchiveContent, ArchiveLimits, ArchiveRequest};
pub use blob::BlobReader;
pub use budget::Budget;
pub use diff::{DiffLimits, DiffOptions, compare_texts};
pub use resolve::ReachableCommits;
pub use signed::{split_signature, split_tag_signature};
pub use tree::TreePage;

use crate::commit_graph::CommitGraph;
use crate::hash::{self, IdMap};
use crate::object_store::Handle;
use crate::{Error, ObjectStore, Result};
use parse::Node;

/// Bytes of trees and commits that one browser keeps unpacked.
const OBJECT_CACHE: usize = 16 << 20;
/// Commits whose links one browser remembers.
const NODE_CACHE: usize = 500_000;
/// Bytes that a commit, tag or tree may have. Larger ones are not made by people.
const MAX_STRUCTURE: u64 = 64 << 20;

/// Reads one repository for one request.
pub struct Browser {
    store: ObjectStore,
    handle: Handle,
    graph: Option<Arc<CommitGraph>>,
    nodes: RefCell<IdMap<Arc<Node>>>,
    buffer: RefCell<Vec<u8>>,
}

impl Browser {
    /// A reader of its own, with cold caches.
    pub fn open(store: &ObjectStore) -> Self {
        let handle = store.handle().with_object_cache(OBJECT_CACHE);
        Self {
            store: store.clone(),
            handle,
            graph: store.commit_graph(),
            nodes: RefCell::default(),
            buffer: RefCell::default(),
        }
    }

    /// Which hash names the objects.
    pub fn format(&self) -> ObjectFormat {
        self.store.format()
    }

    /// The kind and size of an object, without unpacking it.
    pub(crate) fn header(&self, id: &gix_hash::oid) -> Result<Option<(Kind, u64)>> {
        self.handle.header(id)
    }

    /// Reads an object of a known kind that is there by rights, since another names it.
    pub(crate) fn read(&self, id: &gix_hash::oid, kind: Kind, limit: u64) -> Result<Vec<u8>> {
        if kind == Kind::Blob || kind == Kind::Tree {
            self.check_size(id, limit)?;
        }
        let mut content = Vec::new();
        let found = self.handle.try_find(id, &mut content)?.map(|data| data.kind);
        expect_kind(id, found, kind)?;
        Ok(content)
    }

    fn check_size(&self, id: &gix_hash::oid, limit: u64) -> Result<()> {
        match self.header(id)? {
            Some((_, size)) if size > limit => Err(Error::TooLarge { what: "the object", limit }),
            Some(_) => Ok(()),
            None => Err(missing(id)),
        }
    }

    /// The reader of its objects.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Reads a whole tree object.
    pub(crate) fn tree_bytes(&self, id: &gix_hash::oid) -> Result<Vec<u8>> {
        // Nobody stores the empty tree that git has built in.
        if *id == *gix_hash::ObjectId::empty_tree(hash::kind(self.format())) {
            return Ok(Vec::new());
        }
        let mut content = Vec::new();
        let found = self.handle.try_find(id, &mut content)?.map(|data| data.kind);
        expect_kind(id, found, Kind::Tree)?;
        Ok(content)
    }

    /// The links of a commit, remembered.
    pub(crate) fn node(&self, id: &gix_hash::oid) -> Result<Arc<Node>> {
        if let Some(node) = self.nodes.borrow().get(id) {
            return Ok(node.clone());
        }
        let known = self.graph.as_ref().and_then(|graph| graph.facts(id));
        let node = match known {
            // An entry of the graph counts only if the store has the commit.
            Some(facts) if self.handle.contains(id)? => {
                Node { tree: facts.tree, parents: facts.parents, time: facts.time }
            }
            _ => self.with_commit(id, |data| Node::parse(data, self.format()))?,
        };
        let node = Arc::new(node);
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() < NODE_CACHE {
            nodes.insert(id.to_owned(), node.clone());
        }
        Ok(node)
    }

    /// Hands the bytes of a commit to `read`, without an allocation.
    fn with_commit<T>(&self, id: &gix_hash::oid, read: impl FnOnce(&[u8]) -> Result<T>) -> Result<T> {
        let mut buffer = self.buffer.borrow_mut();
        let found = self.handle.try_find(id, &mut buffer)?;
        expect_kind(id, found.as_ref().map(|data| data.kind), Kind::Commit)?;
        read(found.map_or(&[], |data| data.data))
    }

    /// Follows tag objects to what they finally name.
    fn peel(&self, id: &ObjectId) -> Result<(ObjectId, Kind)> {
        // Git itself would follow for ever; nobody tags a tag of a tag of a tag.
        const DEEPEST: usize = 16;
        let mut id = *id;
        for _ in 0..DEEPEST {
            let oid = hash::to_gix(&id);
            let (kind, _) = self.header(&oid)?.ok_or_else(|| missing(&oid))?;
            if kind != Kind::Tag {
                return Ok((id, kind));
            }
            let tag = self.read(&oid, Kind::Tag, MAX_STRUCTURE)?;
            id = parse::Tag::parse(&tag, self.format())?.target;
        }
        Err(Error::TooLarge { what: "a chain of tags", limit: 16 })
    }
}

/// An object that another one names is gone: the repository is damaged.
pub(crate) fn missing(id: &gix_hash::oid) -> Error {
    Error::corrupt(format!("object {id} is missing"))
}

fn expect_kind(id: &gix_hash::oid, found: Option<Kind>, wanted: Kind) -> Result<()> {
    match found {
        Some(kind) if kind == wanted => Ok(()),
        Some(kind) => Err(Error::corrupt(format!("object {id} is a {kind} where a {wanted} should be"))),
        None => Err(missing(id)),
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("store", &self.store).finish_non_exhaustive()
    }
}
