//! What both sides of a merge were built on.
//!
//! Branches that were merged into each other have several such commits. Then these are merged first, and those of them too if they
//! must, as git does: the result exists in no history and holds its conflicts as text, with markers.

use gix_hash::ObjectId;
use gix_object::Kind;

use super::decide::Merge;
use crate::Result;

/// Common commits of which one is made. Where there are more, the newest are taken.
const MAX_BASES: usize = 16;
/// How often what was merged for a merge needs a merge itself.
const MAX_DEPTH: usize = 16;

impl Merge<'_> {
    /// The newest common commit and the tree that stands for all of them; nothing for unrelated histories.
    pub(super) fn common_tree(
        &mut self,
        ours: &[ObjectId],
        theirs: &[ObjectId],
    ) -> Result<Option<(ObjectId, ObjectId)>> {
        let budget = self.limits.budget();
        let found = self.browser.parting_of(ours, theirs, budget, self.cancel)?;
        if !found.counts.complete {
            let what = "the history between the two commits";
            return Err(crate::Error::TooLarge { what, limit: budget.objects });
        }
        let bases = found.bases;
        let Some(newest) = bases.first().copied() else { return Ok(None) };
        let newest_tree = self.browser.node(&newest)?.tree;
        if self.depth >= MAX_DEPTH {
            return Ok(Some((newest, newest_tree)));
        }
        // From the oldest to the newest.
        let mut rest = bases.iter().take(MAX_BASES).rev();
        let Some(oldest) = rest.next() else { return Ok(None) };
        let (mut tips, mut tree) = (vec![*oldest], self.browser.node(oldest)?.tree);
        for next in rest {
            let next_tree = self.browser.node(next)?.tree;
            let mut inner = Merge::new(self.browser, &self.remaining(), self.cancel);
            inner.depth = self.depth + 1;
            let base = match inner.common_tree(&tips, &[*next])? {
                Some((_, tree)) => tree,
                None => self.browser.make(Kind::Tree, Vec::new())?,
            };
            tree = inner.trees([Some(base), Some(tree), Some(next_tree)])?;
            tips.push(*next);
        }
        Ok(Some((newest, tree)))
    }
}
