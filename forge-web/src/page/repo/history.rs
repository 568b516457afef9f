//! The history of a branch or of one path.

use askama::Template;

use crate::view::{CommitRow, Crumb, PageContext, Paging, RefPicker, RepoHeader};

/// Commits, newest first.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/commits.html")]
pub struct Commits {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// Which revision is shown, and what else could be.
    pub picker: RefPicker,
    /// The way to the path whose history this is; empty for the whole repository.
    pub crumbs: Vec<Crumb>,
    /// The commits of each day.
    pub days: Vec<Day>,
    /// The other parts.
    pub paging: Paging,
}

/// The commits of one day.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// The date.
    pub date: String,
    /// The commits.
    pub commits: Vec<CommitRow>,
}
