//! What happened in a repository.

use askama::Template;

use crate::view::{HappeningRow, PageContext, RepoHeader};

/// A part of what happened, the latest first.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/activity.html")]
pub struct RepoActivity {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// Where a program follows it.
    pub feed_url: String,
    /// What happened.
    pub rows: Vec<HappeningRow>,
    /// What happened before.
    pub older_url: Option<String>,
}
