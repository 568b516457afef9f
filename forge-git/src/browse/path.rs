//! From a path to what is there.

use std::collections::HashMap;

use forge_core::FilePath;
use gix_hash::ObjectId;

use super::Browser;
use super::parse::Entries;
use crate::{Error, Result};

/// What a path leads to: git's mode and the object.
pub(crate) type Found = (u32, ObjectId);

/// The mode of a directory.
pub(super) const TREE_MODE: u32 = 0o040_000;

impl Browser {
    /// What is at a path below a tree; nothing if there is nothing.
    pub(crate) fn entry_at(&self, root: &ObjectId, path: &FilePath) -> Result<Option<Found>> {
        let mut found = (TREE_MODE, *root);
        for part in path.parts() {
            if found.0 & 0o170_000 != TREE_MODE {
                return Ok(None);
            }
            match self.entry_in(&found.1, part)? {
                Some(next) => found = next,
                None => return Ok(None),
            }
        }
        Ok(Some(found))
    }

    /// The entry of that name in one tree.
    fn entry_in(&self, tree: &ObjectId, name: &[u8]) -> Result<Option<Found>> {
        let data = self.tree_bytes(tree)?;
        let entry = Entries::new(&data, self.format()).find(|entry| entry.name == name);
        Ok(entry.map(|entry| (entry.mode, entry.id.to_owned())))
    }

    /// The tree of a directory at a commit.
    pub(super) fn directory(&self, commit: &ObjectId, path: &FilePath) -> Result<ObjectId> {
        match self.entry_at(&self.node(commit)?.tree, path)? {
            Some((mode, id)) if mode & 0o170_000 == TREE_MODE => Ok(id),
            _ => Err(not_found(path)),
        }
    }
}

/// The path is not there.
pub(super) fn not_found(path: &FilePath) -> Error {
    Error::NotFound(format!("the path {path}"))
}

/// Looks one path up in many versions of a tree, and reads no directory twice.
pub(super) struct Lookup<'a> {
    browser: &'a Browser,
    path: &'a FilePath,
    seen: HashMap<(usize, ObjectId), Option<Found>>,
}

/// Directories that one look-up remembers.
const REMEMBERED: usize = 200_000;

impl<'a> Lookup<'a> {
    /// Starts with an empty memory.
    pub(super) fn new(browser: &'a Browser, path: &'a FilePath) -> Self {
        Self { browser, path, seen: HashMap::new() }
    }

    /// What is at the path below this root.
    pub(super) fn find(&mut self, root: &ObjectId) -> Result<Option<Found>> {
        let mut trail = Vec::new();
        let mut found = Some((TREE_MODE, *root));
        for (depth, part) in self.path.parts().enumerate() {
            let Some((mode, tree)) = found else { break };
            if mode & 0o170_000 != TREE_MODE {
                found = None;
                break;
            }
            if let Some(known) = self.seen.get(&(depth, tree)) {
                found = *known;
                break;
            }
            trail.push((depth, tree));
            found = self.browser.entry_in(&tree, part)?;
        }
        if self.seen.len() > REMEMBERED {
            self.seen.clear();
        }
        // Each directory on the way leads to the same end.
        self.seen.extend(trail.into_iter().map(|key| (key, found)));
        Ok(found)
    }
}
