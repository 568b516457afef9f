//! A merge in which a person decided what could not be decided without them.

use std::collections::BTreeMap;

use forge_core::code::{ConflictKind, EntryKind, Resolution};
use forge_core::{FilePath, ObjectId};
use gix_object::Kind;

use super::build::Parts;
use super::decide::{Clash, Merge};
use super::walk::Slot;
use super::{CommitText, MergeError, MergeLimits};
use crate::browse::Browser;
use crate::browse::edit::{self, BuiltCommit};
use crate::{Cancel, hash};

impl Browser {
    /// Merges `theirs` into `ours` with what was decided about each conflict, and makes the commit.
    ///
    /// Fails with the conflicts that nobody decided about, and refuses decisions that do not fit: for a file that is not in
    /// conflict, for another number of hunks, for lines of a file that is not text.
    pub fn resolve_merge(
        &self,
        ours: &ObjectId,
        theirs: &ObjectId,
        resolutions: &BTreeMap<FilePath, Resolution>,
        text: &CommitText<'_>,
        limits: &MergeLimits,
        cancel: &Cancel,
    ) -> Result<BuiltCommit, MergeError> {
        let parents = vec![hash::to_gix(ours), hash::to_gix(theirs)];
        let [our_commit, their_commit] = [hash::to_gix(ours), hash::to_gix(theirs)];
        let mut merge = Merge::new(self, limits, cancel);
        let (_, base) = merge
            .common_tree(&[our_commit], &[their_commit])?
            .ok_or_else(|| MergeError::refused("the two branches have no commit in common"))?;
        merge.trees([
            Some(base),
            Some(self.node(&our_commit)?.tree),
            Some(self.node(&their_commit)?.tree),
        ])?;
        let clashes = std::mem::take(&mut merge.clashes);
        if let Some(path) =
            resolutions.keys().find(|path| !clashes.iter().any(|clash| clash.conflict.path == **path))
        {
            return Err(MergeError::refused(format!(
                "{path} is not in conflict any more; look at the conflicts again"
            )));
        }
        let (decided, open): (Vec<_>, Vec<_>) =
            clashes.into_iter().partition(|clash| resolutions.contains_key(&clash.conflict.path));
        if !open.is_empty() || merge.more_conflicts > 0 {
            let conflicts = open.into_iter().map(|clash| clash.conflict).collect();
            return Err(MergeError::Conflicts { commit: None, conflicts, more: merge.more_conflicts });
        }
        for clash in &decided {
            // What two conflicts share is cleared before either is decided.
            for (path, _) in clash.kept.iter().flatten() {
                merge.results.insert(path.clone(), None);
            }
        }
        for clash in decided {
            if let Some(resolution) = resolutions.get(&clash.conflict.path) {
                merge.decide(&clash, resolution)?;
            }
        }
        let tree = merge.write()?;
        self.built(&Parts::new(tree, parents, text)?)
    }
}

impl Merge<'_> {
    fn decide(&mut self, clash: &Clash, resolution: &Resolution) -> Result<(), MergeError> {
        let path = &clash.conflict.path;
        let own = path.as_bytes().to_vec();
        let [ours, theirs] = &clash.kept;
        let refuse = |why: &str| Err(MergeError::refused(format!("{path}: {why}")));
        if clash.conflict.kind == ConflictKind::FileDirectory {
            // The directory stays in any case.
            return match resolution {
                Resolution::Remove => Ok(()),
                Resolution::Ours if ours.is_none() => Ok(()),
                Resolution::Theirs if theirs.is_none() => Ok(()),
                Resolution::MoveTo(to) => self.move_to(clash, to),
                _ => refuse("a directory of this name stays; give the file another name or remove it"),
            };
        }
        let mut put = |kept: &Option<(Vec<u8>, Slot)>| {
            if let Some((path, slot)) = kept {
                self.results.insert(path.clone(), Some(*slot));
            }
        };
        let bytes = match resolution {
            Resolution::Ours => {
                put(ours);
                return Ok(());
            }
            Resolution::Theirs => {
                put(theirs);
                return Ok(());
            }
            Resolution::Remove => {
                self.results.insert(own, None);
                return Ok(());
            }
            Resolution::MoveTo(to) => return self.move_to(clash, to),
            Resolution::Bytes(bytes) => bytes.clone(),
            Resolution::Hunks(choices) => {
                if clash.conflict.pieces.is_empty() {
                    return refuse(
                        "this file has no lines to choose from; take one side, or give the whole content",
                    );
                }
                match clash.conflict.chosen(choices) {
                    Some(bytes) => bytes,
                    None => return refuse("there has to be one choice for each place in conflict"),
                }
            }
        };
        let kinds =
            [ours, theirs].map(|kept| kept.as_ref().map(|(_, slot)| slot.kind).filter(|kind| kind.is_file()));
        let kind = kinds.into_iter().flatten().next().unwrap_or(EntryKind::File);
        let id = self.browser.make(Kind::Blob, bytes)?;
        self.results.insert(own, Some(Slot { kind, id }));
        Ok(())
    }

    /// Puts the file of a conflict under another name, which must be free.
    fn move_to(&mut self, clash: &Clash, to: &FilePath) -> Result<(), MergeError> {
        let mut part = Some(to.clone());
        while let Some(path) = part.filter(|path| !path.is_root()) {
            edit::check_name(&path)?;
            part = path.parent();
        }
        let tree = self.write()?;
        if to.is_root() || self.browser.entry_at(&tree, to)?.is_some() {
            return Err(MergeError::refused(format!(
                "there is something called {to} already; choose another name"
            )));
        }
        if let Some((_, slot)) = clash.kept.iter().flatten().next() {
            self.results.insert(to.as_bytes().to_vec(), Some(*slot));
        }
        Ok(())
    }
}
