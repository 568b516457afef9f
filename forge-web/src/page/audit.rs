//! The audit log.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, Paging, When};

/// What was done and what was refused.
#[derive(Debug, Clone, Template)]
#[template(path = "page/audit/log.html")]
pub struct AuditLog {
    /// The frame.
    pub page: PageContext,
    /// The organisation that it is about; nothing for the whole site.
    pub about: Option<String>,
    /// What is wrong with what is looked for.
    pub errors: FormErrors,
    /// What is looked for.
    pub fields: Fields,
    /// What came of it, as choices.
    pub outcomes: Vec<Choice>,
    /// How many entries there are.
    pub count: String,
    /// The entries, the newest first.
    pub entries: Vec<AuditRow>,
    /// Where a copy for a spreadsheet is.
    pub csv_url: String,
    /// Where a copy for a program is.
    pub json_url: String,
    /// The parts of the list.
    pub paging: Paging,
    /// The address of this page.
    pub base: String,
}

/// What is looked for, as it was written.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub about: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
}

/// An entry.
#[derive(Debug, Clone, Default)]
pub struct AuditRow {
    /// Its place in the log.
    pub number: String,
    /// When.
    pub at: When,
    /// Who, by the name at that time.
    pub actor: String,
    /// What.
    pub action: String,
    /// Whether it was refused.
    pub is_refused: bool,
    /// To what, by the name at that time.
    pub subject: String,
    /// From where.
    pub address: String,
    /// What else matters.
    pub detail: Vec<String>,
}
