//! Who owns which files.

use askama::Template;

use crate::view::{FormErrors, Link, PageContext, RepoHeader};

/// The owners of files, as the default branch says.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/owners.html")]
pub struct Owners {
    /// The frame.
    pub page: PageContext,
    /// The top of the page.
    pub repo: RepoHeader,
    /// What is wrong with a form.
    pub errors: FormErrors,
    /// The file that says it, if there is one.
    pub file: Option<Link>,
    /// The branch that it is read from.
    pub branch: String,
    /// Its rules, in the order of the file.
    pub rules: Vec<OwnersRow>,
    /// What of it could not be understood, a sentence each.
    pub problems: Vec<String>,
    /// The path that was asked about.
    pub asked: String,
    /// Who owns that path.
    pub answer: Option<OwnerAnswer>,
    /// Whether the reader may change it.
    pub can_change: bool,
    /// Where the forms go.
    pub action: String,
    /// The file that is shown, so that nobody's change is lost.
    pub blob: String,
    /// Where a new file is put.
    pub new_path: String,
    /// What was written.
    pub pattern: String,
    /// What was written.
    pub owners: String,
    /// What was written.
    pub section: String,
    /// The whole file.
    pub text: String,
}

/// A rule.
#[derive(Debug, Clone, Default)]
pub struct OwnersRow {
    /// Which line to remove.
    pub line: u32,
    /// Which files.
    pub pattern: String,
    /// Their owners.
    pub owners: String,
    /// The section it stands in; empty for none.
    pub section: String,
    /// What it asks for, such as `2 approvals`.
    pub demand: String,
}

/// What is said of one path.
#[derive(Debug, Clone, Default)]
pub struct OwnerAnswer {
    /// The path.
    pub path: String,
    /// Its owners, a line for each section.
    pub lines: Vec<String>,
}
