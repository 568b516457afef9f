//! What the site says to everybody.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, When};

/// What the site may be used for.
#[derive(Debug, Clone, Template)]
#[template(path = "page/site/acceptable_use.html")]
pub struct AcceptableUse {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Which version it is.
    pub version: String,
    /// Since when it counts, if there is one.
    pub since: Option<When>,
    /// The text.
    pub paragraphs: Vec<String>,
    /// Whether the reader still has to accept it.
    pub must_accept: bool,
}

/// The text on acceptable use, for those who write it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/acceptable_use.html")]
pub struct EditTerms {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub text: String,
    /// Every version, the newest first.
    pub versions: Vec<TermsRow>,
}

/// A version of the text.
#[derive(Debug, Clone, Default)]
pub struct TermsRow {
    /// Its number.
    pub version: String,
    /// When it was published.
    pub published: When,
    /// Who published it.
    pub by: String,
    /// How many have accepted it, as in `3 people`.
    pub accepted: String,
}

/// The announcement, for those who write it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/admin/announcement.html")]
pub struct EditAnnouncement {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub text: String,
    /// How much it matters.
    pub levels: Vec<Choice>,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
}

impl AcceptableUse {
    /// The one box to tick.
    pub fn accept(&self) -> Vec<Choice> {
        vec![Choice {
            value: "true".to_owned(),
            label: "I have read this and agree to it".to_owned(),
            ..Choice::default()
        }]
    }
}
