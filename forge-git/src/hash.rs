//! Between the project's object ids and those of gix, and maps keyed by them.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hasher};

use forge_core::{ObjectFormat, ObjectId};

/// Gix's id of the same object.
pub(crate) fn to_gix(id: &ObjectId) -> gix_hash::ObjectId {
    match id {
        ObjectId::Sha1(bytes) => gix_hash::ObjectId::Sha1(*bytes),
        ObjectId::Sha256(bytes) => gix_hash::ObjectId::Sha256(*bytes),
    }
}

/// Our id of the same object. Gix may learn more hashes than we know, hence the error.
pub(crate) fn from_gix(id: &gix_hash::oid) -> crate::Result<ObjectId> {
    ObjectId::from_bytes(id.as_bytes())
        .map_err(|_| crate::Error::corrupt("an object id has an unknown length"))
}

/// Gix's name of the hash.
pub(crate) fn kind(format: ObjectFormat) -> gix_hash::Kind {
    match format {
        ObjectFormat::Sha1 => gix_hash::Kind::Sha1,
        ObjectFormat::Sha256 => gix_hash::Kind::Sha256,
    }
}

/// The checksum of a file that we write ourselves.
///
/// Unlike [`gix_hash::Hasher`] it does not look for collision attacks, which makes it many times faster. Names of objects and
/// received packs go through the other one; nothing trusts what this one says beyond noticing damage.
#[derive(Clone)]
pub(crate) enum Checksum {
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Checksum {
    pub(crate) fn new(kind: gix_hash::Kind) -> Self {
        use sha1::Digest as _;
        match kind {
            gix_hash::Kind::Sha256 => Self::Sha256(sha2::Sha256::new()),
            _ => Self::Sha1(sha1::Sha1::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        use sha1::Digest as _;
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> gix_hash::ObjectId {
        use sha1::Digest as _;
        match self {
            Self::Sha1(hasher) => gix_hash::ObjectId::Sha1(hasher.finalize().into()),
            Self::Sha256(hasher) => gix_hash::ObjectId::Sha256(hasher.finalize().into()),
        }
    }
}

/// Hashes object ids: they are random already, so one multiplication with a secret is enough.
///
/// The secret keeps people who push from choosing objects that all fall into one bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdHash {
    secret: u64,
}

impl Default for IdHash {
    fn default() -> Self {
        // The standard library seeds this once per thread; it is the cheapest randomness there is.
        Self { secret: std::hash::RandomState::new().hash_one(0_u8) | 1 }
    }
}

impl BuildHasher for IdHash {
    type Hasher = IdHasher;
    fn build_hasher(&self) -> IdHasher {
        IdHasher { secret: self.secret, value: 0 }
    }
}

/// The state behind [`IdHash`].
#[derive(Debug)]
pub(crate) struct IdHasher {
    secret: u64,
    value: u64,
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut word = [0_u8; 8];
        for (to, from) in word.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.write_u64(u64::from_ne_bytes(word));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.value.rotate_left(5) ^ word ^ self.secret) * u128::from(self.secret);
        let bytes = product.to_le_bytes();
        let (low, high) = bytes.split_at(8);
        let half = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or_default();
        self.value = half(low) ^ half(high);
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_usize(&mut self, _: usize) {
        // The length prefix and the variant of an id say nothing.
    }

    fn finish(&self) -> u64 {
        self.value
    }
}

/// A map from object ids.
pub(crate) type IdMap<V> = HashMap<gix_hash::ObjectId, V, IdHash>;
/// A set of object ids.
pub(crate) type IdSet = HashSet<gix_hash::ObjectId, IdHash>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_the_way_there_and_back() -> crate::Result<()> {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let id = ObjectId::from_bytes(&vec![7; format.byte_len()]).expect("a known length");
            assert_eq!(from_gix(&to_gix(&id))?, id);
            assert_eq!(kind(format).len_in_bytes(), format.byte_len());
        }
        Ok(())
    }

    #[test]
    fn the_fast_checksum_is_the_same_hash() {
        for kind in [gix_hash::Kind::Sha1, gix_hash::Kind::Sha256] {
            let mut fast = Checksum::new(kind);
            let mut careful = gix_hash::hasher(kind);
            for part in [&b"PACK"[..], &[7; 1000], b""] {
                fast.update(part);
                careful.update(part);
            }
            assert_eq!(fast.finish(), careful.try_finalize().expect("a hash"));
        }
    }

    #[test]
    fn the_hash_spreads_ids_that_share_their_low_bits() {
        let hash = IdHash::default();
        let buckets: HashSet<u64> = (0_u8..=255)
            .map(|n| {
                let mut bytes = [0; 20];
                bytes[7] = n;
                hash.hash_one(gix_hash::ObjectId::Sha1(bytes)) & 0xffff
            })
            .collect();
        assert!(buckets.len() > 200, "{} buckets of 256", buckets.len());
    }
}
