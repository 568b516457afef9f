//! All repositories that the reader can see.

use askama::Template;

use crate::view::{PageContext, Paging, RepoRow};

/// The list of repositories.
#[derive(Debug, Clone, Template)]
#[template(path = "page/explore.html")]
pub struct Explore {
    /// The frame.
    pub page: PageContext,
    /// What was looked for.
    pub query: String,
    /// How many were found, as in `24 repositories`.
    pub count: String,
    /// Those of this part of the list.
    pub repos: Vec<RepoRow>,
    /// The other parts.
    pub paging: Paging,
}
