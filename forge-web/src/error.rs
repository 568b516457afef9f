//! What a request ends with when it does not end well.
//!
//! Handlers answer with a [`Failure`]. It travels in the response's extensions to the one place that makes pages of
//! failures (`middleware::page`), or to the one that speaks in git's plain words. Not there and not allowed are the
//! same value here too, so they cannot look different.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::page::error::Problem;

/// What a handler gives: an answer, or why there is none.
pub(crate) type Answer = Result<Response, Failure>;

/// Why a request did not end as hoped.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Nobody is signed in, and whoever asks for this address must be.
    SignIn,
    /// They signed in too long ago for this, and must say again who they are.
    Confirm,
    /// What is asked for has another address now.
    Moved(String),
    /// Nothing is served with this method.
    Method,
    /// The client was too slow.
    TooSlow,
    /// Anything else: a page that says so.
    Problem(Trouble),
}

/// A problem with what is known of it.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    /// What kind.
    pub(crate) problem: Problem,
    /// A sentence for the person; may be empty.
    pub(crate) detail: String,
    /// When to try again.
    pub(crate) retry_after: Option<Duration>,
    /// For the log only.
    pub(crate) cause: Option<String>,
}

impl Failure {
    /// A problem with a sentence about this very case.
    pub(crate) fn of(problem: Problem, detail: impl Into<String>) -> Self {
        Self::Problem(Trouble { problem, detail: detail.into(), retry_after: None, cause: None })
    }

    /// Not there, or not for this reader.
    pub(crate) fn not_found() -> Self {
        Self::of(Problem::NotFound, "")
    }

    /// A request that makes no sense.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::of(Problem::BadRequest, detail)
    }

    /// A fault of ours.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Problem(Trouble {
            problem: Problem::Internal,
            detail: String::new(),
            retry_after: None,
            cause: Some(cause.to_string()),
        })
    }

    /// The status code.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignIn | Self::Confirm => StatusCode::UNAUTHORIZED,
            Self::Moved(_) => StatusCode::MOVED_PERMANENTLY,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Problem(trouble) => {
                StatusCode::from_u16(trouble.problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// What the error page shows: the kind of problem, and a sentence.
    pub(crate) fn shown(&self) -> (Problem, String) {
        match self {
            Self::SignIn | Self::Confirm => (Problem::SignIn, String::new()),
            Self::Moved(to) => (Problem::NotFound, format!("This has moved to {to}.")),
            Self::Method => {
                (Problem::BadRequest, "This address does not take requests of this kind.".to_owned())
            }
            Self::TooSlow => {
                (Problem::BadRequest, "The request took too long to arrive. Try again.".to_owned())
            }
            Self::Problem(trouble) => (trouble.problem, trouble.detail.clone()),
        }
    }

    /// Whether more of the request was on its way: the connection cannot be used again, and a client that is not told
    /// so sends its next request into the void.
    fn leaves_bytes_unread(&self) -> bool {
        match self {
            Self::TooSlow => true,
            Self::Problem(trouble) => trouble.problem == Problem::TooLarge,
            Self::SignIn | Self::Confirm | Self::Moved(_) | Self::Method => false,
        }
    }

    /// Says in the log what only the log may know, once.
    pub(crate) fn log(&self) {
        if let Self::Problem(Trouble { cause: Some(cause), .. }) = self {
            tracing::error!(cause, "a request failed by a fault of ours");
        }
    }

    /// The headers that belong to the failure, whatever its body.
    pub(crate) fn decorate(&self, response: &mut Response) {
        if let Self::Problem(Trouble { retry_after: Some(wait), .. }) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Self::Moved(to) = self
            && let Ok(to) = HeaderValue::from_str(to)
        {
            response.headers_mut().insert(header::LOCATION, to);
        }
        if self.leaves_bytes_unread() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl From<forge_app::Error> for Failure {
    fn from(error: forge_app::Error) -> Self {
        use forge_app::Error;
        let problem = match &error {
            Error::NotFound => return Self::not_found(),
            Error::Unauthenticated => return Self::SignIn,
            Error::NotRecent => return Self::Confirm,
            Error::Internal(cause) => return Self::internal(cause),
            Error::Forbidden(_) => Problem::NotAllowed,
            Error::Invalid { .. } => Problem::BadRequest,
            Error::Conflict(_) => Problem::Conflict,
            Error::TooLarge(_) => Problem::TooLarge,
            Error::RateLimited { .. } => Problem::TooMany,
            Error::Unavailable(_) => Problem::Unavailable,
        };
        let retry_after = match &error {
            Error::RateLimited { retry_after } => Some(*retry_after),
            Error::Unavailable(_) => Some(Duration::from_secs(5)),
            _ => None,
        };
        Self::Problem(Trouble { problem, detail: error.sentence(), retry_after, cause: None })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        self.decorate(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_missing_are_one_value() {
        let hidden = Failure::from(forge_app::Error::NotFound);
        assert_eq!(format!("{hidden:?}"), format!("{:?}", Failure::not_found()));
        assert_eq!(hidden.status(), 404);
    }

    #[test]
    fn causes_stay_in_the_log() {
        let failure = Failure::from(forge_app::Error::Internal("disk /dev/sda1 is on fire".to_owned()));
        assert_eq!(failure.status(), 500);
        assert_eq!(failure.shown().1, "");
    }

    #[test]
    fn a_connection_with_unread_bytes_is_given_up() {
        let large = Failure::of(Problem::TooLarge, "").into_response();
        assert_eq!(large.headers()[header::CONNECTION], "close");
        assert!(!Failure::not_found().into_response().headers().contains_key(header::CONNECTION));
    }

    #[test]
    fn tells_when_to_come_back() {
        let wait = Duration::from_millis(300);
        let response = Failure::from(forge_app::Error::RateLimited { retry_after: wait }).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
