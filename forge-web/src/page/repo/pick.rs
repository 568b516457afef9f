//! Taking a commit back, or copying it to another branch.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader};

/// The form that makes a commit out of another one.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/pick.html")]
pub struct PickCommit {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// The first line of what the commit says.
    pub title: String,
    /// The page of the commit.
    pub commit_url: String,
    /// The first digits of its id.
    pub short_id: String,
    /// What can be done.
    pub ways: Vec<Choice>,
    /// Branches that the result may go to.
    pub branches: Vec<Choice>,
}
