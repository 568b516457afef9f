//! Commits made of a merge: the merge itself, one commit of a whole branch, a commit copied elsewhere, a commit taken back.

use forge_core::ObjectId;
use forge_core::code::Identity;
use gix_object::Kind;

use super::decide::Merge;
use super::{MergeError, MergeLimits};
use crate::browse::Browser;
use crate::browse::edit::{self, BuiltCommit};
use crate::browse::parse::Headers;
use crate::{Cancel, Error, hash};

/// What a new commit says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitText<'a> {
    /// Who wrote the change.
    pub author: &'a Identity,
    /// Who makes the commit.
    pub committer: &'a Identity,
    /// Why.
    pub message: &'a str,
}

/// The parts of a commit object, as stored.
pub(super) struct Parts {
    pub(super) tree: gix_hash::ObjectId,
    pub(super) parents: Vec<gix_hash::ObjectId>,
    pub(super) author: Vec<u8>,
    pub(super) committer: Vec<u8>,
    /// The name of the encoding, if it is not UTF-8.
    pub(super) encoding: Option<Vec<u8>>,
    pub(super) message: Vec<u8>,
}

impl Parts {
    /// New words on a tree.
    pub(super) fn new(
        tree: gix_hash::ObjectId,
        parents: Vec<gix_hash::ObjectId>,
        text: &CommitText<'_>,
    ) -> Result<Self, Error> {
        Ok(Self {
            tree,
            parents,
            author: edit::line(text.author)?.into_bytes(),
            committer: edit::line(text.committer)?.into_bytes(),
            encoding: None,
            message: edit::check_message(text.message)?.into_bytes(),
        })
    }
}

impl Browser {
    /// Merges `theirs` into `ours` and makes the commit that has both as parents, in this order.
    pub fn merge_commit(
        &self,
        ours: &ObjectId,
        theirs: &ObjectId,
        text: &CommitText<'_>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let tree = self.merged_tree(ours, theirs, limits, cancel)?;
        let parents = vec![hash::to_gix(ours), hash::to_gix(theirs)];
        self.built(&Parts::new(tree, parents, text)?)
    }

    /// Makes one commit on `target` of everything that `source` has and `target` has not.
    pub fn squash(
        &self,
        target: &ObjectId,
        source: &ObjectId,
        text: &CommitText<'_>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let tree = self.merged_tree(target, source, limits, cancel)?;
        let target = hash::to_gix(target);
        if tree == self.node(&target)?.tree {
            return Err(MergeError::refused("the target branch has all of these changes already"));
        }
        self.built(&Parts::new(tree, vec![target], text)?)
    }

    /// Makes the change of a commit once more, on `onto`. The author stays; without a message the message stays too.
    ///
    /// A merge is taken as what it changed against its first parent.
    pub fn cherry_pick(
        &self,
        onto: &ObjectId,
        commit: &ObjectId,
        committer: &Identity,
        message: Option<&str>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let (onto, commit) = (hash::to_gix(onto), hash::to_gix(commit));
        let before = self.first_parent_tree(&commit)?;
        let after = self.node(&commit)?.tree;
        let tree = self.applied(before, &onto, Some(after), limits, cancel, None)?;
        if tree == self.node(&onto)?.tree {
            return Err(MergeError::refused("the branch has this change already"));
        }
        let mut parts = self.copied(&commit, tree, onto, committer)?;
        if let Some(message) = message {
            parts.message = edit::check_message(message)?.into_bytes();
            parts.encoding = None;
        }
        self.built(&parts)
    }

    /// Makes a commit on `onto` that takes back what a commit changed; of a merge, what it brought to its first parent.
    pub fn revert(
        &self,
        onto: &ObjectId,
        commit: &ObjectId,
        text: &CommitText<'_>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let (onto, commit) = (hash::to_gix(onto), hash::to_gix(commit));
        let before = self.first_parent_tree(&commit)?;
        let after = self.node(&commit)?.tree;
        let tree = self.applied(Some(after), &onto, before, limits, cancel, None)?;
        if tree == self.node(&onto)?.tree {
            return Err(MergeError::refused("nothing of this change is left on the branch"));
        }
        self.built(&Parts::new(tree, vec![onto], text)?)
    }

    /// Makes a commit on `onto` that takes back everything that a branch got between two of its commits.
    pub fn take_back(
        &self,
        onto: &ObjectId,
        before: &ObjectId,
        after: &ObjectId,
        text: &CommitText<'_>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let onto = hash::to_gix(onto);
        let before = self.node(&hash::to_gix(before))?.tree;
        let after = self.node(&hash::to_gix(after))?.tree;
        let tree = self.applied(Some(after), &onto, Some(before), limits, cancel, None)?;
        if tree == self.node(&onto)?.tree {
            return Err(MergeError::refused("nothing of this change is left on the branch"));
        }
        self.built(&Parts::new(tree, vec![onto], text)?)
    }

    /// The merged files, or what has to be decided first.
    fn merged_tree(
        &self,
        ours: &ObjectId,
        theirs: &ObjectId,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<gix_hash::ObjectId, MergeError> {
        let merged = self.merge(ours, theirs, limits, cancel)?;
        if merged.merge_base == *theirs {
            return Err(MergeError::refused("the target branch has all of these commits already"));
        }
        if merged.has_conflicts() {
            return Err(MergeError::Conflicts {
                commit: None,
                conflicts: merged.conflicts,
                more: merged.more_conflicts,
            });
        }
        Ok(hash::to_gix(&merged.tree))
    }

    /// Makes the change from one tree to another on a commit.
    pub(crate) fn applied(
        &self,
        before: Option<gix_hash::ObjectId>,
        onto: &gix_hash::ObjectId,
        after: Option<gix_hash::ObjectId>,
        limits: &MergeLimits,
        cancel: &Cancel,
        commit: Option<ObjectId>,
    ) -> Result<gix_hash::ObjectId, MergeError> {
        let mut merge = Merge::new(self, limits, cancel);
        let tree = merge.trees([before, Some(self.node(onto)?.tree), after])?;
        if merge.clashes.is_empty() {
            return Ok(tree);
        }
        let more = merge.more_conflicts;
        Err(MergeError::Conflicts { commit, conflicts: merge.into_conflicts(), more })
    }

    /// The files before a commit; nothing before the first.
    pub(crate) fn first_parent_tree(
        &self,
        commit: &gix_hash::ObjectId,
    ) -> Result<Option<gix_hash::ObjectId>, Error> {
        let parent = self.node(commit)?.parents.first().copied();
        parent.map(|parent| Ok(self.node(&parent)?.tree)).transpose()
    }

    /// The words of a commit, byte for byte, on another tree and parent. What was signed is no longer.
    pub(super) fn copied(
        &self,
        commit: &gix_hash::ObjectId,
        tree: gix_hash::ObjectId,
        parent: gix_hash::ObjectId,
        committer: &Identity,
    ) -> Result<Parts, Error> {
        let data = self.read(commit, Kind::Commit, u64::MAX)?;
        let first =
            |wanted: &[u8]| Headers(&data).find(|(key, _)| *key == wanted).map(|(_, value)| value.to_vec());
        Ok(Parts {
            tree,
            parents: vec![parent],
            author: first(b"author").ok_or_else(|| Error::corrupt("a commit has no author"))?,
            committer: edit::line(committer)?.into_bytes(),
            encoding: first(b"encoding"),
            message: crate::browse::parse::message(&data).to_vec(),
        })
    }

    /// Writes a commit, in memory.
    pub(super) fn write_commit(&self, parts: &Parts) -> Result<gix_hash::ObjectId, Error> {
        let mut text = format!("tree {}\n", parts.tree).into_bytes();
        for parent in &parts.parents {
            text.extend(format!("parent {parent}\n").into_bytes());
        }
        let mut header = |key: &str, value: &[u8]| {
            text.extend_from_slice(key.as_bytes());
            text.push(b' ');
            text.extend_from_slice(value);
            text.push(b'\n');
        };
        header("author", &parts.author);
        header("committer", &parts.committer);
        if let Some(encoding) = &parts.encoding {
            header("encoding", encoding);
        }
        text.push(b'\n');
        text.extend_from_slice(&parts.message);
        self.make(Kind::Commit, text)
    }

    /// The commit with everything it needs.
    pub(super) fn built(&self, parts: &Parts) -> Result<BuiltCommit, MergeError> {
        let id = self.write_commit(parts)?;
        Ok(BuiltCommit {
            id: hash::from_gix(&id)?,
            tree: hash::from_gix(&parts.tree)?,
            objects: self.made_objects(&id)?,
        })
    }
}
