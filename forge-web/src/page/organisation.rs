//! Making an organisation, and its people.

use askama::Template;

use crate::view::{FormErrors, PageContext, When};

/// The page that makes an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/new.html")]
pub struct NewOrganisation {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What was written.
    pub display_name: String,
    /// What was written.
    pub description: String,
    /// What was written.
    pub ods_code: String,
}

/// The people of an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/organisation/members.html")]
pub struct Members {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// Whether the reader may change anything.
    pub can_change: bool,
    /// Its people.
    pub members: Vec<MemberRow>,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written to add somebody.
    pub username: String,
}

/// A member of an organisation.
#[derive(Debug, Clone, Default)]
pub struct MemberRow {
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Their page.
    pub url: String,
    /// Whether they own the organisation.
    pub is_owner: bool,
    /// Whether this is the only owner, who cannot be removed.
    pub is_last_owner: bool,
    /// Since when.
    pub since: When,
}
