//! HTML that may stand in a page as it is.

use std::fmt;

/// HTML that the Markdown renderer or the highlighter made.
///
/// Nobody else can make one, so a template that prints it cannot let other text through:
/// ```compile_fail
/// let html = forge_web::render::SafeHtml::trusted("<script>".to_owned());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeHtml(String);

impl SafeHtml {
    pub(super) fn trusted(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for SafeHtml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for SafeHtml {}
