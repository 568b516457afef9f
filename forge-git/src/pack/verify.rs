//! Checks that the files of a pack are the bytes that were written.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use forge_core::ObjectId;

use crate::{Cancel, Error, Result, hash};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Reads a pack and its index to the end: each must close with the hash of its own bytes, and both with `checksum`.
///
/// Every flipped bit and every cut shows, unlike in a check of the objects, which sees only those that are reached.
pub fn verify(pack: &Path, checksum: &ObjectId, cancel: &Cancel) -> Result<()> {
    let found = closing_hash(pack, checksum, cancel)?;
    if found != *checksum {
        return Err(damaged(pack, "it is another pack than its name says"));
    }
    let index = pack.with_extension("idx");
    closing_hash(&index, checksum, cancel)?;
    let length = checksum.as_bytes().len();
    let mut file = File::open(&index)?;
    file.seek(SeekFrom::End(-i64::try_from(length * 2).unwrap_or(i64::MAX)))?;
    let mut named = vec![0; length];
    file.read_exact(&mut named)?;
    if named != checksum.as_bytes() {
        return Err(damaged(&index, "it is the index of another pack"));
    }
    Ok(())
}

/// The hash at the end of a file, which must be that of all bytes before it.
fn closing_hash(path: &Path, like: &ObjectId, cancel: &Cancel) -> Result<ObjectId> {
    let mut file = File::open(path)?;
    let length = u64::try_from(like.as_bytes().len()).unwrap_or(u64::MAX);
    let Some(mut left) = file.metadata()?.len().checked_sub(length) else {
        return Err(damaged(path, "it is cut short"));
    };
    let mut hasher = gix_hash::hasher(hash::kind(like.format()));
    let mut chunk = vec![0; CHUNK];
    while left > 0 {
        cancel.check()?;
        let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let part = chunk.get_mut(..most).unwrap_or_default();
        file.read_exact(part)?;
        hasher.update(part);
        left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
    }
    let mut closing = vec![0; like.as_bytes().len()];
    file.read_exact(&mut closing)?;
    // A collision attack shows as an error of its own.
    let computed = hasher.try_finalize().map_err(|error| damaged(path, &error.to_string()))?;
    if computed.as_slice() != closing {
        return Err(damaged(
            path,
            "its bytes are not those that were written: a bit flipped or the end is cut",
        ));
    }
    hash::from_gix(&computed)
}

fn damaged(path: &Path, how: &str) -> Error {
    Error::corrupt(format!("{}: {how}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receive::Silent;
    use crate::{Limits, ObjectStore};
    use forge_core::ObjectFormat;
    use gix_object::Kind;

    #[test]
    fn every_flipped_bit_and_every_cut_shows() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let dir = tempfile::tempdir().unwrap();
            let store = ObjectStore::create(dir.path(), format, &Limits::default()).unwrap();
            let bytes = crate::pack::build::build(format, [(Kind::Blob, &b"hello"[..])]).unwrap();
            let level = crate::fsck::Level::Strict;
            let cancel = Cancel::new();
            let quarantine =
                store.ingest(&mut &bytes[..], &Limits::default(), level, &mut Silent, &cancel).unwrap();
            let published = quarantine.publish().unwrap().unwrap();
            let (pack, index) = (published.path("pack"), published.path("idx"));
            let check = || verify(&pack, &published.checksum, &cancel);
            check().unwrap();
            for path in [&pack, &index] {
                let whole = std::fs::read(path).unwrap();
                std::fs::remove_file(path).unwrap();
                for at in [0, whole.len() / 2, whole.len() - 1] {
                    let mut flipped = whole.clone();
                    flipped[at] ^= 4;
                    std::fs::write(path, flipped).unwrap();
                    assert!(matches!(check(), Err(Error::Corrupt(_))), "{} at {at}", path.display());
                    std::fs::write(path, &whole[..at]).unwrap();
                    assert!(matches!(check(), Err(Error::Corrupt(_))), "{} cut at {at}", path.display());
                }
                std::fs::write(path, &whole).unwrap();
                check().unwrap();
            }
        }
    }
}
