//! The first page of a repository.

use askama::Template;

use super::{ForkLinks, LastCommit, Listing};
use crate::SafeHtml;
use crate::view::{CloneBox, LanguageShare, PageContext, RefPicker, RepoHeader};

/// The first page of a repository that has something in it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/show.html")]
pub struct ShowRepo {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// Which branch is shown, and what else could be.
    pub picker: RefPicker,
    /// The newest commit.
    pub last_commit: Option<LastCommit>,
    /// The files.
    pub listing: Listing,
    /// The name of the README.
    pub readme_name: String,
    /// The README, rendered.
    pub readme: Option<SafeHtml>,
    /// Why the README is not rendered.
    pub readme_note: Option<String>,
    /// What it is written in.
    pub languages: Vec<LanguageShare>,
    /// How to get the code.
    pub clone_box: CloneBox,
    /// How many commits there are, as in `1,204 commits`.
    pub commit_count: String,
    /// How many branches there are, as in `3 branches`.
    pub branch_count: String,
    /// How many tags there are, as in `12 tags`.
    pub tag_count: String,
    /// What it has to do with forks.
    pub forks: ForkLinks,
}

/// The first page of a repository with nothing in it: how to begin.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/empty.html")]
pub struct EmptyRepo {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// How to get the code.
    pub clone_box: CloneBox,
    /// The branch to begin with.
    pub default_branch: String,
    /// Whether the reader may push.
    pub can_push: bool,
}
