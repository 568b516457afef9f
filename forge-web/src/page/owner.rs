//! Pages of people and of organisations.

use askama::Template;

use crate::view::{HappeningRow, Link, PageContext, Paging, RepoRow};

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
    /// Where to hand over what they own, for administrators.
    pub leaving_url: Option<String>,
    /// Organisations they belong to, as far as the reader can see.
    pub organisations: Vec<Link>,
    /// Their repositories, as far as the reader can see.
    pub repos: Vec<RepoRow>,
    /// The other parts of the list.
    pub paging: Paging,
    /// What they did lately, as far as the reader may see it.
    pub happenings: Vec<HappeningRow>,
    /// What they did before.
    pub older_url: Option<String>,
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
    /// Its own pages, if it has some.
    pub website: Option<String>,
    /// The organisation above it.
    pub above: Option<Link>,
    /// The organisations below it.
    pub below: Vec<Link>,
    /// Its teams, policies and, for owners, settings.
    pub pages: Vec<Link>,
    /// What the register of the Organisation Data Service says of it.
    pub register: Option<RegisterEntry>,
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

/// What the register of the Organisation Data Service says of an organisation.
#[derive(Debug, Clone, Default)]
pub struct RegisterEntry {
    /// Its name there.
    pub name: String,
    /// Whether it is closed.
    pub is_closed: bool,
    /// When it opened.
    pub opened: Option<String>,
    /// When it closed.
    pub closed: Option<String>,
    /// What came after it, with its code.
    pub successor: Option<String>,
    /// The organisation here that came after it.
    pub moved_to: Option<Link>,
}
