//! Makes a pack in memory of objects that were never packed: a web edit, the first commit of a new repository.
//!
//! Such packs go through the same quarantine and the same checks as those that people push.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use crate::{Error, Result, hash};

/// The kinds of entries in a pack, as their headers spell them.
pub(crate) const COMMIT: u8 = 1;
pub(crate) const TREE: u8 = 2;
pub(crate) const BLOB: u8 = 3;
pub(crate) const TAG: u8 = 4;
pub(crate) const OFS_DELTA: u8 = 6;
pub(crate) const REF_DELTA: u8 = 7;

/// The code of an object's kind.
pub(crate) fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => COMMIT,
        Kind::Tree => TREE,
        Kind::Blob => BLOB,
        Kind::Tag => TAG,
    }
}

/// Hashes an object to its name; a SHA-1 collision attack is an error.
pub fn object_id(format: ObjectFormat, kind: Kind, bytes: &[u8]) -> Result<ObjectId> {
    let mut hasher = object_hasher(format, kind, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    hasher.update(bytes);
    finish(hasher)
}

/// A hasher that has seen the header of an object.
pub(crate) fn object_hasher(format: ObjectFormat, kind: Kind, size: u64) -> gix_hash::Hasher {
    let mut hasher = gix_hash::hasher(hash::kind(format));
    hasher.update(kind.as_bytes());
    hasher.update(format!(" {size}\0").as_bytes());
    hasher
}

/// Ends a hash; what looks like a collision attack is the sender's doing.
pub(crate) fn finish(hasher: gix_hash::Hasher) -> Result<ObjectId> {
    let id = hasher.try_finalize().map_err(|error| Error::invalid(error.to_string()))?;
    hash::from_gix(&id)
}

/// Writes the kind and the inflated size of an entry.
pub(crate) fn entry_header(code: u8, size: u64) -> Vec<u8> {
    let low = |value: u64, bits: u32| u8::try_from(value & ((1 << bits) - 1)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(10);
    let mut byte = (code << 4) | low(size, 4);
    let mut rest = size >> 4;
    while rest > 0 {
        bytes.push(byte | 0x80);
        byte = low(rest, 7);
        rest >>= 7;
    }
    bytes.push(byte);
    bytes
}

/// Writes a whole entry: header and deflated bytes.
pub(crate) fn full_entry(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>> {
    let header = entry_header(code(kind), u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    let mut encoder = ZlibEncoder::new(header, Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Makes a pack of these objects, each stored whole; of two that are the same one is written.
pub fn build<'a>(
    format: ObjectFormat,
    objects: impl IntoIterator<Item = (Kind, &'a [u8])>,
) -> Result<Vec<u8>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut entries = Vec::new();
    for (kind, bytes) in objects {
        if seen.insert(object_id(format, kind, bytes)?) {
            entries.extend_from_slice(&full_entry(kind, bytes)?);
        }
    }
    let count = u32::try_from(seen.len()).map_err(|_| Error::TooLarge {
        what: "the number of objects in a pack",
        limit: u64::from(u32::MAX),
    })?;
    let mut pack = header(count).to_vec();
    pack.append(&mut entries);
    let mut hasher = gix_hash::hasher(hash::kind(format));
    hasher.update(&pack);
    pack.extend_from_slice(finish(hasher)?.as_bytes());
    Ok(pack)
}

/// The first twelve bytes of a pack.
pub(crate) fn header(count: u32) -> [u8; 12] {
    let mut bytes = *b"PACK\0\0\0\x02\0\0\0\0";
    for (to, from) in bytes.iter_mut().skip(8).zip(count.to_be_bytes()) {
        *to = from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_spell_sizes_as_git_does() {
        assert_eq!(entry_header(BLOB, 0), [0x30]);
        assert_eq!(entry_header(BLOB, 15), [0x3f]);
        assert_eq!(entry_header(BLOB, 16), [0xb0, 0x01]);
        assert_eq!(entry_header(COMMIT, 0x1234), [0x94, 0xa3, 0x02]);
    }

    #[test]
    fn equal_objects_are_written_once() {
        let pack =
            build(ObjectFormat::Sha1, [(Kind::Blob, &b"x"[..]), (Kind::Blob, b"x"), (Kind::Tree, b"")])
                .unwrap();
        assert_eq!(pack[8..12], [0, 0, 0, 2]);
        let id = object_id(ObjectFormat::Sha1, Kind::Tree, b"").unwrap();
        assert_eq!(id.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }
}
