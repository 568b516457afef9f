//! Which files differ between two trees: both are read side by side, and what has one id on both sides is never opened.

use forge_core::FilePath;
use forge_core::code::EntryKind;
use gix_hash::ObjectId;

use super::{FileChange, Side};
use crate::Result;
use crate::browse::Browser;
use crate::browse::budget::Meter;
use crate::browse::parse::{Entries, Entry};

/// Changed files that are counted at most. More are not a difference that people read.
const MAX_CHANGES: usize = 100_000;

/// The files that differ.
pub(crate) struct Found {
    /// In path order.
    pub(crate) changes: Vec<FileChange>,
    /// False when there are more.
    pub(crate) complete: bool,
}

impl Browser {
    /// Compares two trees down to their files.
    pub(crate) fn changed_files(
        &self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        meter: &mut Meter<'_>,
    ) -> Result<Found> {
        let mut changes = Vec::new();
        let mut complete = true;
        let mut waiting = if old == new { Vec::new() } else { vec![(FilePath::root(), old, new)] };
        while let Some((directory, old, new)) = waiting.pop() {
            if changes.len() >= MAX_CHANGES || !meter.spend()? {
                complete = false;
                break;
            }
            let read = |id: Option<ObjectId>| id.map_or_else(|| Ok(Vec::new()), |id| self.tree_bytes(&id));
            let (old, new) = (read(old)?, read(new)?);
            self.pairs(&old, &new, |old, new| {
                let Some(name) = old.or(new).map(|entry| entry.name) else { return };
                // Deeper than a path may be: nothing of it can be shown.
                let Ok(path) = directory.join(name) else { return };
                let tree =
                    |entry: Option<Entry<'_>>| entry.filter(Entry::is_tree).map(|entry| entry.id.to_owned());
                let file = |entry: Option<Entry<'_>>| {
                    let entry = entry.filter(|entry| !entry.is_tree())?;
                    Some(Side {
                        path: path.clone(),
                        kind: EntryKind::of_mode(entry.mode)?,
                        id: entry.id.to_owned(),
                    })
                };
                let (old_file, new_file) = (file(old), file(new));
                if old_file != new_file {
                    changes.push(FileChange { old: old_file, new: new_file, similarity: None });
                }
                let (old_tree, new_tree) = (tree(old), tree(new));
                if old_tree != new_tree {
                    waiting.push((path.clone(), old_tree, new_tree));
                }
            });
        }
        changes.sort_by(|a, b| a.path().cmp(&b.path()));
        Ok(Found { changes, complete })
    }

    /// Hands over the entries of two trees name by name.
    fn pairs<'a>(
        &self,
        old: &'a [u8],
        new: &'a [u8],
        mut each: impl FnMut(Option<Entry<'a>>, Option<Entry<'a>>),
    ) {
        let sorted = |data| {
            let mut entries: Vec<Entry<'a>> = Entries::new(data, self.format()).collect();
            entries.sort_by(|a, b| a.name.cmp(b.name));
            entries
        };
        let (old, new) = (sorted(old), sorted(new));
        let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) => a.name.cmp(b.name),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => return,
            };
            let a = if order.is_le() { old.next() } else { None };
            let b = if order.is_ge() { new.next() } else { None };
            if a != b {
                each(a, b);
            }
        }
    }
}
