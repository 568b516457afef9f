//! Writes pack indices, version 2: which object is where in a pack.

use std::io::Write;

use forge_core::{ObjectFormat, ObjectId};

use crate::{Error, Result, hash};

const MAGIC: &[u8; 8] = b"\xfftOc\0\0\0\x02";
/// Offsets from here on go to a table of their own.
const LARGE_OFFSET: u64 = 0x8000_0000;

/// One object of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdxEntry {
    /// Its name.
    pub id: ObjectId,
    /// The checksum of its bytes in the pack, header included.
    pub crc32: u32,
    /// Where it starts.
    pub offset: u64,
}

/// Writes the index of a pack and returns the checksum at its end.
///
/// The entries must be sorted by id. The bytes are those that `git index-pack` writes.
pub fn write(
    out: &mut dyn Write,
    format: ObjectFormat,
    sorted: &[IdxEntry],
    pack_checksum: &ObjectId,
) -> Result<ObjectId> {
    let mut out = Hashing { out, hasher: gix_hash::hasher(hash::kind(format)) };
    out.put(MAGIC)?;
    write_fan_out(&mut out, sorted)?;
    for entry in sorted {
        out.put(entry.id.as_bytes())?;
    }
    for entry in sorted {
        out.put(&entry.crc32.to_be_bytes())?;
    }
    let mut large = Vec::new();
    for entry in sorted {
        if entry.offset < LARGE_OFFSET {
            out.put(&narrow(entry.offset)?.to_be_bytes())?;
        } else {
            let position = u64::try_from(large.len()).map_err(|_| too_many())?;
            out.put(&narrow(LARGE_OFFSET | position)?.to_be_bytes())?;
            large.push(entry.offset);
        }
    }
    for offset in large {
        out.put(&offset.to_be_bytes())?;
    }
    out.put(pack_checksum.as_bytes())?;
    let checksum = hash::from_gix(&out.hasher.clone().try_finalize()?)?;
    out.out.write_all(checksum.as_bytes())?;
    Ok(checksum)
}

/// For each first byte of an id, how many entries are not beyond it.
fn write_fan_out(out: &mut Hashing<'_>, sorted: &[IdxEntry]) -> Result<()> {
    let mut rest = sorted;
    let mut count = 0_usize;
    for first in 0..=u8::MAX {
        let here =
            rest.partition_point(|entry| entry.id.as_bytes().first().is_some_and(|byte| *byte <= first));
        rest = rest.get(here..).unwrap_or_default();
        count = count.saturating_add(here);
        out.put(&u32::try_from(count).map_err(|_| too_many())?.to_be_bytes())?;
    }
    Ok(())
}

fn narrow(offset: u64) -> Result<u32> {
    u32::try_from(offset).map_err(|_| too_many())
}

fn too_many() -> Error {
    Error::TooLarge { what: "the number of objects in a pack", limit: u64::from(u32::MAX) }
}

struct Hashing<'a> {
    out: &'a mut dyn Write,
    hasher: gix_hash::Hasher,
}

impl Hashing<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_offsets_have_their_own_table() {
        let entry = |byte: u8, offset| IdxEntry { id: ObjectId::Sha1([byte; 20]), crc32: 7, offset };
        let entries = [entry(1, 12), entry(2, 0x7fff_ffff), entry(3, 0x8000_0000), entry(0xff, 1 << 40)];
        let mut bytes = Vec::new();
        write(&mut bytes, ObjectFormat::Sha1, &entries, &ObjectId::Sha1([9; 20])).unwrap();
        let offsets = 8 + 256 * 4 + 4 * 20 + 4 * 4;
        let expected = [12_u32, 0x7fff_ffff, 0x8000_0000, 0x8000_0001].map(u32::to_be_bytes).concat();
        assert_eq!(bytes[offsets..offsets + 16], expected[..]);
        assert_eq!(
            bytes[offsets + 16..offsets + 32],
            [0x8000_0000_u64, 1 << 40].map(u64::to_be_bytes).concat()[..]
        );
        assert_eq!(bytes.len(), offsets + 32 + 40);
        assert_eq!(bytes[8..12], [0, 0, 0, 0]);
        assert_eq!(bytes[8 + 4 * 2..8 + 4 * 3], [0, 0, 0, 2]);
    }
}
