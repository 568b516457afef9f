//! What waits for a second person.

use askama::Template;

use crate::view::{FormErrors, Link, PageContext, When};

/// Requests that the reader can decide.
#[derive(Debug, Clone, Template)]
#[template(path = "page/approvals.html")]
pub struct Approvals {
    /// The frame.
    pub page: PageContext,
    /// What is wrong with the form that was sent.
    pub errors: FormErrors,
    /// What waits, the oldest first.
    pub waiting: Vec<WaitingRow>,
}

/// A request to let more people see a repository.
#[derive(Debug, Clone, Default)]
pub struct WaitingRow {
    /// Which.
    pub id: String,
    /// Of what.
    pub repo: Link,
    /// `Private to internal`.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub asked_by: String,
    /// Since when.
    pub asked: When,
    /// For how long, as in `for 30 days`; may be empty.
    pub lasts: String,
    /// Whether the reader asked, so that somebody else must decide.
    pub is_own: bool,
}
