//! Partial clones: which objects a client does not want for now.

use gix_object::Kind;

use crate::plain::parse_size;
use crate::{Error, Result};

/// `combine:` inside of `combine:` and longer lists than this are refused.
const MAX_PARTS: usize = 16;

/// One condition; an object is sent if it passes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// `blob:none`
    NoBlobs,
    /// `blob:limit=<n>`: only blobs smaller than this.
    BlobsBelow(u64),
    /// `tree:<n>`: only so many levels below each commit.
    TreeDepth(u64),
    /// `object:type=<kind>`
    OnlyKind(Kind),
}

impl Condition {
    /// Git's name of this sort of condition, as in `uploadpackfilter.<name>.allow`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoBlobs => "blob:none",
            Self::BlobsBelow(_) => "blob:limit",
            Self::TreeDepth(_) => "tree",
            Self::OnlyKind(_) => "object:type",
        }
    }
}

/// A filter as clients send it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    conditions: Vec<Condition>,
    combined: bool,
}

impl Filter {
    /// Reads a filter specification.
    pub fn parse(spec: &str) -> Result<Self> {
        let Some(parts) = spec.strip_prefix("combine:") else {
            return Ok(Self { conditions: vec![parse_condition(spec)?], combined: false });
        };
        let mut conditions = Vec::new();
        for part in parts.split('+') {
            let part = url_decode(part).ok_or_else(|| invalid(spec))?;
            conditions.extend(Self::parse(&part)?.conditions);
            if conditions.len() > MAX_PARTS {
                return Err(Error::TooLarge { what: "the list of combined filters", limit: 16 });
            }
        }
        Ok(Self { conditions, combined: true })
    }

    /// The conditions, in the order given.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Whether it was written as `combine:`.
    pub fn is_combined(&self) -> bool {
        self.combined
    }

    /// Whether an object passes that was not asked for by name; blobs are to be asked about with their size too.
    pub(crate) fn shows(&self, kind: Kind, depth: u64) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::NoBlobs => kind != Kind::Blob,
            Condition::BlobsBelow(_) => true,
            Condition::TreeDepth(levels) => !matches!(kind, Kind::Tree | Kind::Blob) || depth < *levels,
            Condition::OnlyKind(only) => kind == *only,
        })
    }

    /// Whether anything below a tree at `depth` can pass.
    pub(crate) fn descends(&self, depth: u64) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::TreeDepth(levels) => depth + 1 < *levels,
            Condition::OnlyKind(only) => matches!(only, Kind::Tree | Kind::Blob),
            _ => true,
        })
    }

    /// The size from which on blobs are left out.
    pub(crate) fn blob_limit(&self) -> Option<u64> {
        let limits = self.conditions.iter().filter_map(|condition| match condition {
            Condition::BlobsBelow(limit) => Some(*limit),
            _ => None,
        });
        limits.min()
    }

    /// Whether the depth at which something is found matters.
    pub(crate) fn depends_on_depth(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::TreeDepth(_)))
    }
}

fn parse_condition(spec: &str) -> Result<Condition> {
    if spec == "blob:none" {
        return Ok(Condition::NoBlobs);
    }
    if let Some(limit) = spec.strip_prefix("blob:limit=") {
        return parse_size(limit).map(Condition::BlobsBelow).ok_or_else(|| invalid(spec));
    }
    if let Some(depth) = spec.strip_prefix("tree:") {
        return parse_size(depth).map(Condition::TreeDepth).ok_or_else(|| invalid(spec));
    }
    if let Some(kind) = spec.strip_prefix("object:type=") {
        let kind = Kind::from_bytes(kind.as_bytes()).map_err(|_| invalid(spec))?;
        return Ok(Condition::OnlyKind(kind));
    }
    if spec.starts_with("sparse:") {
        return Err(Error::invalid("filter 'sparse:oid' not supported"));
    }
    Err(invalid(spec))
}

fn invalid(spec: &str) -> Error {
    let shown: String = spec.chars().filter(|c| !c.is_control()).take(100).collect();
    Error::invalid(format!("invalid filter-spec '{shown}'"))
}

fn url_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_sort() -> Result<()> {
        for (spec, wanted) in [
            ("blob:none", Condition::NoBlobs),
            ("blob:limit=1k", Condition::BlobsBelow(1024)),
            ("tree:0", Condition::TreeDepth(0)),
            ("object:type=tag", Condition::OnlyKind(Kind::Tag)),
        ] {
            assert_eq!(Filter::parse(spec)?.conditions(), [wanted]);
        }
        let both = Filter::parse("combine:blob%3Anone+tree:3")?;
        assert_eq!(both.conditions(), [Condition::NoBlobs, Condition::TreeDepth(3)]);
        assert!(both.is_combined());
        for bad in ["", "blob", "blob:limit=x", "tree:-1", "object:type=x", "sparse:oid=main", "combine:%zz"]
        {
            assert!(matches!(Filter::parse(bad), Err(Error::Invalid(_))), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn levels_are_counted_from_the_root_tree() -> Result<()> {
        let one = Filter::parse("tree:1")?;
        assert!(one.shows(Kind::Tree, 0) && !one.shows(Kind::Blob, 1) && !one.descends(0));
        let none = Filter::parse("tree:0")?;
        assert!(!none.shows(Kind::Tree, 0) && none.shows(Kind::Commit, 0));
        Ok(())
    }
}
