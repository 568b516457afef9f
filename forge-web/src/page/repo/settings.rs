//! Settings of a repository.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader, When};

/// All settings: each part is a form of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/settings.html")]
pub struct RepoSettings {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// Where the form with description and default branch goes.
    pub general_action: String,
    /// What was written.
    pub description: String,
    /// Branches; none if the repository is empty.
    pub branches: Vec<Choice>,
    /// Who can see it, in a sentence.
    pub visibility: String,
    /// The page that changes who can see it, for those who may.
    pub visibility_url: Option<String>,
    /// The rules for its branches and tags.
    pub rules_url: String,
    /// Where the form with the ways of merging goes.
    pub merging_action: String,
    /// The ways of merging, and which are allowed.
    pub merge_methods: Vec<Choice>,
    /// Who may do what, and who can see it and why, for those who may change it.
    pub access_url: Option<String>,
    /// Where the form with the new name goes.
    pub rename_action: String,
    /// What was written.
    pub name: String,
    /// Where the form with the new owner goes.
    pub transfer_action: String,
    /// Who may own it.
    pub owners: Vec<Choice>,
    /// What it keeps on the disk: what is counted, and how much of it there is.
    pub storage: Vec<(String, String)>,
    /// When it was last looked after, if ever.
    pub looked_after: Option<When>,
    /// Where archiving and bringing back go.
    pub archive_action: String,
    /// The page of deploy keys, for those who may.
    pub keys_url: Option<String>,
    /// The page that asks before deleting, for those who may.
    pub delete_url: Option<String>,
}

/// The page that asks before deleting a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/delete.html")]
pub struct DeleteRepo {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the form goes.
    pub action: String,
    /// What has to be typed: owner and name.
    pub expected: String,
    /// What will be lost, as in `1,204 commits on 3 branches`.
    pub losses: String,
}
