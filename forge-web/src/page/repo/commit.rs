//! One commit and what it changed.

use askama::Template;

use crate::view::{ChangedFiles, Link, PageContext, RepoHeader, SignatureTag, StatusRow, When};

/// A commit.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/commit.html")]
pub struct Commit {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The first line of what was said.
    pub title: String,
    /// The rest of it; may be empty.
    pub body: String,
    /// Its whole id.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// The author's page, if they have an account.
    pub author_url: Option<String>,
    /// What is known of its signature; nothing if it carries none.
    pub signature: Option<SignatureTag>,
    /// When it was written.
    pub authored: When,
    /// Who made the commit, if that was somebody else, and when.
    pub committer: Option<(String, When)>,
    /// What it builds upon.
    pub parents: Vec<Parent>,
    /// The files as they were then.
    pub browse_url: String,
    /// The tickets and merge requests that its message names.
    pub named: Vec<Link>,
    /// What programs say of it.
    pub statuses: Vec<StatusRow>,
    /// Where it is taken back or copied, for those who may.
    pub pick_url: Option<String>,
    /// What it changes.
    pub changes: ChangedFiles,
}

/// A commit that another builds upon.
#[derive(Debug, Clone, Default)]
pub struct Parent {
    /// The first digits of its id.
    pub short_id: String,
    /// Its page.
    pub url: String,
}
