//! Directories.

use crate::{FilePath, ObjectId};

/// What an entry of a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntryKind {
    /// Another directory.
    Directory,
    /// A file.
    File,
    /// A file that may be run.
    Executable,
    /// A symbolic link: its content is where it points.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

impl EntryKind {
    /// Reads git's octal mode. Old modes such as `100664` count as the kind they stand for.
    pub fn of_mode(mode: u32) -> Option<Self> {
        match mode & 0o170_000 {
            0o040_000 => Some(Self::Directory),
            0o100_000 if mode & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            0o120_000 => Some(Self::Symlink),
            0o160_000 => Some(Self::Submodule),
            _ => None,
        }
    }

    /// Git's mode, as written into trees.
    pub fn mode(self) -> u32 {
        match self {
            Self::Directory => 0o040_000,
            Self::File => 0o100_644,
            Self::Executable => 0o100_755,
            Self::Symlink => 0o120_000,
            Self::Submodule => 0o160_000,
        }
    }

    /// Whether it is a file that holds content, runnable or not.
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Executable)
    }

    /// Whether its object is a blob: a file or a symbolic link.
    pub fn is_blob(self) -> bool {
        matches!(self, Self::File | Self::Executable | Self::Symlink)
    }
}

/// One line of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its name: any bytes but `/` and NUL.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// The object: a tree, a blob, or a commit elsewhere for a submodule.
    pub id: ObjectId,
    /// How many bytes a file or link has, where that was asked for.
    pub size: Option<u64>,
}

/// A directory at a commit, or one page of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeListing {
    /// Where it is.
    pub path: FilePath,
    /// The tree object.
    pub id: ObjectId,
    /// Directories and submodules first, then files, each in byte order.
    pub entries: Vec<TreeEntry>,
    /// How many entries the directory has in all.
    pub total: usize,
    /// How many entries come before this page.
    pub skipped: usize,
}

impl TreeListing {
    /// Whether entries follow behind this page.
    pub fn has_more(&self) -> bool {
        self.skipped + self.entries.len() < self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_modes_old_and_new() {
        for kind in [
            EntryKind::Directory,
            EntryKind::File,
            EntryKind::Executable,
            EntryKind::Symlink,
            EntryKind::Submodule,
        ] {
            assert_eq!(EntryKind::of_mode(kind.mode()), Some(kind));
        }
        assert_eq!(EntryKind::of_mode(0o100_664), Some(EntryKind::File));
        assert_eq!(EntryKind::of_mode(0o010_644), None);
    }
}
