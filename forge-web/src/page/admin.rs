//! What administrators do.

use askama::Template;

use crate::view::{FormErrors, PageContext, Paging, When};

/// Everybody who has an account.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/people.html")]
pub struct People {
    /// The frame.
    pub page: PageContext,
    /// What was looked for.
    pub query: String,
    /// How many were found, as in `24 people`.
    pub count: String,
    /// Those of this part of the list.
    pub people: Vec<PersonRow>,
    /// The other parts.
    pub paging: Paging,
}

/// An account.
#[derive(Debug, Clone, Default)]
pub struct PersonRow {
    /// Which one to change.
    pub id: String,
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Their page.
    pub url: String,
    /// Where mail goes.
    pub email: String,
    /// Whether they administer the site.
    pub is_admin: bool,
    /// Whether they read the audit log of the site.
    pub is_auditor: bool,
    /// Whether they can no longer sign in.
    pub is_disabled: bool,
    /// Whether this is the reader, who cannot be changed here.
    pub is_me: bool,
    /// When they last signed in, if ever.
    pub last_seen: Option<When>,
}

/// Background work.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/jobs.html")]
pub struct Jobs {
    /// The frame.
    pub page: PageContext,
    /// How many jobs wait or run, as in `3 jobs`.
    pub waiting: String,
    /// How many failed for good, as in `1 job`.
    pub dead: String,
    /// Those of this part of the list.
    pub dead_letters: Vec<DeadLetterRow>,
    /// The other parts.
    pub paging: Paging,
    /// Packs in which damage was found.
    pub damaged: Vec<DamagedPackRow>,
}

/// A job that failed for good.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterRow {
    /// Which one to try again or to throw away.
    pub id: String,
    /// What kind of work.
    pub name: String,
    /// What it was about.
    pub about: String,
    /// How often it was tried, as in `8 attempts`.
    pub attempts: String,
    /// Why it failed the last time.
    pub error: String,
    /// When it was last due.
    pub at: When,
}

/// A pack whose bytes are not those that were written.
#[derive(Debug, Clone, Default)]
pub struct DamagedPackRow {
    /// Whose it is.
    pub repo: String,
    /// The page of that repository.
    pub url: String,
    /// What is wrong with it.
    pub damage: String,
}

/// The page that makes an account.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/new_person.html")]
pub struct NewPerson {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub username: String,
    /// What was written.
    pub name: String,
    /// What was written.
    pub email: String,
    /// Whether they shall administer the site.
    pub is_admin: bool,
}
