//! How much of a tree is written in which language.

use std::collections::HashMap;

use forge_core::code::language::{is_generated, is_not_counted_directory};
use forge_core::code::{EntryKind, Language, LanguageBytes, LanguageShares};
use forge_core::{FilePath, ObjectId};

use super::parse::Entries;
use super::{Browser, Budget};
use crate::{Cancel, Result, hash};

impl Browser {
    /// Bytes by language, by the names and sizes of files; no content is read.
    ///
    /// What others wrote, what tools wrote, documentation, data and prose do not count. True of the tree for ever.
    pub fn languages(&self, commit: &ObjectId, budget: Budget, cancel: &Cancel) -> Result<LanguageShares> {
        let mut meter = budget.start(cancel);
        let mut sums: HashMap<&'static str, LanguageBytes> = HashMap::new();
        let mut complete = true;
        let mut waiting = vec![(FilePath::root(), self.node(&hash::to_gix(commit))?.tree)];
        'walk: while let Some((directory, tree)) = waiting.pop() {
            let data = self.tree_bytes(&tree)?;
            for entry in Entries::new(&data, self.format()) {
                let Ok(path) = directory.join(entry.name) else { continue };
                if entry.is_tree() {
                    if !is_not_counted_directory(entry.name) {
                        waiting.push((path, entry.id.to_owned()));
                    }
                    continue;
                }
                let is_file = EntryKind::of_mode(entry.mode).is_some_and(EntryKind::is_file);
                let language = Language::of_path(&path).filter(|language| is_file && language.is_counted());
                let Some(language) = language.filter(|_| !is_generated(&path)) else { continue };
                if !meter.spend()? {
                    complete = false;
                    break 'walk;
                }
                let size = self.header(entry.id)?.map_or(0, |(_, size)| size);
                let sum = sums.entry(language.name).or_insert(LanguageBytes { language, bytes: 0, files: 0 });
                sum.bytes = sum.bytes.saturating_add(size);
                sum.files += 1;
            }
        }
        let mut languages: Vec<_> = sums.into_values().filter(|sum| sum.bytes > 0).collect();
        languages.sort_by(|a, b| b.bytes.cmp(&a.bytes).then(a.language.name.cmp(b.language.name)));
        Ok(LanguageShares { languages, complete })
    }
}

#[cfg(test)]
mod tests {
    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::testing::Repo;

    #[test]
    fn counts_what_people_here_wrote() {
        let repo = Repo::new(ObjectFormat::Sha1);
        for (name, size) in [
            ("R/beds.R", 300),
            ("sql/a b.sql", 200),
            ("x.py", 100),
            ("sql/deep/er.sql", 50),
            ("README.md", 900),
            ("data.csv", 900),
            ("renv/activate.R", 900),
            ("docs/x.js", 900),
            ("renv.lock", 900),
            ("jquery.min.js", 900),
            ("empty.jl", 0),
        ] {
            repo.write(name, &vec![b'x'; size]);
        }
        repo.symlink("link.py", "x.py");
        let head = repo.commit_all("Files");
        let shares = repo.browser().languages(&head, Budget::PAGE, &Cancel::new()).unwrap();
        let seen: Vec<_> = shares.languages.iter().map(|s| (s.language.name, s.bytes, s.files)).collect();
        assert_eq!(seen, [("R", 300, 1), ("SQL", 250, 2), ("Python", 100, 1)]);
        assert!(shares.complete && shares.total() == 650);
        let little = Budget { objects: 1, ..Budget::PAGE };
        assert!(!repo.browser().languages(&head, little, &Cancel::new()).unwrap().complete);
    }
}
