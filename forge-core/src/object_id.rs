//! Names of git objects.

use std::fmt;
use std::str::FromStr;

/// Which hash names the objects of a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum ObjectFormat {
    /// SHA-1, 20 bytes: what nearly every repository uses.
    #[default]
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ObjectFormat {
    /// Git's own name, as in `object-format=sha1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// Bytes in an object id.
    pub fn byte_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The id of nothing: all zero.
    pub fn null(self) -> ObjectId {
        match self {
            Self::Sha1 => ObjectId::Sha1([0; 20]),
            Self::Sha256 => ObjectId::Sha256([0; 32]),
        }
    }
}

impl fmt::Display for ObjectFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ObjectFormat {
    type Err = InvalidObjectId;
    fn from_str(text: &str) -> Result<Self, InvalidObjectId> {
        match text {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            _ => Err(InvalidObjectId),
        }
    }
}

/// The full name of a commit, tree, blob or tag.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectId {
    /// A SHA-1 name.
    Sha1([u8; 20]),
    /// A SHA-256 name.
    Sha256([u8; 32]),
}

/// The text is not 40 or 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an object id")]
pub struct InvalidObjectId;

impl ObjectId {
    /// Reads 20 or 32 raw bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidObjectId> {
        if let Ok(sha1) = bytes.try_into() {
            return Ok(Self::Sha1(sha1));
        }
        bytes.try_into().map(Self::Sha256).map_err(|_| InvalidObjectId)
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    /// Which hash made it.
    pub fn format(&self) -> ObjectFormat {
        match self {
            Self::Sha1(_) => ObjectFormat::Sha1,
            Self::Sha256(_) => ObjectFormat::Sha256,
        }
    }

    /// Whether it is the id of nothing.
    pub fn is_null(&self) -> bool {
        self.as_bytes().iter().all(|byte| *byte == 0)
    }

    /// The first ten digits, as people read them.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(10);
        text
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

impl FromStr for ObjectId {
    type Err = InvalidObjectId;
    fn from_str(text: &str) -> Result<Self, InvalidObjectId> {
        let bytes = hex::decode(text).map_err(|_| InvalidObjectId)?;
        Self::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_both_formats() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let null = format.null();
            assert!(null.is_null());
            assert_eq!(null.to_string().len(), format.byte_len() * 2);
            assert_eq!(null.to_string().parse(), Ok(null));
            assert_eq!(null.format(), format);
        }
        for bad in ["", "abc", "zz", &"0".repeat(41), &"0".repeat(62)] {
            assert_eq!(bad.parse::<ObjectId>(), Err(InvalidObjectId), "{bad}");
        }
    }
}
