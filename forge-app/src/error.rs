//! What can go wrong, in words for a person and without any protocol in it.

use std::fmt;
use std::time::Duration;

/// The result of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case did not happen.
///
/// Each door maps this once: to a page, to git's own words, to a line over SSH and an exit status.
#[derive(Debug)]
pub enum Error {
    /// Not there, or not for this actor: the same value for both.
    NotFound,
    /// Signing in first may help.
    Unauthenticated,
    /// They signed in too long ago for this: saying again who they are helps.
    NotRecent,
    /// The thing is visible, but this needs more permission.
    Forbidden(String),
    /// What was entered does not do; the field says where.
    Invalid {
        /// The field's name in the form.
        field: &'static str,
        /// What to enter instead.
        message: String,
    },
    /// Something else got there first, or stands in the way.
    Conflict(String),
    /// A limit was passed; the text names it.
    TooLarge(String),
    /// Too many tries.
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// The forge cannot do this now; trying again later helps.
    Unavailable(String),
    /// A fault of ours. The text is for the log only.
    Internal(String),
}

impl Error {
    /// Says that a field must be filled in differently.
    pub fn invalid(field: &'static str, message: impl fmt::Display) -> Self {
        Self::Invalid { field, message: message.to_string() }
    }

    /// Wraps a fault of ours for the log.
    pub fn internal(error: impl fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// A sentence for the person who asked. It never holds what only the log may know.
    pub fn sentence(&self) -> String {
        match self {
            Self::NotFound => "There is nothing here, or you do not have access to it.".to_owned(),
            Self::Unauthenticated => "Sign in to do this.".to_owned(),
            Self::NotRecent => "Enter your password again to do this.".to_owned(),
            Self::Forbidden(text) | Self::Conflict(text) | Self::TooLarge(text) | Self::Unavailable(text) => {
                text.clone()
            }
            Self::Invalid { message, .. } => message.clone(),
            Self::RateLimited { retry_after } => {
                format!("Too many tries. Try again in {} seconds.", retry_after.as_secs().max(1))
            }
            Self::Internal(_) => "Something went wrong on our side.".to_owned(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(text) => write!(f, "internal: {text}"),
            other => f.write_str(&other.sentence()),
        }
    }
}

impl std::error::Error for Error {}

impl From<forge_store::Error> for Error {
    fn from(error: forge_store::Error) -> Self {
        match error {
            forge_store::Error::NotFound => Self::NotFound,
            forge_store::Error::Conflict(what) => {
                Self::Conflict(format!("{what} is taken or has changed meanwhile"))
            }
            forge_store::Error::Busy | forge_store::Error::Unavailable => {
                Self::Unavailable("The forge is busy. Try again in a moment.".to_owned())
            }
            forge_store::Error::Full(text) => disk_full(&text),
            forge_store::Error::Bucket(text) => {
                tracing::error!(error = text, "the bucket of packs refused");
                Self::Unavailable("The store of packs does not answer. Try again in a minute.".to_owned())
            }
            other => Self::internal(other),
        }
    }
}

fn disk_full(error: &dyn std::fmt::Display) -> Error {
    tracing::error!(%error, "the disk takes nothing more");
    Error::Unavailable(
        "The forge's disk is full or cannot be written to, so nothing can be taken at the moment. Reading works. \
         Tell an administrator, and try again later."
            .to_owned(),
    )
}

/// Whether the disk has no room, or may not be written to.
fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
}

impl From<forge_git::Error> for Error {
    fn from(error: forge_git::Error) -> Self {
        match error {
            forge_git::Error::NotFound(_) => Self::NotFound,
            forge_git::Error::Conflict(what) => Self::Conflict(what),
            forge_git::Error::Invalid(text) => Self::invalid("request", text),
            forge_git::Error::TooLarge { what, limit } => {
                Self::TooLarge(format!("{what} is over the limit of {limit}"))
            }
            forge_git::Error::Io(error) if is_full(&error) => disk_full(&error),
            forge_git::Error::Busy | forge_git::Error::Cancelled => {
                Self::Unavailable("This took too long and was stopped. Try again later.".to_owned())
            }
            other => Self::internal(other),
        }
    }
}
