//! Commits, branches, tags and differences.

use std::ops::Range;
use std::sync::Arc;

use forge_core::code::{Branch, Commit, CommitCount, CommitSummary, LogPage, Tag};
use forge_core::{FilePath, ObjectId};
use forge_git::browse::Budget;

use crate::code::Code;
use crate::error::Result;

impl Code {
    /// One commit. The id must come from [`Code::resolve`].
    pub async fn commit(&self, id: ObjectId) -> Result<Commit> {
        self.ask(move |browser, _| browser.commit(&id)).await
    }

    /// A part of the commits that a head has and a base has not, by its places from the newest, and how many there are in all.
    pub async fn commits_between(
        &self,
        base: ObjectId,
        head: ObjectId,
        part: Range<usize>,
    ) -> Result<(Vec<CommitSummary>, usize)> {
        self.ask(move |browser, cancel| {
            let range = browser.commits_between(&base, &head, part, Budget::BACKGROUND, cancel)?;
            let commits = range.commits.iter().map(|id| browser.commit_summary(id));
            Ok((commits.collect::<forge_git::Result<Vec<_>>>()?, range.total))
        })
        .await
    }

    /// A page of history, newest first; with a path, of what changed there.
    pub async fn log(
        &self,
        id: ObjectId,
        path: Option<FilePath>,
        skip: usize,
        limit: usize,
    ) -> Result<LogPage> {
        let budget = Budget { objects: 500_000, time: std::time::Duration::from_secs(3) };
        self.ask(move |browser, cancel| browser.log(&id, path.as_ref(), skip, limit, budget, cancel)).await
    }

    /// How many commits lead to a commit.
    pub async fn count(&self, id: ObjectId) -> Result<CommitCount> {
        if let Some(kept) = self.app.kept().counts.get(&(self.repo, id)) {
            return Ok(kept);
        }
        let budget = Budget { objects: 1_000_000, time: std::time::Duration::from_millis(500) };
        let found = self.ask(move |browser, cancel| browser.count(&id, budget, cancel)).await?;
        if found.complete {
            self.app.kept().counts.insert((self.repo, id), found);
        }
        Ok(found)
    }

    /// All branches, with how each stands to the default one.
    pub async fn branches(&self) -> Result<Vec<Branch>> {
        let (refs, app, repo) = (Arc::clone(&self.refs), self.app.clone(), self.repo);
        self.ask(move |browser, cancel| {
            let mut branches = browser.branches(&refs, cancel)?;
            let kept = &app.kept().ahead_behind;
            let known = |tip: &ObjectId, default: &ObjectId| kept.get(&(repo, *tip, *default));
            browser.against_default(&mut branches, Budget::PAGE, cancel, known)?;
            let default = branches.iter().find(|branch| branch.is_default).map(|branch| branch.tip.id);
            for branch in &branches {
                if let (Some(counts), Some(default)) = (branch.against_default, default) {
                    kept.insert((repo, branch.tip.id, default), counts);
                }
            }
            Ok(branches)
        })
        .await
    }

    /// All tags, newest first.
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        let refs = Arc::clone(&self.refs);
        self.ask(move |browser, cancel| browser.tags(&refs, cancel)).await
    }

    /// The names of branches and of tags, for a picker.
    pub fn ref_names(&self) -> (Vec<String>, Vec<String>) {
        let short = |prefix: &'static str| {
            self.refs.starting_with(prefix).map(|found| found.name.short().to_owned()).collect::<Vec<_>>()
        };
        (short(forge_core::ref_name::HEADS), short(forge_core::ref_name::TAGS))
    }
}
