//! Two revisions of a repository side by side.

use askama::Template;

use crate::view::{ChangedFiles, CommitRow, FormErrors, PageContext, RepoHeader};

/// What one revision has that another has not.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/compare.html")]
pub struct Compare {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with what was chosen.
    pub errors: FormErrors,
    /// Where something else is chosen.
    pub url: String,
    /// Branches and tags to choose from.
    pub names: Vec<String>,
    /// What is compared with.
    pub base: String,
    /// What is looked at.
    pub head: String,
    /// How many commits, in words; empty before two are chosen.
    pub commits_summary: String,
    /// The newest of them.
    pub commits: Vec<CommitRow>,
    /// What they change.
    pub changes: ChangedFiles,
    /// Where they are asked to be merged, for those who may.
    pub ask_url: Option<String>,
    /// The same the other way round.
    pub swap_url: String,
}
