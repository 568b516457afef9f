//! Holding directories against each other, entry by entry.

use std::cmp::Ordering;

use crate::Result;
use crate::objects::{EntryKind, TreeEntries, TreeEntry};

pub(super) type Entries<'a> = TreeEntries<'a>;

/// Goes along a directory in step with another.
pub(super) struct Cursor<'a> {
    entries: TreeEntries<'a>,
    next: Option<TreeEntry<'a>>,
    is_started: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8], kind: gix_hash::Kind) -> Self {
        Self { entries: TreeEntries::new(bytes, kind), next: None, is_started: false }
    }

    /// Passes over what comes before the entry that `order` compares with; returns the one that is equal, if there is one.
    pub(super) fn advance(
        &mut self,
        order: impl Fn(&TreeEntry<'a>) -> Ordering,
    ) -> Result<Option<TreeEntry<'a>>> {
        if !self.is_started {
            self.is_started = true;
            self.next = self.entries.next().transpose()?;
        }
        while let Some(entry) = &self.next {
            match order(entry) {
                Ordering::Less => self.next = self.entries.next().transpose()?,
                Ordering::Equal => return Ok(self.next),
                Ordering::Greater => return Ok(None),
            }
        }
        Ok(None)
    }
}

/// Git's order of entries: names as bytes, directories as if a slash followed.
pub(super) fn compare(a: &TreeEntry<'_>, b: &TreeEntry<'_>) -> Ordering {
    let common = a.name.len().min(b.name.len());
    let (head, tail) = (a.name.split_at_checked(common), b.name.split_at_checked(common));
    let (Some((a_head, a_tail)), Some((b_head, b_tail))) = (head, tail) else { return Ordering::Equal };
    let next = |tail: &[u8], entry: &TreeEntry<'_>| match tail.first() {
        Some(byte) => *byte,
        None if entry.kind == EntryKind::Tree => b'/',
        None => 0,
    };
    a_head.cmp(b_head).then_with(|| next(a_tail, a).cmp(&next(b_tail, b))).then_with(|| {
        // Beyond the slash a name that goes on is another one.
        a_tail.len().cmp(&b_tail.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &'static str, kind: EntryKind) -> TreeEntry<'static> {
        const ID: [u8; 20] = [1; 20];
        TreeEntry { name: name.as_bytes(), id: gix_hash::oid::try_from_bytes(&ID).expect("an id"), kind }
    }

    #[test]
    fn directories_sort_as_if_a_slash_followed() {
        let (file, dir) = (EntryKind::Blob, EntryKind::Tree);
        let sorted = [
            entry("a", file),
            entry("a-b", file),
            entry("a.c", dir),
            entry("a", dir),
            entry("a0", file),
            entry("ab", file),
        ];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(compare(one, other), at.cmp(&other_at), "{:?} {:?}", one.name, other.name);
            }
        }
    }

    #[test]
    fn a_cursor_finds_what_is_there_and_skips_what_is_not() -> Result<()> {
        let mut bytes = Vec::new();
        for name in ["a", "c", "d"] {
            bytes.extend_from_slice(format!("100644 {name}\0").as_bytes());
            bytes.extend([1; 20]);
        }
        let mut cursor = Cursor::new(&bytes, gix_hash::Kind::Sha1);
        for (name, found) in [("a", true), ("b", false), ("d", true), ("e", false)] {
            let wanted = entry(name, EntryKind::Blob);
            assert_eq!(cursor.advance(|other| compare(other, &wanted))?.is_some(), found, "{name}");
        }
        Ok(())
    }
}
