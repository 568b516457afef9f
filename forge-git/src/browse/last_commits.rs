//! Which commit last changed each entry of a directory: the dearest column of the dearest page.
//!
//! One walk, newest first. Every entry is carried by exactly one commit: the one in which it is known to be as it is now. A commit
//! hands an entry on to the first parent that has it the same; what no parent has the same was changed here. A parent whose
//! whole directory is the same takes everything without a look inside, so most commits cost nothing but their own header.
//!
//! The answer is true of (commit, directory) for ever. An answer for an older commit is where the walk may stop.

use std::collections::HashMap;

use forge_core::code::{CommitSummary, LastCommit, LastCommits};
use forge_core::{FilePath, ObjectId};

use super::parse::Entries;
use super::path::{Found, Lookup, TREE_MODE};
use super::walk::Queue;
use super::{Browser, Budget};
use crate::hash::IdMap;
use crate::{Cancel, Result, hash};

/// The entries that a commit carries, by their place in the directory, and the directory's tree there.
struct Load {
    tree: gix_hash::ObjectId,
    entries: Vec<usize>,
}

impl Browser {
    /// The last commit of each entry of a directory.
    ///
    /// `earlier`, an answer for the same directory at an ancestor, saves the walk beyond that commit. Answers that are
    /// not complete serve too.
    pub fn last_commits(
        &self,
        commit: &ObjectId,
        directory: &FilePath,
        earlier: Option<&LastCommits>,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<LastCommits> {
        let start = hash::to_gix(commit);
        let tree = self.directory(&start, directory)?;
        let data = self.tree_bytes(&tree)?;
        let entries: Vec<(&[u8], Found)> = Entries::new(&data, self.format())
            .map(|entry| (entry.name, (entry.mode, entry.id.to_owned())))
            .collect();
        let places: HashMap<&[u8], usize> =
            entries.iter().enumerate().map(|(at, entry)| (entry.0, at)).collect();
        let earlier = earlier.filter(|earlier| earlier.path == *directory);
        let mut walk = Walk {
            browser: self,
            lookup: Lookup::new(self, directory),
            entries: &entries,
            places: &places,
            earlier: earlier.map(|earlier| (hash::to_gix(&earlier.commit), by_name(earlier))),
            found: vec![None; entries.len()],
            loads: IdMap::default(),
            queue: Queue::default(),
        };
        walk.hand_on(start, tree, (0..entries.len()).collect())?;
        let mut meter = budget.start(cancel);
        let mut complete = true;
        while let Some(id) = walk.queue.pop() {
            if !meter.spend()? {
                complete = false;
                break;
            }
            walk.visit(&id)?;
        }
        let found = walk.found;
        let entries =
            entries.iter().zip(found).map(|((name, _), commit)| LastCommit { name: name.to_vec(), commit });
        Ok(LastCommits {
            commit: *commit,
            path: directory.clone(),
            tree: hash::from_gix(&tree)?,
            entries: entries.collect(),
            complete,
        })
    }
}

fn by_name(earlier: &LastCommits) -> HashMap<&[u8], &CommitSummary> {
    let known = earlier.entries.iter();
    known.filter_map(|entry| Some((entry.name.as_slice(), entry.commit.as_ref()?))).collect()
}

struct Walk<'a> {
    browser: &'a Browser,
    lookup: Lookup<'a>,
    entries: &'a [(&'a [u8], Found)],
    places: &'a HashMap<&'a [u8], usize>,
    earlier: Option<(gix_hash::ObjectId, HashMap<&'a [u8], &'a CommitSummary>)>,
    found: Vec<Option<CommitSummary>>,
    loads: IdMap<Load>,
    queue: Queue,
}

impl Walk<'_> {
    /// Gives a commit entries to carry; what the earlier answer knows is settled at once.
    fn hand_on(
        &mut self,
        id: gix_hash::ObjectId,
        tree: gix_hash::ObjectId,
        mut entries: Vec<usize>,
    ) -> Result<()> {
        if let Some((commit, known)) = &self.earlier
            && *commit == id
        {
            entries.retain(|at| {
                let answer = self.entries.get(*at).and_then(|entry| known.get(entry.0));
                if let (Some(answer), Some(place)) = (answer, self.found.get_mut(*at)) {
                    *place = Some((*answer).clone());
                }
                answer.is_none()
            });
        }
        if entries.is_empty() {
            return Ok(());
        }
        if let Some(load) = self.loads.get_mut(&id) {
            load.entries.extend(entries);
        } else {
            self.loads.insert(id, Load { tree, entries });
            self.queue.push(self.browser.node(&id)?.time, id);
        }
        Ok(())
    }

    fn visit(&mut self, id: &gix_hash::ObjectId) -> Result<()> {
        let Some(Load { tree, mut entries }) = self.loads.remove(id) else { return Ok(()) };
        let node = self.browser.node(id)?;
        for parent in &node.parents {
            let root = self.browser.node(parent)?.tree;
            let Some((TREE_MODE, there)) = self.lookup.find(&root)? else { continue };
            if there == tree {
                return self.hand_on(*parent, there, entries);
            }
            let same = self.same_in(&there)?;
            let (taken, left) = entries.into_iter().partition(|at| same.get(*at).copied().unwrap_or(false));
            entries = left;
            self.hand_on(*parent, there, taken)?;
            if entries.is_empty() {
                return Ok(());
            }
        }
        let summary = self.browser.commit_summary(&hash::from_gix(id)?)?;
        for at in entries {
            if let Some(place) = self.found.get_mut(at) {
                *place = Some(summary.clone());
            }
        }
        Ok(())
    }

    /// Which entries another version of the directory has as they are now.
    fn same_in(&self, tree: &gix_hash::ObjectId) -> Result<Vec<bool>> {
        let data = self.browser.tree_bytes(tree)?;
        let mut same = vec![false; self.entries.len()];
        let mut expected = 0;
        for entry in Entries::new(&data, self.browser.format()) {
            // Most entries stand one behind the other in both versions: the map is for the others.
            let guess = self.entries.get(expected).filter(|(name, _)| *name == entry.name).map(|_| expected);
            let Some(at) = guess.or_else(|| self.places.get(entry.name).copied()) else { continue };
            expected = at + 1;
            if let (Some((_, (mode, id))), Some(same)) = (self.entries.get(at), same.get_mut(at)) {
                *same = *mode == entry.mode && **id == *entry.id;
            }
        }
        Ok(same)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use forge_core::ObjectFormat;

    use super::*;
    use crate::browse::log::tests::tangled;
    use crate::browse::testing::{Repo, path};

    fn answer(repo: &Repo, head: &ObjectId, at: &str, earlier: Option<&LastCommits>) -> LastCommits {
        repo.browser().last_commits(head, &path(at), earlier, Budget::BACKGROUND, &Cancel::new()).unwrap()
    }

    #[test]
    fn agrees_with_a_log_of_each_entry() {
        for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
            let repo = Repo::new(format);
            let head = tangled(&repo);
            for at in ["", "dir"] {
                let found = answer(&repo, &head, at, None);
                assert!(found.complete && !found.entries.is_empty());
                for entry in &found.entries {
                    let name = path(at).join(&entry.name).unwrap().to_text();
                    let expected = repo.git(&["log", "-1", "--format=%H", "--", &name]);
                    assert_eq!(entry.commit.as_ref().unwrap().id.to_string(), expected, "{name}");
                }
            }
            let newest = repo.git(&["log", "-1", "--format=%H", "--", "dir"]);
            assert_eq!(answer(&repo, &head, "dir", None).newest().unwrap().id.to_string(), newest);
        }
    }

    #[test]
    fn an_earlier_answer_gives_the_same_for_less() {
        let repo = Repo::new(ObjectFormat::Sha1);
        let old = tangled(&repo);
        let earlier = answer(&repo, &old, "", None);
        repo.commit("dir/b.txt", b"6\n", "b6");
        let head = repo.commit("new.txt", b"1\n", "new");
        let whole = answer(&repo, &head, "", None);
        assert_eq!(answer(&repo, &head, "", Some(&earlier)), whole);
        let little = Budget { objects: 2, time: Duration::from_mins(1) };
        let ask =
            |earlier| repo.browser().last_commits(&head, &path(""), earlier, little, &Cancel::new()).unwrap();
        assert_eq!(ask(Some(&earlier)), whole);
        let partial = ask(None);
        assert!(!partial.complete && partial.entries.iter().any(|entry| entry.commit.is_none()));
        assert_eq!(partial.of(b"new.txt").unwrap().id, head);
        // What is half known helps as far as it goes.
        assert_eq!(answer(&repo, &head, "", Some(&partial)), whole);
        assert_eq!(answer(&repo, &head, "dir", Some(&earlier)), answer(&repo, &head, "dir", None));
    }
}
