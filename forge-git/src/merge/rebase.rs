//! A branch copied commit by commit onto another one.

use std::time::Instant;

use forge_core::ObjectId;
use forge_core::code::Identity;
use gix_object::Kind;

use super::{MergeError, MergeLimits};
use crate::browse::Browser;
use crate::{Cancel, hash};

/// What becomes of merge commits in a rebase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MergeCommits {
    /// They are a reason not to do it.
    Refuse,
    /// They are left out, as git does: the commits on both sides of them are copied one after the other.
    LeaveOut,
}

/// A commit of the branch and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RebasedCommit {
    /// The commit as it was.
    pub old: ObjectId,
    /// The commit as it is: the same where nothing had to be done, nothing if the target had its change already.
    pub new: Option<ObjectId>,
}

/// A branch that was rebased, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebased {
    /// The new tip.
    pub id: ObjectId,
    /// Its files.
    pub tree: ObjectId,
    /// Every object that may be new: blobs, then trees from the bottom up, then commits, parents first.
    pub objects: Vec<(Kind, Vec<u8>)>,
    /// What became of each commit, oldest first.
    pub commits: Vec<RebasedCommit>,
}

impl Browser {
    /// Copies the commits that `source` has and `target` has not onto `target`, oldest first.
    ///
    /// Authors and messages stay, byte for byte; the committer is given. A commit that stands on its new parent already is not copied,
    /// one whose change the target has already is dropped, one that was empty from the start stays.
    pub fn rebase(
        &self,
        target: &ObjectId,
        source: &ObjectId,
        merges: MergeCommits,
        committer: &Identity,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<Rebased, MergeError> {
        let started = Instant::now();
        let mut commits = self.only_in(source, target, limits.budget(), cancel)?;
        if commits.is_empty() {
            return Err(MergeError::refused("the target branch has all of these commits already"));
        }
        commits.reverse();
        let mut head = hash::to_gix(target);
        self.check_copies(&commits, head, limits)?;
        let mut done = Vec::with_capacity(commits.len());
        for commit in commits {
            let node = self.node(&commit)?;
            let old = hash::from_gix(&commit)?;
            if node.parents.len() > 1 {
                if merges == MergeCommits::Refuse {
                    return Err(MergeError::refused(format!(
                        "the branch holds the merge commit {old}, which cannot be rebased; merge or squash instead"
                    )));
                }
                continue;
            }
            if node.parents.first() == Some(&head) {
                head = commit;
                done.push(RebasedCommit { old, new: Some(old) });
                continue;
            }
            let before = self.first_parent_tree(&commit)?;
            let tree =
                self.applied(before, &head, Some(node.tree), &limits.after(started), cancel, Some(old))?;
            if tree == self.node(&head)?.tree && before != Some(node.tree) {
                done.push(RebasedCommit { old, new: None });
                continue;
            }
            head = self.write_commit(&self.copied(&commit, tree, head, committer)?)?;
            done.push(RebasedCommit { old, new: Some(hash::from_gix(&head)?) });
        }
        let tree = self.node(&head)?.tree;
        Ok(Rebased {
            id: hash::from_gix(&head)?,
            tree: hash::from_gix(&tree)?,
            objects: self.made_objects(&head)?,
            commits: done,
        })
    }

    /// Refuses more commits than a rebase copies. Those that stand on the target already are not copied.
    fn check_copies(
        &self,
        commits: &[gix_hash::ObjectId],
        target: gix_hash::ObjectId,
        limits: &MergeLimits,
    ) -> Result<(), MergeError> {
        let (mut head, mut copied) = (Some(target), 0);
        for commit in commits {
            let parents = &self.node(commit)?.parents;
            match parents.as_slice() {
                [parent] if Some(*parent) == head => head = Some(*commit),
                [] | [_] => (head, copied) = (None, copied + 1),
                _ => {}
            }
        }
        if copied <= limits.commits {
            return Ok(());
        }
        let most =
            if limits.commits == 1 { "1 commit".to_owned() } else { format!("{} commits", limits.commits) };
        Err(MergeError::refused(format!(
            "a rebase copies at most {most}, and this branch has {copied}: merge or squash it, or rebase it with git"
        )))
    }
}
