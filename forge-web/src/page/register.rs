//! The register of the Organisation Data Service, as administrators see it.

use askama::Template;

use crate::view::{Link, PageContext, Paging, When};

/// What was taken in, and what it says of the organisations here.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/register.html")]
pub struct Register {
    /// The frame.
    pub page: PageContext,
    /// How many organisations the register has, in words; nothing when it is empty.
    pub total: String,
    /// The last imports.
    pub imports: Vec<ImportRow>,
    /// The organisations here that have a code.
    pub organisations: Vec<RegisterRow>,
    /// The parts of the list.
    pub paging: Paging,
}

/// One import.
#[derive(Debug, Clone, Default)]
pub struct ImportRow {
    /// When.
    pub at: When,
    /// Who did it.
    pub by: String,
    /// What came of it, in a few words each.
    pub results: Vec<String>,
}

/// What the register says of an organisation.
#[derive(Debug, Clone, Default)]
pub struct RegisterRow {
    /// The organisation.
    pub organisation: Link,
    /// Its code.
    pub code: String,
    /// What the register calls it; nothing when it does not know the code.
    pub name: String,
    /// Whether it is closed.
    pub is_closed: bool,
    /// What came after it, if that is known.
    pub successor: Option<String>,
}
