//! A person who leaves.

use askama::Template;

use crate::view::{FormErrors, Link, PageContext};

/// What depends on one person alone.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Their own repositories.
    pub repositories: Vec<Link>,
    /// Organisations that they alone own.
    pub organisations: Vec<Link>,
    /// Teams that they alone maintain.
    pub teams: Vec<Link>,
}

impl Held {
    /// Whether nothing does.
    pub fn is_nothing(&self) -> bool {
        self.repositories.is_empty() && self.organisations.is_empty() && self.teams.is_empty()
    }
}

/// What somebody alone owns or looks after, and handing it over.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/leaver.html")]
pub struct Leaver {
    /// The frame.
    pub page: PageContext,
    /// What to call them.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// What depends on them alone.
    pub held: Held,
    /// Whether their account is switched off already.
    pub is_disabled: bool,
    /// What was written.
    pub successor: String,
}

/// What of an organisation depends on one member alone, and handing it over.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/leaver.html")]
pub struct MemberLeaver {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its members.
    pub members_url: String,
    /// What to call them.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// Whether nobody else owns the organisation.
    pub is_last_owner: bool,
    /// Teams that they alone maintain.
    pub teams: Vec<Link>,
    /// What was written.
    pub successor: String,
}

/// The end of an account, after asking.
#[derive(Debug, Clone, Template)]
#[template(path = "page/delete_account.html")]
pub struct DeleteAccount {
    /// The frame.
    pub page: PageContext,
    /// Where the form goes.
    pub action: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// Whether it is the reader's own.
    pub is_own: bool,
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// What keeps it from being deleted.
    pub held: Held,
    /// Where an administrator hands that over.
    pub hand_over_url: String,
}
