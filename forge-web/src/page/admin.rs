//! What administrators do.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, Paging, RepoRow, When};

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
#[expect(clippy::struct_excessive_bools, reason = "facts that are shown, each for itself")]
pub struct PersonRow {
    /// Which one to change.
    pub id: String,
    /// Where their second factor is removed.
    pub factor_url: String,
    /// Where the account ends in favour of another of the same person.
    pub duplicate_url: String,
    /// Where the account is deleted.
    pub delete_url: String,
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

/// Every repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/repositories.html")]
pub struct Repositories {
    /// The frame.
    pub page: PageContext,
    /// What was looked for.
    pub query: String,
    /// How many were found, as in `24 repositories`.
    pub count: String,
    /// Those of this part of the list.
    pub repositories: Vec<RepoRow>,
    /// The other parts.
    pub paging: Paging,
}

/// Every organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/organisations.html")]
pub struct Organisations {
    /// The frame.
    pub page: PageContext,
    /// How many there are, as in `24 organisations`.
    pub count: String,
    /// Those of this part of the list.
    pub organisations: Vec<OrganisationRow>,
    /// The other parts.
    pub paging: Paging,
}

/// An organisation.
#[derive(Debug, Clone, Default)]
pub struct OrganisationRow {
    /// What it is called.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Its code in the Organisation Data Service; may be empty.
    pub ods_code: String,
    /// Since when it is here.
    pub since: When,
    /// How many people it has, as in `12 members`.
    pub members: String,
    /// What the audit log says of it.
    pub audit_url: String,
}

/// The settings in force.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/settings.html")]
pub struct Settings {
    /// The frame.
    pub page: PageContext,
    /// Every setting.
    pub settings: Vec<SettingRow>,
}

/// A setting in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingRow {
    /// Its section and key, as in `http.listen`.
    pub key: String,
    /// Its value; of a secret only that there is one.
    pub value: String,
    /// Where it comes from: the file, the environment, or the default.
    pub source: String,
}

/// What somebody has set up as a second factor, and removing it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: PageContext,
    /// Where the form goes.
    pub action: String,
    /// What to call them.
    pub name: String,
    /// What they sign in as.
    pub username: String,
    /// Whether there is any.
    pub is_set_up: bool,
    /// Since when there is an authenticator app.
    pub app_since: Option<When>,
    /// How many passkeys, as in `2 passkeys`.
    pub passkeys: String,
    /// How many recovery codes, as in `8 recovery codes`.
    pub recovery_codes: String,
}

/// Other sites that vouch for people.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/providers.html")]
pub struct Providers {
    /// The frame.
    pub page: PageContext,
    /// The sites.
    pub offered: Vec<Choice>,
}

/// What a site says of the administrator who asked.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/claims.html")]
pub struct Claims {
    /// The frame.
    pub page: PageContext,
    /// What was found in it, each under its label.
    pub understood: Vec<ClaimRow>,
    /// Whether it counts as two factors.
    pub is_strong: bool,
    /// What came, as JSON.
    pub received: String,
}

/// Something that a site says of a person.
#[derive(Debug, Clone, Default)]
pub struct ClaimRow {
    /// What it is.
    pub label: &'static str,
    /// What the site says; empty if it says nothing.
    pub value: String,
}
