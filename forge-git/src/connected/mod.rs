//! Proves that everything a new tip needs is in the repository.
//!
//! *Invariant: what a ref names is complete.* So a walk from new tips may stop at commits that existing refs reach, and at
//! trees which such commits hold at the same path. Nothing else is trusted: an object that merely lies in the store, left
//! by a deleted branch perhaps, is looked into like one that was sent. Every link must lead to an object of the right kind.
//!
//! No recursion: a sender decides how deep trees and tag chains are.

mod brought;
mod commits;
mod trees;

use std::sync::Arc;

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use crate::commit_graph::CommitGraph;
use crate::fsck;
use crate::hash::{self, IdSet};
use crate::object_store::Handle;
use crate::pack::index_pack::NewObject;
use crate::receive::progress::Progress;
use crate::{Cancel, Error, Limits, ObjectStore, RefSnapshot, Result};

pub use brought::brought;
pub use commits::{has_new_merge, is_ancestor};

/// How many tags may name each other in a row.
const MAX_TAG_CHAIN: usize = 100;

/// Checks what `tips` need; `sent` are the new objects, sorted by name, and `refs` all refs that exist, hidden ones too.
pub fn check(
    store: &ObjectStore,
    sent: &[NewObject],
    refs: &RefSnapshot,
    tips: &[ObjectId],
    limits: &Limits,
    progress: &mut dyn Progress,
    cancel: &Cancel,
) -> Result<()> {
    let objects = Objects::new(store, sent);
    let mut walk = commits::Walk::new(&objects, refs, cancel);
    let mut new_trees = Vec::new();
    for tip in tips {
        match objects.peel(tip)? {
            (id, Kind::Commit) => walk.start(id),
            (id, Kind::Tree) => new_trees.push(id),
            // A blob needs nothing, and a chain of tags ends elsewhere.
            _ => {}
        }
    }
    while let Some(tree) = walk.next()? {
        new_trees.push(tree);
    }
    // Only trees of old commits vouch for what they hold. Those of new parents must not: two new trees could vouch for
    // each other.
    let mut trees = trees::Trees::new(&objects, walk.into_border(), limits, cancel, progress);
    for tree in &new_trees {
        trees.check(tree)?;
    }
    Ok(())
}

/// Objects, new and old, with the kinds of the new ones at hand.
struct Objects<'a> {
    handle: Handle,
    format: ObjectFormat,
    sent: &'a [NewObject],
    graph: Option<Arc<CommitGraph>>,
}

impl<'a> Objects<'a> {
    fn new(store: &ObjectStore, sent: &'a [NewObject]) -> Self {
        Self { handle: store.handle(), format: store.format(), sent, graph: store.commit_graph() }
    }

    /// A commit that refs reach; nothing if it is no commit or not there, as at the end of a shallow history.
    ///
    /// What refs reach is complete, so an entry of the commit graph needs no look at the commit itself.
    fn old_commit(&self, id: &ObjectId) -> Result<Option<commits::Commit>> {
        let id_of_gix = hash::to_gix(id);
        if let Some(facts) = self.graph.as_ref().and_then(|graph| graph.facts(&id_of_gix)) {
            let parents = facts.parents.iter().map(|parent| hash::from_gix(parent)).collect::<Result<_>>()?;
            let tree = hash::from_gix(&facts.tree)?;
            return Ok(Some(commits::Commit { tree, parents, date: facts.time }));
        }
        let mut bytes = Vec::new();
        match self.handle.try_find(&id_of_gix, &mut bytes)?.map(|data| data.kind) {
            Some(Kind::Commit) => Ok(commits::parse(&bytes, self.format)),
            _ => Ok(None),
        }
    }

    /// The kind of an object that was sent.
    fn sent_kind(&self, id: &ObjectId) -> Option<Kind> {
        let at = self.sent.binary_search_by(|object| object.id.cmp(id)).ok()?;
        self.sent.get(at).map(|object| object.kind)
    }

    /// Reads an object that must be there and of this kind.
    fn read(&self, id: &ObjectId, kind: Kind, bytes: &mut Vec<u8>) -> Result<()> {
        match self.handle.try_find(&hash::to_gix(id), bytes)?.map(|data| data.kind) {
            Some(found) if found == kind => Ok(()),
            Some(found) => Err(wrong_kind(id, found, kind)),
            None => Err(missing(id, kind)),
        }
    }

    /// The kind of an object that must be there.
    fn kind(&self, id: &ObjectId) -> Result<Option<Kind>> {
        if let Some(kind) = self.sent_kind(id) {
            return Ok(Some(kind));
        }
        Ok(self.handle.header(&hash::to_gix(id))?.map(|(kind, _)| kind))
    }

    /// Follows tags to what they name.
    fn peel(&self, tip: &ObjectId) -> Result<(ObjectId, Kind)> {
        let mut id = *tip;
        let mut bytes = Vec::new();
        let mut expected = None;
        for _ in 0..MAX_TAG_CHAIN {
            let kind = self.kind(&id)?.ok_or_else(|| missing(&id, expected.unwrap_or(Kind::Commit)))?;
            if let Some(expected) = expected.filter(|expected| *expected != kind) {
                return Err(wrong_kind(&id, kind, expected));
            }
            if kind != Kind::Tag {
                return Ok((id, kind));
            }
            self.read(&id, Kind::Tag, &mut bytes)?;
            let tag = gix_object::TagRefIter::from_bytes(&bytes, hash::kind(self.format));
            let (target, target_kind) =
                tag_target(tag).ok_or_else(|| Error::invalid(format!("tag {id} cannot be read")))?;
            id = hash::from_gix(&target)?;
            expected = Some(target_kind);
        }
        let limit = u64::try_from(MAX_TAG_CHAIN).unwrap_or(u64::MAX);
        Err(Error::TooLarge { what: "the number of tags that name each other", limit })
    }
}

fn tag_target(mut tag: gix_object::TagRefIter<'_>) -> Option<(gix_hash::ObjectId, Kind)> {
    use gix_object::tag::ref_iter::Token;
    let (Some(Ok(Token::Target { id })), Some(Ok(Token::TargetKind(kind)))) = (tag.next(), tag.next()) else {
        return None;
    };
    Some((id, kind))
}

fn missing(id: &ObjectId, kind: Kind) -> Error {
    Error::invalid(format!("missing necessary objects: {kind} {id}"))
}

fn wrong_kind(id: &ObjectId, found: Kind, wanted: Kind) -> Error {
    Error::invalid(format!("object {id} is a {found}, not a {wanted}"))
}

/// The kind that an entry of a tree promises; nothing for a submodule.
fn promised(kind: Option<fsck::EntryKind>) -> Option<Kind> {
    match kind {
        Some(fsck::EntryKind::Tree) => Some(Kind::Tree),
        Some(fsck::EntryKind::Blob | fsck::EntryKind::Link) => Some(Kind::Blob),
        Some(fsck::EntryKind::Submodule) | None => None,
    }
}

/// A set of ids under which nothing needs to be looked at again.
#[derive(Default)]
struct Seen(IdSet);

impl Seen {
    /// Whether it is new.
    fn add(&mut self, id: &ObjectId) -> bool {
        self.0.insert(hash::to_gix(id))
    }
}

#[cfg(test)]
mod tests;
