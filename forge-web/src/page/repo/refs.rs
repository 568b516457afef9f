//! Branches and tags.

use askama::Template;

use crate::view::{PageContext, Paging, RepoHeader, SignatureTag, When};

/// The branches of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/branches.html")]
pub struct Branches {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What the reader may do with each, and why.
    pub why_url: String,
    /// The branches: the default one first, then the last changed.
    pub branches: Vec<BranchRow>,
    /// The other parts of the list.
    pub paging: Paging,
}

/// A branch.
#[derive(Debug, Clone, Default)]
pub struct BranchRow {
    /// Its name.
    pub name: String,
    /// Its files.
    pub url: String,
    /// Its history.
    pub commits_url: String,
    /// Everything in it as a ZIP file.
    pub zip_url: String,
    /// Where a merge request of it is opened, for those who may.
    pub ask_url: Option<String>,
    /// Where it is compared with the default branch, if it is another.
    pub compare_url: Option<String>,
    /// Whether it is the default branch.
    pub is_default: bool,
    /// What was last said.
    pub commit_title: String,
    /// That commit's page.
    pub commit_url: String,
    /// Who said it.
    pub author: String,
    /// When.
    pub when: When,
    /// How it differs from the default branch, as in `2 ahead, 14 behind`; may be empty.
    pub compared: String,
}

/// The tags of a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/tags.html")]
pub struct Tags {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// The tags, newest first.
    pub tags: Vec<TagRow>,
    /// The other parts of the list.
    pub paging: Paging,
}

/// A tag.
#[derive(Debug, Clone, Default)]
pub struct TagRow {
    /// Its name.
    pub name: String,
    /// Its files.
    pub url: String,
    /// What was said when it was made; may be empty.
    pub message: String,
    /// The first digits of the commit's id.
    pub short_id: String,
    /// The commit's page; empty where the tag names a file or a directory, of which there is none.
    pub commit_url: String,
    /// When.
    pub when: Option<When>,
    /// Everything in it as a ZIP file.
    pub zip_url: String,
    /// Everything in it as a compressed tar file.
    pub tar_url: String,
    /// What is known of its signature; nothing if it carries none.
    pub signature: Option<SignatureTag>,
}
