//! What can go wrong in the engine, cut by what the caller can do about it.

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a piece of git work did not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository, ref, object or path is not there.
    #[error("{0} was not found")]
    NotFound(String),
    /// Somebody else changed it first, or two names exclude each other.
    #[error("{0}")]
    Conflict(String),
    /// A limit was reached.
    #[error("{what} is over the limit of {limit}")]
    TooLarge {
        /// What was too large, in words a person can act on.
        what: &'static str,
        /// The limit that was reached.
        limit: u64,
    },
    /// The peer sent something that git does not allow. The text is safe to show to it.
    #[error("{0}")]
    Invalid(String),
    /// The stored repository is damaged. The text is for the administrator.
    #[error("the repository is damaged: {0}")]
    Corrupt(String),
    /// Too much is going on at the moment: try again.
    #[error("the repository is busy, try again")]
    Busy,
    /// The caller, the peer or a deadline stopped the work.
    #[error("the work was stopped before it was finished")]
    Cancelled,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Shorthand for [`Error::Invalid`].
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    /// Shorthand for [`Error::Corrupt`].
    pub fn corrupt(text: impl Into<String>) -> Self {
        Self::Corrupt(text.into())
    }

    /// Whether the peer went away or was cut off, which is nobody's fault here.
    pub fn is_disconnect(&self) -> bool {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        match self {
            Self::Io(error) => {
                matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            }
            Self::Cancelled => true,
            _ => false,
        }
    }
}

/// For writers that have to say it as the standard library does.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            other => Self::other(other),
        }
    }
}

/// Stored objects that cannot be read are damage; a failing disk is [`Error::Io`].
impl From<gix::error::Error> for Error {
    fn from(error: gix::error::Error) -> Self {
        let io_kind = error
            .iter_errors()
            .find_map(|cause| cause.downcast_ref::<std::io::Error>())
            .map(std::io::Error::kind);
        match io_kind {
            Some(kind) if kind != std::io::ErrorKind::InvalidData => {
                Self::Io(std::io::Error::new(kind, error.to_string()))
            }
            _ => Self::Corrupt(error.to_string()),
        }
    }
}
