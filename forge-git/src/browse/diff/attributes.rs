//! What `.gitattributes` files say about changed files: whether people read them.
//!
//! They are read from the tree that is shown, in the directories of the files that changed and in those above, as git does, and only for
//! `linguist-generated`. Where they say nothing the name of a file decides.

use std::collections::BTreeSet;

use forge_core::FilePath;
use forge_core::code::language::is_generated;
use gix::attrs::StateRef;
use gix_hash::ObjectId;

use crate::Result;
use crate::browse::Browser;
use crate::browse::attributes::{Attributes, FILE};
use crate::browse::budget::Meter;

/// The attribute.
const GENERATED: &[&str] = &["linguist-generated"];
/// Directories in which is looked.
const MAX_DIRECTORIES: usize = 1_000;

/// Which of some files people read.
pub(super) struct Generated(Attributes);

impl Browser {
    /// Reads the attributes that may speak of these files. What a spent budget leaves unread says nothing.
    pub(super) fn generated<'a>(
        &self,
        tree: Option<ObjectId>,
        files: impl Iterator<Item = &'a FilePath>,
        meter: &mut Meter<'_>,
    ) -> Result<Generated> {
        let mut attributes = Attributes::new(GENERATED);
        let Some(tree) = tree else { return Ok(Generated(attributes)) };
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
            let Ok(path) = directory.join(FILE) else { continue };
            if !meter.spend()? {
                break;
            }
            let Some((mode, id)) = self.entry_at(&tree, &path)? else { continue };
            if let Some(rules) = self.attribute_rules(mode, &id)? {
                attributes.add(&directory, &rules)?;
            }
        }
        Ok(Generated(attributes))
    }
}

impl Generated {
    /// Whether a file is of a kind that people do not read.
    pub(super) fn is_generated(&mut self, path: &FilePath) -> bool {
        let said = self.0.states(path, false).next().and_then(|state| match state {
            StateRef::Set => Some(true),
            StateRef::Unset => Some(false),
            StateRef::Value(value) => Some(value.as_bstr() != "false"),
            StateRef::Unspecified => None,
        });
        said.unwrap_or_else(|| is_generated(path))
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
