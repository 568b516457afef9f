//! Changing who can see a repository, and what was changed before.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, RepoHeader, When};

/// The form, and every change until now.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/visibility.html")]
pub struct RepoVisibility {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// The settings of the repository.
    pub settings_url: String,
    /// Where the form goes.
    pub action: String,
    /// Who can see it.
    pub visibilities: Vec<Choice>,
    /// What was written.
    pub reason: String,
    /// What was written.
    pub days: String,
    /// Whether a second person must agree before more people see it.
    pub needs_second: bool,
    /// What was changed and asked for, the newest first.
    pub changes: Vec<ChangeRow>,
}

/// A change of who can see a repository.
#[derive(Debug, Clone, Default)]
pub struct ChangeRow {
    /// `Private to internal`.
    pub what: String,
    /// What became of it.
    pub state: String,
    /// The colour of that.
    pub colour: &'static str,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked: When,
    /// Who agreed or refused; empty where nobody had to.
    pub decided_by: String,
    /// What they said.
    pub note: String,
    /// When it falls back.
    pub until: Option<When>,
}
