//! Pages of text.

use askama::Template;

use crate::view::PageContext;

/// The accessibility statement.
#[derive(Debug, Clone, Template)]
#[template(path = "page/accessibility.html")]
pub struct Accessibility {
    /// The frame.
    pub page: PageContext,
    /// Whom to write to; may be empty.
    pub contact: String,
}

/// How to begin.
#[derive(Debug, Clone, Template)]
#[template(path = "page/help.html")]
pub struct Help {
    /// The frame.
    pub page: PageContext,
    /// The site's address, such as `https://forge.example.nhs.uk`.
    pub site: String,
    /// The start of SSH addresses, such as `ssh://git@forge.example.nhs.uk:2222`, where SSH is served.
    pub ssh: Option<String>,
}
