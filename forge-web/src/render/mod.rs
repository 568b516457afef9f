//! What people wrote becomes HTML here, and nowhere else.
//!
//! *Invariant*: [`SafeHtml`] can be made only inside this module. Templates escape everything else, so text from
//! outside reaches a page unescaped only through the Markdown renderer, which ends in the sanitiser, or through
//! the highlighter, which escapes each character itself.

mod align;
mod change;
pub mod csv;
mod csv_line;
pub mod hidden;
pub mod highlight;
pub mod markdown;
pub mod notebook;
pub mod picture;
mod safe_html;
mod sanitise;

pub use change::Change;
pub(crate) use csv_line::csv_line;
pub use safe_html::SafeHtml;
