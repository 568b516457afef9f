//! Attributes of files, as `.gitattributes` files of a tree give them.
//!
//! Rules are read in the order in which they stand: from the top down, and what stands deeper counts more. Nothing outside of what is
//! handed in has a say: no settings, no file of the server.

use std::path::{Path, PathBuf};

use forge_core::FilePath;
use forge_core::code::EntryKind;
use gix::attrs::search::{MetadataCollection, Outcome};
use gix::attrs::{Search, StateRef};
use gix::bstr::BStr;
use gix::glob::pattern::Case;
use gix_object::Kind;

use super::Browser;
use crate::Result;

/// The name of the files.
pub(super) const FILE: &[u8] = b".gitattributes";
/// Bytes of one file of attributes. Larger ones are not looked at.
const MAX_FILE: u64 = 256 << 10;

/// The rules read so far, for a few attributes.
pub(super) struct Attributes {
    wanted: &'static [&'static str],
    /// Rules that stand in no tree and count more than those that do.
    above: Search,
    search: Search,
    names: MetadataCollection,
    outcome: Outcome,
}

impl Attributes {
    /// No rule yet.
    pub(super) fn new(wanted: &'static [&'static str]) -> Self {
        Self {
            wanted,
            above: Search::default(),
            search: Search::default(),
            names: MetadataCollection::default(),
            outcome: Outcome::default(),
        }
    }

    /// Adds rules that count more than all files of the tree.
    pub(super) fn add_above(&mut self, rules: &[u8]) -> Result<()> {
        self.above.add_patterns_buffer(rules, PathBuf::from("info"), None, &mut self.names, true)?;
        self.select();
        Ok(())
    }

    /// Adds the file of a directory; those of the directories above it must have come before.
    pub(super) fn add(&mut self, directory: &FilePath, rules: &[u8]) -> Result<()> {
        let Ok(file) = directory.join(FILE) else { return Ok(()) };
        let source = gix::path::from_byte_slice(file.as_bytes())?.to_owned();
        // Only the file at the top gives names to groups of attributes.
        let is_top = directory.is_root();
        self.search.add_patterns_buffer(rules, source, Some(Path::new("")), &mut self.names, is_top)?;
        self.select();
        Ok(())
    }

    /// Forgets the file that was added last.
    pub(super) fn drop_last(&mut self) {
        self.search.pop_pattern_list();
    }

    /// What the rules say of a path, in the order of the attributes asked for.
    pub(super) fn states(
        &mut self,
        path: &FilePath,
        is_directory: bool,
    ) -> impl Iterator<Item = StateRef<'_>> {
        self.outcome.reset();
        let name = BStr::new(path.as_bytes());
        for search in [&self.above, &self.search] {
            if self.outcome.is_done() {
                break;
            }
            let (case, is_directory) = (Case::Sensitive, Some(is_directory));
            search.pattern_matching_relative_path(name, case, is_directory, &mut self.outcome);
        }
        self.outcome.iter_selected().map(|found| found.assignment.state)
    }

    /// Groups of attributes may have come with the last rules.
    fn select(&mut self) {
        self.outcome = Outcome::default();
        self.outcome.initialize_with_selection(&self.names, self.wanted);
    }
}

impl Browser {
    /// The rules in a file of attributes; nothing if it is no file, or too large to be looked at.
    pub(super) fn attribute_rules(&self, mode: u32, id: &gix_hash::oid) -> Result<Option<Vec<u8>>> {
        let is_small = self.header(id)?.is_some_and(|(_, size)| size <= MAX_FILE);
        if !EntryKind::of_mode(mode).is_some_and(EntryKind::is_file) || !is_small {
            return Ok(None);
        }
        self.read(id, Kind::Blob, MAX_FILE).map(Some)
    }
}
