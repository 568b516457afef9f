//! What `.gitattributes` files say about changed files: whether people read them.
//!
//! They are read from the tree that is shown, in the directories of the files that changed and in those above, as git does, and only for
//! `linguist-generated`. Where they say nothing the name of a file decides.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use forge_core::FilePath;
use forge_core::code::EntryKind;
use forge_core::code::language::is_generated;
use gix::attrs::search::{MetadataCollection, Outcome};
use gix::attrs::{Search, StateRef};
use gix::bstr::BStr;
use gix::glob::pattern::Case;
use gix_hash::ObjectId;
use gix_object::Kind;

use crate::Result;
use crate::browse::Browser;
use crate::browse::budget::Meter;

/// The attribute.
const GENERATED: &str = "linguist-generated";
/// Bytes of one file of attributes. Larger ones are not looked at.
const MAX_FILE: u64 = 256 << 10;
/// Directories in which is looked.
const MAX_DIRECTORIES: usize = 1_000;

/// The attributes of one tree, as far as they were needed.
#[derive(Default)]
pub(super) struct Attributes {
    search: Search,
    names: MetadataCollection,
    outcome: Outcome,
}

impl Browser {
    /// Reads the attributes that may speak of these files. What a spent budget leaves unread says nothing.
    pub(super) fn attributes<'a>(
        &self,
        tree: Option<ObjectId>,
        files: impl Iterator<Item = &'a FilePath>,
        meter: &mut Meter<'_>,
    ) -> Result<Attributes> {
        let mut attributes = Attributes::default();
        let Some(tree) = tree else { return Ok(attributes) };
        let mut directories = BTreeSet::new();
        for file in files {
            let mut directory = file.parent();
            while let Some(path) = directory {
                directory = path.parent();
                if directories.len() >= MAX_DIRECTORIES || !directories.insert(path) {
                    break;
                }
            }
        }
        // What stands deeper is read later and counts more.
        for directory in directories {
            let Ok(path) = directory.join(b".gitattributes") else { continue };
            let Ok(name) = std::str::from_utf8(path.as_bytes()) else { continue };
            if !meter.spend()? {
                break;
            }
            let Some((mode, id)) = self.entry_at(&tree, &path)? else { continue };
            let is_small = self.header(&id)?.is_some_and(|(_, size)| size <= MAX_FILE);
            if !EntryKind::of_mode(mode).is_some_and(EntryKind::is_file) || !is_small {
                continue;
            }
            let content = self.read(&id, Kind::Blob, MAX_FILE)?;
            let (source, root) = (PathBuf::from(name), Some(Path::new("")));
            let is_top = directory.is_root();
            attributes.search.add_patterns_buffer(&content, source, root, &mut attributes.names, is_top)?;
        }
        attributes.outcome.initialize_with_selection(&attributes.names, [GENERATED]);
        Ok(attributes)
    }
}

impl Attributes {
    /// Whether a file is of a kind that people do not read.
    pub(super) fn is_generated(&mut self, path: &FilePath) -> bool {
        self.outcome.reset();
        let name = BStr::new(path.as_bytes());
        self.search.pattern_matching_relative_path(name, Case::Sensitive, Some(false), &mut self.outcome);
        let found = self.outcome.iter_selected().next().map(|found| match found.assignment.state {
            StateRef::Set => Some(true),
            StateRef::Unset => Some(false),
            StateRef::Value(value) => Some(value.as_bstr() != "false"),
            StateRef::Unspecified => None,
        });
        found.flatten().unwrap_or_else(|| is_generated(path))
    }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;

    use crate::Cancel;
    use crate::browse::DiffOptions;
    use crate::browse::testing::Repo;

    #[test]
    fn attributes_of_the_tree_say_what_is_generated() {
        let repo = Repo::new(ObjectFormat::Sha1);
        repo.write(".gitattributes", b"*.gen linguist-generated\n/api/** linguist-generated=true\npackage-lock.json -linguist-generated\n[attr]made linguist-generated\n*.made made\n");
        repo.write(
            "sub/.gitattributes",
            b"keep.gen -linguist-generated\nlocal.txt linguist-generated\n/deep/*.x linguist-generated\n",
        );
        repo.write("other/.gitattributes", &vec![b'x'; 300 << 10]);
        let names = [
            ("a.gen", true),
            ("api/x/y.rs", true),
            ("src/api/y.rs", false),
            ("package-lock.json", false),
            ("renv.lock", true),
            ("b.made", true),
            ("sub/keep.gen", false),
            ("sub/more.gen", true),
            ("sub/local.txt", true),
            ("local.txt", false),
            ("sub/deep/a.x", true),
            ("other/a.gen", true),
        ];
        for (name, _) in names {
            repo.write(name, b"1\n");
        }
        let head = repo.commit_all("Files");
        let diff = repo.browser().diff(&head, &DiffOptions::default(), &Cancel::new()).unwrap();
        for (name, expected) in names {
            let git = repo.git(&["check-attr", "linguist-generated", name]);
            let file = diff.files.iter().find(|file| file.path().unwrap().to_text() == name).unwrap();
            assert_eq!(file.is_generated, expected, "{name}: {git}");
        }
    }
}
