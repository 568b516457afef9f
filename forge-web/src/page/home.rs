//! The start page, for people who are signed in and for everybody else.

use askama::Template;

use crate::view::{HappeningRow, Link, PageContext, RepoRow, When};

/// The start page of a person.
#[derive(Debug, Clone, Template)]
#[template(path = "page/home.html")]
pub struct Home {
    /// The frame.
    pub page: PageContext,
    /// What to call them.
    pub name: String,
    /// Their repositories and those of their organisations, last changed first.
    pub repos: Vec<RepoRow>,
    /// All of them, when there are more than are listed.
    pub all_url: Option<String>,
    /// Organisations they belong to.
    pub organisations: Vec<Link>,
    /// What waits for them, the longest first.
    pub waiting: Vec<Waiting>,
    /// What has happened lately.
    pub activity: Vec<HappeningRow>,
}

/// Something that waits for the reader.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// What.
    pub link: Link,
    /// Who put them there, and why.
    pub why: String,
    /// Since when.
    pub since: When,
}

/// The start page for those who are not signed in.
#[derive(Debug, Clone, Template)]
#[template(path = "page/welcome.html")]
pub struct Welcome {
    /// The frame.
    pub page: PageContext,
    /// Whether there are repositories that anybody can look at.
    pub has_public: bool,
}
