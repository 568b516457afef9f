//! Two branches, or two versions of one, held against each other.

use forge_core::ObjectId;
use forge_core::code::{CommitRelation, CommitSummary};
use forge_git::browse::{Budget, DiffOptions};
use forge_git::compare::RangeDiffLimits;

use crate::code::Code;
use crate::error::Result;

/// One commit before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedCommits {
    /// How it was.
    pub old: Option<CommitSummary>,
    /// How it is.
    pub new: Option<CommitSummary>,
    /// How the two stand to each other.
    pub relation: CommitRelation,
}

impl Code {
    /// Pairs the commits of two ranges, each from its base to its head, merges left out: oldest first.
    pub async fn paired_commits(
        &self,
        old: (ObjectId, ObjectId),
        new: (ObjectId, ObjectId),
    ) -> Result<Vec<PairedCommits>> {
        self.ask(move |browser, cancel| {
            let limits = RangeDiffLimits::default();
            let pairs = browser.range_diff((&old.0, &old.1), (&new.0, &new.1), &limits, cancel)?;
            let summary = |id: Option<ObjectId>| id.map(|id| browser.commit_summary(&id)).transpose();
            pairs
                .into_iter()
                .map(|pair| {
                    let (old, new) = (summary(pair.old)?, summary(pair.new)?);
                    Ok(PairedCommits { old, new, relation: pair.relation })
                })
                .collect()
        })
        .await
    }

    /// The commit on which two were built last; nothing if their histories have nothing in common.
    pub async fn parting(&self, base: ObjectId, head: ObjectId) -> Result<Option<ObjectId>> {
        let options = DiffOptions { contents: false, ..DiffOptions::default() };
        let found = self.ask(move |browser, cancel| {
            browser.compare(&base, &head, Budget::BACKGROUND, &options, cancel).map(|found| found.merge_base)
        });
        found.await
    }
}
