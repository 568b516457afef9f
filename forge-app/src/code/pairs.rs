//! Two branches, or two versions of one, held against each other.

use std::ops::Range;

use forge_core::ObjectId;
use forge_core::code::{CommitPair, CommitRelation, CommitSummary};
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

/// How the commits of two ranges stand to each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Those of the part that was asked for.
    pub listed: Vec<PairedCommits>,
    /// How many are the same in both.
    pub same: usize,
    /// How many are not.
    pub others: usize,
}

impl Code {
    /// Pairs the commits of two ranges, each from its base to its head, merges left out: a part of the pairs, oldest first, with
    /// the same commits or without them.
    pub async fn paired_commits(
        &self,
        old: (ObjectId, ObjectId),
        new: (ObjectId, ObjectId),
        with_same: bool,
        part: Range<usize>,
    ) -> Result<Pairs> {
        self.ask(move |browser, cancel| {
            let limits = RangeDiffLimits::default();
            let pairs = browser.range_diff((&old.0, &old.1), (&new.0, &new.1), &limits, cancel)?;
            let is_same = |pair: &CommitPair| pair.relation == CommitRelation::Same;
            let same = pairs.iter().filter(|pair| is_same(pair)).count();
            let others = pairs.len() - same;
            let summary = |id: Option<ObjectId>| id.map(|id| browser.commit_summary(&id)).transpose();
            let shown = pairs.into_iter().filter(|pair| with_same || !is_same(pair));
            let listed = shown.skip(part.start).take(part.len()).map(|pair| {
                let (old, new) = (summary(pair.old)?, summary(pair.new)?);
                Ok(PairedCommits { old, new, relation: pair.relation })
            });
            Ok(Pairs { listed: listed.collect::<forge_git::Result<_>>()?, same, others })
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
