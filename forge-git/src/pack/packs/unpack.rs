//! Single objects out of a pack.

use gix_hash::oid;
use gix_object::Kind;
use gix_pack::cache::lru::MemoryCappedHashmap;
use gix_pack::data::decode::{entry, header};

use super::Pack;
use crate::Result;

/// Bytes of unpacked delta bases that one reader remembers.
const CACHE: usize = 32 << 20;

/// What unpacking needs besides the pack. One per reader.
pub(crate) struct Unpacking {
    inflate: gix_zlib::Inflate,
    bases: MemoryCappedHashmap,
}

impl Default for Unpacking {
    fn default() -> Self {
        Self { inflate: gix_zlib::Inflate::default(), bases: MemoryCappedHashmap::new(CACHE) }
    }
}

impl Pack {
    /// Reads the object at a position of the index into `out`, and says of which kind it is.
    ///
    /// A stored pack is complete: what a delta leans on is in it.
    pub(crate) fn unpack(&self, position: u32, out: &mut Vec<u8>, with: &mut Unpacking) -> Result<Kind> {
        let entry = self.entry(self.offset_at(position))?;
        let base = |id: &oid, _: &mut Vec<u8>| Ok(self.base(id)?.map(entry::ResolvedBase::InPack));
        Ok(self.data.decode_entry(entry, out, &mut with.inflate, &base, &mut with.bases)?.kind)
    }

    /// The kind and size of the object at a position of the index, without unpacking it.
    pub(crate) fn header(&self, position: u32, with: &mut Unpacking) -> Result<(Kind, u64)> {
        let entry = self.entry(self.offset_at(position))?;
        let base = |id: &oid| Ok(self.base(id)?.map(header::ResolvedBase::InPack));
        let found = self.data.decode_header(entry, &mut with.inflate, &base)?;
        Ok((found.kind, found.object_size))
    }

    /// The entry of a base that a delta names.
    fn base(&self, id: &oid) -> gix::error::Result<Option<gix_pack::data::Entry>> {
        self.position(id).map(|position| self.data.entry(self.offset_at(position))).transpose()
    }

    /// The objects whose names start so.
    pub(crate) fn with_prefix(&self, prefix: gix_hash::Prefix) -> impl Iterator<Item = gix_hash::ObjectId> {
        let mut range = 0..0;
        self.index.lookup_prefix(prefix, Some(&mut range));
        range.map(|position| self.id_at(position).to_owned())
    }
}
