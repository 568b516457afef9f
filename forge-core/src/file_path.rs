//! Paths of files inside a repository.

use std::fmt;

/// The longest path taken, in bytes.
pub const MAX_FILE_PATH: usize = 4096;

/// A path inside a tree: non-empty parts joined by `/`, any bytes but NUL.
///
/// Git stores bytes, and real repositories hold Windows-1252 and worse, so a path is bytes too. The empty path
/// is the root. It never names a file on the server.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FilePath(Vec<u8>);

/// The bytes are not a path inside a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a path has at most {MAX_FILE_PATH} bytes, and no empty, . or .. parts")]
pub struct InvalidFilePath;

impl FilePath {
    /// The top of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Checks a path.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, InvalidFilePath> {
        let bytes = bytes.into();
        let bad = |part: &[u8]| part.is_empty() || part == b"." || part == b"..";
        if bytes.len() > MAX_FILE_PATH
            || bytes.contains(&0)
            || (!bytes.is_empty() && bytes.split(|byte| *byte == b'/').any(bad))
        {
            return Err(InvalidFilePath);
        }
        Ok(Self(bytes))
    }

    /// The bytes as git stores them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is the top of the tree.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts from the top down.
    pub fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|byte| *byte == b'/').filter(|part| !part.is_empty())
    }

    /// The last part; empty for the root.
    pub fn name(&self) -> &[u8] {
        self.parts().last().unwrap_or_default()
    }

    /// The directory it is in; nothing for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        let cut = self.0.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        Some(Self(self.0.get(..cut).unwrap_or_default().to_vec()))
    }

    /// A path one part further down.
    pub fn join(&self, name: &[u8]) -> Result<Self, InvalidFilePath> {
        let mut bytes = self.0.clone();
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self::new(bytes)
    }

    /// As people read it; bytes that are not UTF-8 show as replacement characters.
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FilePath({:?})", self.to_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_odd_names_and_refuses_escapes() {
        for good in ["", "a", "a/b.sql", "a b/{{ }}#%?.R", "é", ".git", "a\\b"] {
            assert!(FilePath::new(good).is_ok(), "{good}");
        }
        for bad in ["/", "/a", "a/", "a//b", "..", "a/../b", ".", "a\0b"] {
            assert!(FilePath::new(bad).is_err(), "{bad}");
        }
        assert!(FilePath::new(vec![0xe9, b'/', 0xff]).is_ok());
    }

    #[test]
    fn walks_up_and_down() {
        let path = FilePath::new("a/b/c").unwrap();
        assert_eq!(path.name(), b"c");
        assert_eq!(path.parent(), FilePath::new("a/b").ok());
        assert_eq!(FilePath::new("a").unwrap().parent(), Some(FilePath::root()));
        assert_eq!(FilePath::root().parent(), None);
        assert_eq!(FilePath::root().join(b"x").unwrap().to_text(), "x");
    }
}
