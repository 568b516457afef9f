//! Changes that a person makes without a clone.

use crate::FilePath;

/// What happens to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// The file gets this content, whether it was there or not.
    Put {
        /// All of its bytes.
        bytes: Vec<u8>,
        /// Whether it may be run. Nothing keeps what it was.
        executable: Option<bool>,
    },
    /// The file, link or directory goes.
    Remove,
}

/// One change of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub path: FilePath,
    /// What.
    pub kind: ChangeKind,
}

impl Change {
    /// Writes a file, keeping its mode if it is there.
    pub fn put(path: FilePath, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path, kind: ChangeKind::Put { bytes: bytes.into(), executable: None } }
    }

    /// Removes what is there.
    pub fn remove(path: FilePath) -> Self {
        Self { path, kind: ChangeKind::Remove }
    }
}
