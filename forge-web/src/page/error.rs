//! What a page says when it cannot show what was asked for.

use askama::Template;

use crate::view::PageContext;

/// What went wrong, as far as a reader is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// 400.
    BadRequest,
    /// 401.
    SignIn,
    /// 403.
    NotAllowed,
    /// 404: not there, or not for this reader.
    NotFound,
    /// 409.
    Conflict,
    /// 413.
    TooLarge,
    /// 429.
    TooMany,
    /// 500.
    Internal,
    /// 503.
    Unavailable,
}

impl Problem {
    /// Every problem.
    pub const ALL: [Self; 9] = [
        Self::BadRequest,
        Self::SignIn,
        Self::NotAllowed,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The status code.
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::SignIn => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "We could not understand this request",
            Self::SignIn => "Sign in to see this page",
            Self::NotAllowed => "You cannot do this",
            Self::NotFound => "Page not found",
            Self::Conflict => "Somebody else has changed this",
            Self::TooLarge => "This is too large",
            Self::TooMany => "Too many requests",
            Self::Internal => "Sorry, there is a problem with the service",
            Self::Unavailable => "Sorry, the service is unavailable",
        }
    }
}

/// A page that says what went wrong and what to do next.
#[derive(Debug, Clone, Template)]
#[template(path = "page/error.html")]
pub struct ErrorPage {
    /// The frame.
    pub page: PageContext,
    /// What went wrong.
    pub problem: Problem,
    /// A sentence about this very case; may be empty.
    pub detail: String,
    /// What to quote when asking for help.
    pub request_id: String,
}
