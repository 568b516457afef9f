//! The bytes of commits, tags and trees.
//!
//! Written here, and not taken from gix, because history holds commits that gix refuses or trips over (odd dates, missing
//! authors), and because walks need only two fields of each: this never fails on what a page can still show.

use forge_core::code::{Identity, SignatureKind};
use forge_core::{ObjectFormat, ObjectId};
use gix_hash::oid;
use time::{OffsetDateTime, UtcOffset};

use crate::{Error, Result};

/// What a walk needs of a commit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its files.
    pub(crate) tree: gix_hash::ObjectId,
    /// What it was built on.
    pub(crate) parents: Vec<gix_hash::ObjectId>,
    /// The committer's Unix time; zero when it cannot be read, as git does.
    pub(crate) time: i64,
}

impl Node {
    /// Reads the links of a commit.
    pub(crate) fn parse(data: &[u8], format: ObjectFormat) -> Result<Self> {
        let mut node = None;
        let mut time = 0;
        for (key, value) in Headers(data) {
            match (key, &mut node) {
                (b"tree", None) => node = Some((id(value, format)?, Vec::new())),
                (b"parent", Some((_, parents))) => parents.push(id(value, format)?),
                (b"committer", Some(_)) => {
                    time = time_of(value).0;
                    break;
                }
                (_, Some(_)) => {}
                (_, None) => break,
            }
        }
        let (tree, parents) = node.ok_or_else(|| Error::corrupt("a commit has no tree"))?;
        Ok(Self { tree, parents, time })
    }
}

/// A commit or tag split into header lines and message.
pub(crate) struct Headers<'a>(pub(crate) &'a [u8]);

/// Yields key and first line of each header; continuation lines are skipped.
impl<'a> Iterator for Headers<'a> {
    type Item = (&'a [u8], &'a [u8]);
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, rest) = match memchr::memchr(b'\n', self.0) {
                Some(at) => (self.0.get(..at)?, self.0.get(at + 1..)?),
                None => (self.0, self.0.get(self.0.len()..)?),
            };
            if line.is_empty() {
                return None;
            }
            self.0 = rest;
            if line.first() != Some(&b' ') {
                let at = memchr::memchr(b' ', line).unwrap_or(line.len());
                return Some((line.get(..at)?, line.get(at + 1..).unwrap_or_default()));
            }
        }
    }
}

/// What stands behind the first empty line.
pub(crate) fn message(data: &[u8]) -> &[u8] {
    let at = memchr::memmem::find(data, b"\n\n").map_or(data.len(), |at| at + 2);
    data.get(at..).unwrap_or_default()
}

fn id(hex: &[u8], format: ObjectFormat) -> Result<gix_hash::ObjectId> {
    gix_hash::ObjectId::from_hex(hex)
        .ok()
        .filter(|id| id.as_bytes().len() == format.byte_len())
        .ok_or_else(|| Error::corrupt("a commit or tag names no object"))
}

/// An annotated tag.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    /// What it names: perhaps another tag.
    pub(crate) target: ObjectId,
    /// Who made it, as stored.
    pub(crate) tagger: Option<&'a [u8]>,
    /// The message without a signature.
    pub(crate) message: &'a [u8],
    /// The signature, at the end of the message.
    pub(crate) signature: Option<SignatureKind>,
}

impl<'a> Tag<'a> {
    /// Reads a tag.
    pub(crate) fn parse(data: &'a [u8], format: ObjectFormat) -> Result<Self> {
        let mut target = None;
        let mut tagger = None;
        for (key, value) in Headers(data) {
            match key {
                b"object" if target.is_none() => target = Some(crate::hash::from_gix(&id(value, format)?)?),
                b"tagger" if tagger.is_none() => tagger = Some(value),
                _ => {}
            }
        }
        let target = target.ok_or_else(|| Error::corrupt("a tag names no object"))?;
        let whole = message(data);
        let starts = [&b"-----BEGIN PGP"[..], b"-----BEGIN SSH", b"-----BEGIN SIGNED MESSAGE"];
        let at = starts.iter().filter_map(|start| {
            let at = memchr::memmem::rfind(whole, start)?;
            let begins_line = at == 0 || whole.get(at - 1) == Some(&b'\n');
            begins_line.then_some(at)
        });
        let (message, signature) = match at.min() {
            Some(at) => (whole.get(..at).unwrap_or(whole), whole.get(at..).map(signature_kind)),
            None => (whole, None),
        };
        Ok(Self { target, tagger, message, signature })
    }
}

/// Tells signatures apart by how they begin.
pub(crate) fn signature_kind(armour: &[u8]) -> SignatureKind {
    if armour.starts_with(b"-----BEGIN PGP") {
        SignatureKind::Pgp
    } else if armour.starts_with(b"-----BEGIN SSH") {
        SignatureKind::Ssh
    } else if armour.starts_with(b"-----BEGIN SIGNED MESSAGE") {
        SignatureKind::X509
    } else {
        SignatureKind::Unknown
    }
}

/// Reads `Name <email> 1700000000 +0000`, whatever is missing from it.
pub(crate) fn identity(line: &[u8], decode: impl Fn(&[u8]) -> String) -> Identity {
    let open = memchr::memchr(b'<', line);
    let close = memchr::memrchr(b'>', line);
    let (name, email) = match (open, close) {
        (Some(open), Some(close)) if open < close => (line.get(..open), line.get(open + 1..close)),
        _ => (Some(line), None),
    };
    let (seconds, offset) = time_of(line);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Identity {
        name: decode(name.unwrap_or_default()).trim().to_owned(),
        email: decode(email.unwrap_or_default()).trim().to_owned(),
        at: at.checked_to_offset(offset).unwrap_or(at),
    }
}

/// The Unix time and offset at the end of an identity; zero where there is none.
fn time_of(line: &[u8]) -> (i64, UtcOffset) {
    let end = memchr::memrchr(b'>', line).map_or(0, |at| at + 1);
    let rest = std::str::from_utf8(line.get(end..).unwrap_or_default()).unwrap_or_default();
    let mut words = rest.split_ascii_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let offset = words.next().and_then(offset).unwrap_or(UtcOffset::UTC);
    (seconds, offset)
}

/// Reads `+0130`.
fn offset(text: &str) -> Option<UtcOffset> {
    let number: i32 = text.parse().ok()?;
    let (hours, minutes) = (number / 100, number % 100);
    UtcOffset::from_whole_seconds(hours.checked_mul(3600)?.checked_add(minutes * 60)?).ok()
}

/// One entry of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    /// Git's mode.
    pub(crate) mode: u32,
    /// Any bytes but `/` and NUL.
    pub(crate) name: &'a [u8],
    /// The object.
    pub(crate) id: &'a oid,
}

impl Entry<'_> {
    /// Whether it is another tree.
    pub(crate) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }
}

/// The entries of a tree, in its own order. Ends early where the bytes make no sense.
pub(crate) struct Entries<'a> {
    data: &'a [u8],
    id_length: usize,
}

impl<'a> Entries<'a> {
    /// Starts at the first entry.
    pub(crate) fn new(data: &'a [u8], format: ObjectFormat) -> Self {
        Self { data, id_length: format.byte_len() }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;
    fn next(&mut self) -> Option<Entry<'a>> {
        let space = self.data.iter().take(8).position(|byte| *byte == b' ')?;
        let mut mode = 0_u32;
        for digit in self.data.get(..space)? {
            mode = mode * 8 + u32::from(digit.checked_sub(b'0').filter(|digit| *digit < 8)?);
        }
        let rest = self.data.get(space + 1..)?;
        let end = memchr::memchr(0, rest)?;
        let id = oid::try_from_bytes(rest.get(end + 1..end + 1 + self.id_length)?).ok()?;
        self.data = rest.get(end + 1 + self.id_length..)?;
        Some(Entry { mode, name: rest.get(..end)?, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

    fn read(line: &str) -> (String, String, i64, i32) {
        let person = identity(line.as_bytes(), |bytes| String::from_utf8_lossy(bytes).into_owned());
        (person.name, person.email, person.at.unix_timestamp(), person.at.offset().whole_seconds())
    }

    #[test]
    fn reads_identities_however_broken() {
        assert_eq!(read("A B <a@b> 12 +0130"), ("A B".into(), "a@b".into(), 12, 5400));
        assert_eq!(read("A <a> 12 -0800"), ("A".into(), "a".into(), 12, -28_800));
        assert_eq!(read("A <x<y>> 5 +0000").1, "x<y>");
        assert_eq!(read("A"), ("A".into(), String::new(), 0, 0));
        assert_eq!(read(""), (String::new(), String::new(), 0, 0));
        assert_eq!(read("A <a> 99999999999999999999 +0000").2, 0);
        assert_eq!(read("A <a> 9223372036854775807 +9999").2, 0);
    }

    #[test]
    fn reads_the_links_of_a_commit() {
        let parent = "1".repeat(40);
        let text = format!(
            "tree {TREE}\nparent {parent}\nauthor A <a> 1 +0000\ncommitter C <c> 7 +0000\n\nparent x"
        );
        let node = Node::parse(text.as_bytes(), ObjectFormat::Sha1).unwrap();
        assert_eq!((node.parents.len(), node.time, node.tree.to_string()), (1, 7, TREE.into()));
        for bad in ["", "\n", "author x", "tree 12\n", "tree zz"] {
            assert!(Node::parse(bad.as_bytes(), ObjectFormat::Sha1).is_err(), "{bad}");
        }
        assert!(Node::parse(text.as_bytes(), ObjectFormat::Sha256).is_err());
        assert_eq!(message(text.as_bytes()), b"parent x");
    }

    #[test]
    fn splits_a_tag_from_its_signature() {
        let text = format!(
            "object {TREE}\ntype tree\ntag v1\ntagger A <a> 1 +0000\n\nWords\n-----BEGIN SSH SIGNATURE-----\nx\n"
        );
        let tag = Tag::parse(text.as_bytes(), ObjectFormat::Sha1).unwrap();
        assert_eq!((tag.message, tag.signature), (&b"Words\n"[..], Some(SignatureKind::Ssh)));
        assert!(Tag::parse(b"tag x\n", ObjectFormat::Sha1).is_err());
    }

    #[test]
    fn never_reads_past_a_broken_tree() {
        let mut tree = b"100644 a\0".to_vec();
        tree.extend([7; 20]);
        let whole = tree.clone();
        tree.extend(b"40000 b\0short");
        let entries: Vec<_> =
            Entries::new(&tree, ObjectFormat::Sha1).map(|entry| entry.name.to_vec()).collect();
        assert_eq!(entries, [b"a".to_vec()]);
        for cut in 0..whole.len() {
            assert_eq!(Entries::new(&whole[..cut], ObjectFormat::Sha1).count(), 0, "{cut}");
        }
    }
}
