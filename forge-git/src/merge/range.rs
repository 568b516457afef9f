//! The commits that one branch has and another has not, and what is in them.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use forge_core::code::{Contributor, LeftOut};
use forge_core::{FilePath, ObjectId};

use crate::browse::{Browser, Budget, DiffOptions};
use crate::hash::{self, IdSet};
use crate::{Cancel, Error, Result};

/// Commits of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRange {
    /// A part of them, newest first; none comes before what was built on it.
    pub commits: Vec<ObjectId>,
    /// How many there are in all.
    pub total: usize,
}

impl Browser {
    /// Whether `descendant` was built on `ancestor`, or is it.
    pub fn is_ancestor(
        &self,
        ancestor: &ObjectId,
        descendant: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<bool> {
        let found = self.parting(ancestor, descendant, budget, cancel)?;
        // What is known of a part of the history already tells the one answer, but not the other.
        if !found.counts.complete && found.counts.ahead == 0 {
            return Err(too_long(budget));
        }
        Ok(found.counts.ahead == 0)
    }

    /// The commits that `head` has and `base` has not: those of a part, by its places from the newest.
    pub fn commits_between(
        &self,
        base: &ObjectId,
        head: &ObjectId,
        part: Range<usize>,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<CommitRange> {
        let commits = self.only_in(head, base, budget, cancel)?;
        let total = commits.len();
        let part = commits.iter().skip(part.start).take(part.len());
        let commits = part.map(|id| hash::from_gix(id)).collect::<Result<_>>()?;
        Ok(CommitRange { commits, total })
    }

    /// The commits that `head` has and `base` has not, in the order of git's `--topo-order`.
    pub(crate) fn only_in(
        &self,
        head: &ObjectId,
        base: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<Vec<gix_hash::ObjectId>> {
        let found = self.parting(head, base, budget, cancel)?;
        if !found.counts.complete {
            return Err(too_long(budget));
        }
        let inside: IdSet = found.only_first().collect();
        let mut children: HashMap<gix_hash::ObjectId, usize> = HashMap::new();
        for id in &inside {
            for parent in &self.node(id)?.parents {
                *children.entry(*parent).or_default() += 1;
            }
        }
        let head = hash::to_gix(head);
        let mut waiting = if inside.contains(&head) { vec![head] } else { Vec::new() };
        let mut ordered = Vec::with_capacity(inside.len());
        while let Some(id) = waiting.pop() {
            ordered.push(id);
            for parent in &self.node(&id)?.parents {
                let Some(left) = children.get_mut(parent) else { continue };
                *left = left.saturating_sub(1);
                if *left == 0 && inside.contains(parent) {
                    waiting.push(*parent);
                }
            }
        }
        Ok(ordered)
    }

    /// Every path that differs between two commits, under its old name and its new one, and what could not be looked at.
    pub fn touched_paths(
        &self,
        base: &ObjectId,
        head: &ObjectId,
        options: &DiffOptions,
        cancel: &Cancel,
    ) -> Result<(BTreeSet<FilePath>, LeftOut)> {
        let options = DiffOptions { contents: false, ..options.clone() };
        let diff = self.diff_between(base, head, &options, cancel)?;
        let sides = diff.files.into_iter().flat_map(|file| [file.old, file.new]);
        Ok((sides.flatten().map(|side| side.path).collect(), diff.left_out))
    }

    /// Everybody who is named as author or co-author in the commits that `head` has and `base` has not, each once.
    ///
    /// Nobody checked these names: anyone can write any name into a commit.
    pub fn contributors(
        &self,
        base: &ObjectId,
        head: &ObjectId,
        limit: usize,
        budget: Budget,
        cancel: &Cancel,
    ) -> Result<Vec<Contributor>> {
        let commits = self.only_in(head, base, budget, cancel)?;
        crate::limits::check(
            commits.len(),
            u64::try_from(limit).unwrap_or(u64::MAX),
            "the number of commits",
        )?;
        let mut everybody = BTreeSet::new();
        for id in commits {
            cancel.check()?;
            let commit = self.commit(&hash::from_gix(&id)?)?;
            let author = Contributor { name: commit.author.name.clone(), email: commit.author.email.clone() };
            everybody.insert(author);
            everybody.extend(Contributor::co_authors(&commit.text));
        }
        Ok(everybody.into_iter().collect())
    }
}

fn too_long(budget: Budget) -> Error {
    Error::TooLarge { what: "the history between the two commits", limit: budget.objects }
}
