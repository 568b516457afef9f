//! Making a repository.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext};

/// The page that makes a repository.
#[derive(Debug, Clone, Template)]
#[template(path = "page/repo/new.html")]
pub struct NewRepo {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// The person and the organisations they may make repositories in.
    pub owners: Vec<Choice>,
    /// What was written.
    pub name: String,
    /// What was written.
    pub description: String,
    /// Who can see it: values `private`, `organisation`, `internal`.
    pub visibilities: Vec<Choice>,
    /// Whether it starts with a README.
    pub with_readme: bool,
    /// Licences to start with; the first is none.
    pub licences: Vec<Choice>,
}
