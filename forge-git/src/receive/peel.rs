//! What a pushed ref finally names.

use forge_core::ObjectId;
use gix_object::{Kind, TagRefIter};

use super::Quarantine;
use crate::{Error, Result, hash};

/// Tags that name tags that name tags: deeper than this is nobody's wish.
const MAX_TAG_CHAIN: usize = 16;

/// An object without the tags around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peeled {
    /// The object; the one asked about if that is no tag.
    pub id: ObjectId,
    /// Its kind, never a tag.
    pub kind: Kind,
}

impl Quarantine {
    /// Follows tags to what they finally name; nothing if something is missing or the chain is too long.
    pub fn peel(&self, id: &ObjectId) -> Result<Option<Peeled>> {
        let handle = self.handle();
        let mut at = hash::to_gix(id);
        let mut bytes = Vec::new();
        for _ in 0..MAX_TAG_CHAIN {
            let Some((kind, _)) = handle.header(&at)? else { return Ok(None) };
            if kind != Kind::Tag {
                return Ok(Some(Peeled { id: hash::from_gix(&at)?, kind }));
            }
            let Some(tag) = handle.try_find(&at, &mut bytes)? else { return Ok(None) };
            at = TagRefIter::from_bytes(tag.data, at.kind())
                .target_id()
                .map_err(|_| Error::invalid(format!("tag {id} cannot be read")))?;
        }
        Ok(None)
    }
}
