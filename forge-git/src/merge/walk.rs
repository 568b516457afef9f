//! Which paths the two sides of a merge have to talk about: three trees are read side by side, and what is the same in all of them
//! is never opened.

use std::collections::BTreeMap;
use std::time::Duration;

use forge_core::code::EntryKind;
use gix_hash::ObjectId;

use super::MergeLimits;
use crate::browse::Browser;
use crate::browse::budget::Meter;
use crate::browse::parse::Entries;
use crate::{Error, Result};

/// What a tree has at a path that is no directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) kind: EntryKind,
    pub(super) id: ObjectId,
}

/// The places of the three trees wherever there are three of something.
pub(super) const BASE: usize = 0;
pub(super) const OURS: usize = 1;
pub(super) const THEIRS: usize = 2;

/// What the three trees have at a path.
pub(super) type Stages = [Option<Slot>; 3];

/// Directories that are deeper than this are refused: nobody makes them but to do harm.
const MAX_DEPTH: usize = 512;

impl Browser {
    /// Every path at which the three trees are not all the same.
    pub(super) fn differing_paths(
        &self,
        roots: [Option<ObjectId>; 3],
        limits: &MergeLimits,
        meter: &mut Meter<'_>,
    ) -> Result<BTreeMap<Vec<u8>, Stages>> {
        let mut paths = BTreeMap::new();
        let mut waiting = vec![(Vec::new(), 0, roots)];
        while let Some((directory, depth, trees)) = waiting.pop() {
            let [base, ours, theirs] = trees;
            if base == ours && ours == theirs {
                continue;
            }
            spend(meter, limits.time)?;
            if depth > MAX_DEPTH {
                return Err(too_large("the depth of directories", MAX_DEPTH));
            }
            for (name, entries) in self.side_by_side(trees)? {
                let mut path: Vec<u8> = directory.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
                let file = |slot: &Option<Slot>| slot.filter(|slot| slot.kind != EntryKind::Directory);
                let tree = |slot: &Option<Slot>| {
                    slot.filter(|slot| slot.kind == EntryKind::Directory).map(|slot| slot.id)
                };
                let (files, trees) = (entries.each_ref().map(file), entries.each_ref().map(tree));
                let [base, ours, theirs] = files;
                if base != ours || ours != theirs {
                    paths.insert(path.clone(), files);
                    if paths.len() > limits.files {
                        return Err(too_large("the number of files that differ", limits.files));
                    }
                }
                if trees.iter().any(Option::is_some) {
                    waiting.push((path, depth + 1, trees));
                }
            }
        }
        Ok(paths)
    }

    /// The entries of three trees by name.
    fn side_by_side(&self, trees: [Option<ObjectId>; 3]) -> Result<BTreeMap<Vec<u8>, Stages>> {
        let mut names: BTreeMap<Vec<u8>, Stages> = BTreeMap::new();
        for (side, tree) in trees.iter().enumerate() {
            let Some(tree) = tree else { continue };
            let data = self.tree_bytes(tree)?;
            for entry in Entries::new(&data, self.format()) {
                let kind = EntryKind::of_mode(entry.mode)
                    .ok_or_else(|| Error::corrupt(format!("tree {tree} has an entry of no known kind")))?;
                let stages = names.entry(entry.name.to_vec()).or_default();
                if let Some(stage) = stages.get_mut(side) {
                    *stage = Some(Slot { kind, id: entry.id.to_owned() });
                }
            }
        }
        Ok(names)
    }
}

/// Pays for one object; unlike a page, a merge is whole or nothing.
pub(super) fn spend(meter: &mut Meter<'_>, time: Duration) -> Result<()> {
    if meter.spend()? {
        return Ok(());
    }
    Err(Error::TooLarge { what: "the time for a merge, in seconds,", limit: time.as_secs() })
}

pub(super) fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge { what, limit: u64::try_from(limit).unwrap_or(u64::MAX) }
}
