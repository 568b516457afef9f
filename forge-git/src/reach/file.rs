//! The file beside a pack: written whole or not at all, and read with distrust.
//!
//! All numbers are big-endian. An object's *rank* is its place in the pack, counted from 0 in stored order.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `FRGREACH` |
//! | 4 | version, 1 |
//! | 4 | hash: 1 is SHA-1, 2 is SHA-256; ids and checksums have its length |
//! | 20 or 32 | checksum of the pack |
//! | 4 × 5 | numbers of objects, of deltas by distance, of deltas by name, of tips, of bitmaps |
//! | 4 × objects | in stored order, the object's place in the sorted index |
//! | 4 × objects | in stored order, a hash of the path at which the object was found; 0 for none |
//! | 4 × tips | ranks of the commits the file was made for |
//! | 16 × bitmaps | rank of the commit, number of the base or all ones, where the bytes start behind this table (8) |
//! | 8 | bytes of all bitmaps |
//! | … | the bitmaps: first commits, trees, blobs, tags, then one for each line of the table |
//! | 20 or 32 | checksum of all before it |
//!
//! Bitmaps are in the portable form of Roaring; each kind is preceded by its length in 4 bytes. A commit's bitmap holds everything
//! reachable from it. One with a base holds the difference from that one, which stands before it, so that neighbours in
//! history cost little. Ancestors stand before their descendants.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use gix_object::Kind;
use roaring::RoaringBitmap;

use crate::hash::Checksum;
use crate::{Error, Result, durable};

const MAGIC: &[u8; 8] = b"FRGREACH";
const VERSION: u32 = 1;
/// A larger file is not read. Ten million objects with a thousand bitmaps that do not compress are less.
const MAX_FILE: u64 = 2 << 30;
/// Stands for no base.
const NO_BASE: u32 = u32::MAX;
/// Differences on differences.
pub(super) const MAX_CHAIN: u32 = 24;
/// The kinds of objects in the order in which their bitmaps are stored.
const KINDS: [Kind; 4] = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];

/// What lies beside a pack.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reach {
    /// By rank, the place in the index.
    pub(crate) order: Arc<Vec<u32>>,
    /// By rank, the hash of a path.
    pub(crate) names: Vec<u32>,
    /// Entries whose base is named by its distance.
    pub(crate) offset_deltas: u32,
    /// Entries whose base is named by its id.
    pub(crate) named_deltas: u32,
    /// Ranks of the commits it was made for.
    pub(crate) tips: Vec<u32>,
    pub(super) kinds: [RoaringBitmap; 4],
    pub(super) rows: Vec<Row>,
    pub(super) bytes: Vec<u8>,
    numbers: HashMap<u32, usize>,
}

/// One line of the table of bitmaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) rank: u32,
    /// The number of an earlier line.
    pub(super) base: Option<u32>,
    /// Where in the bytes it starts.
    pub(super) start: usize,
}

/// What a new file is made of.
pub(super) struct Parts {
    pub(super) order: Vec<u32>,
    pub(super) names: Vec<u32>,
    pub(super) offset_deltas: u32,
    pub(super) named_deltas: u32,
    pub(super) tips: Vec<u32>,
    pub(super) kinds: [RoaringBitmap; 4],
    pub(super) rows: Vec<Row>,
    pub(super) bytes: Vec<u8>,
}

/// Which of the four bitmaps of kinds an object is in.
pub(super) fn kind_number(kind: Kind) -> usize {
    KINDS.iter().position(|known| *known == kind).unwrap_or_default()
}

impl Reach {
    pub(super) fn new(parts: Parts) -> Self {
        let numbers = (0..).zip(&parts.rows).map(|(number, row)| (row.rank, number)).collect();
        Self {
            order: Arc::new(parts.order),
            names: parts.names,
            offset_deltas: parts.offset_deltas,
            named_deltas: parts.named_deltas,
            tips: parts.tips,
            kinds: parts.kinds,
            rows: parts.rows,
            bytes: parts.bytes,
            numbers,
        }
    }

    /// The objects of a kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> &RoaringBitmap {
        let [commits, trees, blobs, tags] = &self.kinds;
        match kind {
            Kind::Commit => commits,
            Kind::Tree => trees,
            Kind::Blob => blobs,
            Kind::Tag => tags,
        }
    }

    /// The kind of the object of a rank.
    pub(crate) fn kind(&self, rank: u32) -> Option<Kind> {
        KINDS.into_iter().find(|kind| self.of_kind(*kind).contains(rank))
    }

    /// Which of the bitmaps belongs to the commit of a rank. Descendants have higher numbers than their ancestors.
    pub(crate) fn number(&self, rank: u32) -> Option<usize> {
        self.numbers.get(&rank).copied()
    }

    /// The bitmap of a number: everything reachable from its commit.
    pub(crate) fn bitmap(&self, number: usize) -> Result<RoaringBitmap> {
        let damaged = || Error::corrupt("a reachability bitmap cannot be read");
        let mut chain = Vec::new();
        let mut next = Some(number);
        while let Some(row) = next {
            if chain.len() > usize::try_from(MAX_CHAIN).unwrap_or_default() {
                return Err(damaged());
            }
            let row = self.rows.get(row).ok_or_else(damaged)?;
            chain.push(row.start);
            next = row.base.and_then(|base| usize::try_from(base).ok());
        }
        let mut bitmap = RoaringBitmap::new();
        for start in chain.into_iter().rev() {
            let bytes = self.bytes.get(start..).ok_or_else(damaged)?;
            let mut next = RoaringBitmap::deserialize_from(bytes).map_err(|_| damaged())?;
            // Runs are small on disk, but slow to calculate with.
            next.remove_run_compression();
            bitmap ^= next;
        }
        Ok(bitmap)
    }

    /// Reads the file of a pack; what does not fit the pack or does not add up is an error.
    pub(crate) fn read(path: &Path, pack_checksum: &gix_hash::oid, objects: u32) -> Result<Self> {
        let length = std::fs::metadata(path)?.len();
        if length > MAX_FILE {
            return Err(Error::TooLarge { what: "a reachability file", limit: MAX_FILE });
        }
        Self::parse(&std::fs::read(path)?, pack_checksum, objects)
            .ok_or_else(|| Error::corrupt(format!("{} is damaged or of another pack", path.display())))
    }

    fn parse(bytes: &[u8], pack_checksum: &gix_hash::oid, objects: u32) -> Option<Self> {
        let kind = pack_checksum.kind();
        let (body, trailer) = bytes.split_at_checked(bytes.len().checked_sub(kind.len_in_bytes())?)?;
        let mut checksum = Checksum::new(kind);
        checksum.update(body);
        if checksum.finish().as_slice() != trailer {
            return None;
        }
        let mut rest = Reader(body);
        let fits = rest.take(8)? == MAGIC
            && rest.number()? == VERSION
            && rest.number()? == hash_code(kind)
            && rest.take(kind.len_in_bytes())? == pack_checksum.as_bytes()
            && rest.number()? == objects;
        if !fits {
            return None;
        }
        let (offset_deltas, named_deltas) = (rest.number()?, rest.number()?);
        let (tips, rows) = (rest.number()?, rest.number()?);
        let (order, names) = (rest.numbers(objects)?, rest.numbers(objects)?);
        let tips = rest.numbers(tips)?;
        let mut table = Vec::new();
        for number in 0..rows {
            let rank = rest.number()?;
            let base = Some(rest.number()?).filter(|base| *base != NO_BASE);
            let start = usize::try_from(rest.large()?).ok()?;
            if rank >= objects || base.is_some_and(|base| base >= number) {
                return None;
            }
            table.push(Row { rank, base, start });
        }
        let length = usize::try_from(rest.large()?).ok()?;
        let mut kinds = Vec::new();
        for _ in KINDS {
            let length = usize::try_from(rest.number()?).ok()?;
            let mut ranks = RoaringBitmap::deserialize_from(rest.take(length)?).ok()?;
            ranks.remove_run_compression();
            kinds.push(ranks);
        }
        let bytes = rest.take(length)?.to_owned();
        let sound = rest.0.is_empty()
            && order.iter().all(|place| *place < objects)
            && tips.iter().all(|rank| *rank < objects)
            && kinds.iter().all(|kind| kind.max().is_none_or(|rank| rank < objects));
        let kinds = kinds.try_into().ok().filter(|_| sound)?;
        let rows = table;
        Some(Self::new(Parts { order, names, offset_deltas, named_deltas, tips, kinds, rows, bytes }))
    }

    fn serialise(&self, pack_checksum: &gix_hash::oid) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.bytes.len() + 8 * self.order.len() + 4096);
        let put = |out: &mut Vec<u8>, number: usize| -> Result<()> {
            let number = u32::try_from(number).map_err(|_| too_large())?;
            out.extend_from_slice(&number.to_be_bytes());
            Ok(())
        };
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(&hash_code(pack_checksum.kind()).to_be_bytes());
        out.extend_from_slice(pack_checksum.as_bytes());
        put(&mut out, self.order.len())?;
        out.extend_from_slice(&self.offset_deltas.to_be_bytes());
        out.extend_from_slice(&self.named_deltas.to_be_bytes());
        put(&mut out, self.tips.len())?;
        put(&mut out, self.rows.len())?;
        for number in self.order.iter().chain(&self.names).chain(&self.tips) {
            out.extend_from_slice(&number.to_be_bytes());
        }
        for row in &self.rows {
            out.extend_from_slice(&row.rank.to_be_bytes());
            out.extend_from_slice(&row.base.unwrap_or(NO_BASE).to_be_bytes());
            out.extend_from_slice(&u64::try_from(row.start).map_err(|_| too_large())?.to_be_bytes());
        }
        out.extend_from_slice(&u64::try_from(self.bytes.len()).map_err(|_| too_large())?.to_be_bytes());
        for kind in &self.kinds {
            let mut kind = kind.clone();
            kind.optimize();
            put(&mut out, kind.serialized_size())?;
            kind.serialize_into(&mut out)?;
        }
        out.extend_from_slice(&self.bytes);
        let mut checksum = Checksum::new(pack_checksum.kind());
        checksum.update(&out);
        out.extend_from_slice(checksum.finish().as_slice());
        Ok(out)
    }

    /// Writes the file so that it is there whole or not at all, also after a power cut; returns its length.
    pub(super) fn write(&self, path: &Path, pack_checksum: &gix_hash::oid) -> Result<u64> {
        let bytes = self.serialise(pack_checksum)?;
        durable::replace(path, "tmp_reach_", |mut file| Ok(file.write_all(&bytes)?))?;
        Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    }
}

fn hash_code(kind: gix_hash::Kind) -> u32 {
    if kind == gix_hash::Kind::Sha1 { 1 } else { 2 }
}

fn too_large() -> Error {
    Error::TooLarge { what: "a reachability file", limit: MAX_FILE }
}

/// Takes numbers and bytes from the front, as long as there are any.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    fn large(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_be_bytes)
    }

    fn numbers(&mut self, count: u32) -> Option<Vec<u32>> {
        let bytes = self.take(usize::try_from(count).ok()?.checked_mul(4)?)?;
        let (words, _) = bytes.as_chunks::<4>();
        Some(words.iter().map(|word| u32::from_be_bytes(*word)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKSUM: gix_hash::ObjectId = gix_hash::ObjectId::Sha1([7; 20]);

    fn sample() -> Reach {
        let first: RoaringBitmap = [0, 3].into_iter().collect();
        let second: RoaringBitmap = [0, 1, 3].into_iter().collect();
        let mut bytes = Vec::new();
        first.serialize_into(&mut bytes).unwrap();
        let start = bytes.len();
        (&first ^ &second).serialize_into(&mut bytes).unwrap();
        let of = |ranks: &[u32]| ranks.iter().copied().collect();
        Reach::new(Parts {
            order: vec![2, 0, 1, 3],
            names: vec![0, 9, 8, 0],
            offset_deltas: 1,
            named_deltas: 0,
            tips: vec![1],
            kinds: [of(&[0, 1]), of(&[3]), of(&[2]), of(&[])],
            rows: vec![Row { rank: 0, base: None, start: 0 }, Row { rank: 1, base: Some(0), start }],
            bytes,
        })
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pack-x.reach");
        sample().write(&path, &CHECKSUM).unwrap();
        let read = Reach::read(&path, &CHECKSUM, 4).unwrap();
        assert_eq!(read, sample());
        assert_eq!(read.bitmap(read.number(1).unwrap()).unwrap(), [0, 1, 3].into_iter().collect());
        assert_eq!((read.kind(2), read.kind(1)), (Some(Kind::Blob), Some(Kind::Commit)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(Reach::read(&path, &CHECKSUM, 5).is_err(), "of a larger pack");
        let other = gix_hash::ObjectId::Sha1([8; 20]);
        assert!(Reach::read(&path, &other, 4).is_err(), "of another pack");
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let whole = sample().serialise(&CHECKSUM).unwrap();
        assert!(Reach::parse(&whole, &CHECKSUM, 4).is_some());
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            assert!(Reach::parse(&damaged, &CHECKSUM, 4).is_none(), "byte {at}");
            assert!(Reach::parse(&whole[..at], &CHECKSUM, 4).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn a_sealed_file_with_nonsense_in_it_is_refused_and_never_panics() {
        let whole = sample().serialise(&CHECKSUM).unwrap();
        let body = whole.len() - 20;
        for at in 0..body {
            let mut forged = whole[..body].to_vec();
            forged[at] = 0xff;
            let mut checksum = Checksum::new(gix_hash::Kind::Sha1);
            checksum.update(&forged);
            forged.extend_from_slice(checksum.finish().as_slice());
            if let Some(reach) = Reach::parse(&forged, &CHECKSUM, 4) {
                for number in 0..reach.rows.len() {
                    let _ = reach.bitmap(number);
                }
            }
        }
    }
}
