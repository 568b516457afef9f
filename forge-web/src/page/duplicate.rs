//! Making one account of two.

use askama::Template;

use crate::view::{FormErrors, Link, PageContext};

/// An account that an administrator wants to end because the person has another.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/duplicate.html")]
pub struct Duplicate {
    /// The frame.
    pub page: PageContext,
    /// Where both forms go.
    pub action: String,
    /// What the person is called in the account that ends.
    pub name: String,
    /// What they sign in to it as.
    pub username: String,
    /// Where its mail goes.
    pub email: String,
    /// What was written: the account that stays.
    pub stays: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// What would happen, once both accounts are known.
    pub preview: Option<DuplicatePreview>,
}

/// What would happen.
#[derive(Debug, Clone, Default)]
pub struct DuplicatePreview {
    /// What the person is called in the account that stays.
    pub name: String,
    /// What they sign in to it as.
    pub username: String,
    /// Where its mail goes.
    pub email: String,
    /// The repositories that move.
    pub repositories: Vec<Link>,
    /// What else moves, counted.
    pub moves: Vec<String>,
    /// What ends, counted.
    pub ends: Vec<String>,
}
