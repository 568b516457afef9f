//! Pages of people and of organisations.

use askama::Template;

use crate::view::{Link, PageContext, Paging, RepoRow};

/// A person's page.
#[derive(Debug, Clone, Template)]
#[template(path = "page/owner/person.html")]
pub struct Person {
    /// The frame.
    pub page: PageContext,
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Whether the reader is this person.
    pub is_me: bool,
    /// Organisations they belong to, as far as the reader can see.
    pub organisations: Vec<Link>,
    /// Their repositories, as far as the reader can see.
    pub repos: Vec<RepoRow>,
    /// The other parts of the list.
    pub paging: Paging,
}

/// An organisation's page.
#[derive(Debug, Clone, Template)]
#[template(path = "page/owner/organisation.html")]
pub struct Organisation {
    /// The frame.
    pub page: PageContext,
    /// Its full name.
    pub display_name: String,
    /// Its name in addresses.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its ODS code, if it has one.
    pub ods_code: Option<String>,
    /// Its people, as many as are shown.
    pub members: Vec<Link>,
    /// How many people it has, as in `12 members`.
    pub member_count: String,
    /// All of its people, and changes to them for owners.
    pub members_url: String,
    /// Where to make a repository in it, for those who may.
    pub new_repo_url: Option<String>,
    /// Its repositories, as far as the reader can see.
    pub repos: Vec<RepoRow>,
    /// The other parts of the list.
    pub paging: Paging,
}
