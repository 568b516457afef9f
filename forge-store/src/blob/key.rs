//! Where a blob is in its bucket.

use std::fmt;

use forge_core::{ObjectId, PackId, RepoId};

/// Which of the files of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The objects.
    Pack,
    /// Where each of them begins.
    Index,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Pack, Self::Index];

    /// What the name of the file ends in.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pack => "pack",
            Self::Index => "idx",
        }
    }
}

/// The key of a file of a pack: `<repository>/<row>/pack-<checksum>.pack`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey {
    /// Whose pack it is.
    pub repo: RepoId,
    /// Which row names it.
    pub pack: PackId,
    /// The hash that names its file.
    pub checksum: ObjectId,
    /// Which file of the pack.
    pub part: Part,
}

impl BlobKey {
    /// Reads a key; nothing where it was not written here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split('/');
        let (repo, pack, name) = (words.next()?, words.next()?, words.next()?);
        let (checksum, extension) = name.strip_prefix("pack-")?.split_once('.')?;
        let key = Self {
            repo: repo.parse().ok()?,
            pack: pack.parse().ok()?,
            checksum: checksum.parse().ok()?,
            part: Part::ALL.into_iter().find(|part| part.extension() == extension)?,
        };
        (words.next().is_none() && key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/pack-{}.{}", self.repo, self.pack, self.checksum, self.part.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{id, oid};

    #[test]
    fn keys_are_read_as_they_are_written_and_strangers_are_not() {
        for part in Part::ALL {
            let key = BlobKey { repo: id(), pack: id(), checksum: oid(7), part };
            assert_eq!(BlobKey::parse(&key.to_string()), Some(key));
            assert_eq!(BlobKey::parse(&key.to_string().to_uppercase()), None);
            assert_eq!(BlobKey::parse(&format!("{key}/x")), None);
        }
        for text in ["", "notes.txt", "a/b/pack-c.pack", "../x/pack-00.idx"] {
            assert_eq!(BlobKey::parse(text), None, "{text}");
        }
    }
}
