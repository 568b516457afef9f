//! What can go wrong, cut by what the caller can do about it.

use sea_orm::DbErr;
use sea_orm::error::{ConnAcquireErr, RuntimeErr, SqlxError};

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store could not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// What was to be changed, or what the change refers to, is not there.
    #[error("the row is not there")]
    NotFound,
    /// Somebody else has it, or it changed in between. Says what: `name`, `email`, `ods code`, `fingerprint`,
    /// a ref's name.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Others are writing; trying again may help.
    #[error("the database is busy: try again")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable,
    /// A row holds what cannot be.
    #[error("a row is damaged: {0}")]
    Corrupt(String),
    /// The disk of the database has no room.
    #[error("the database has no room: {0}")]
    Full(String),
    /// The disk is failing.
    #[error("the database cannot write: {0}")]
    Io(String),
    /// The bucket cannot be reached or refuses. The text is for the log.
    #[error("the bucket refused: {0}")]
    Bucket(String),
    /// Anything else that the database says.
    #[error("the database refused: {0}")]
    Database(String),
}

/// Which unique index stands for what: SQLite names the columns, PostgreSQL the index.
const UNIQUE: [(&str, &str, &str); 9] = [
    ("owners.name_key", "owners_name_key", "name"),
    ("users.email_key", "users_email_key", "email"),
    ("organisations.ods_code", "organisations_ods_code_key", "ods code"),
    ("repositories.owner_id, repositories.name_key", "repositories_path_key", "name"),
    ("ssh_keys.fingerprint", "ssh_keys_fingerprint_key", "fingerprint"),
    ("gpg_keys.fingerprint", "gpg_keys_fingerprint_key", "fingerprint"),
    ("gpg_signers.fingerprint", "gpg_signers_pkey", "fingerprint"),
    ("teams.organisation_id, teams.name_key", "teams_name_key", "name"),
    ("packs.repository_id, packs.checksum", "packs_checksum_key", "pack"),
];

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout | ConnAcquireErr::ConnectionClosed) => {
                Self::Unavailable
            }
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => from_driver(inner),
            DbErr::Conn(_) => Self::Unavailable,
            DbErr::RecordNotFound(_) | DbErr::RecordNotUpdated => Self::NotFound,
            DbErr::Type(_) | DbErr::TryIntoErr { .. } => Self::Corrupt(error.to_string()),
            _ => Self::Database(error.to_string()),
        }
    }
}

fn from_driver(error: &SqlxError) -> Error {
    match error {
        SqlxError::Database(refusal) => {
            let code = refusal.code().unwrap_or_default();
            from_code(&code, refusal.constraint(), refusal.message())
        }
        SqlxError::Io(_) | SqlxError::Tls(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed => {
            Error::Unavailable
        }
        SqlxError::WorkerCrashed => Error::Unavailable,
        SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => Error::Corrupt(error.to_string()),
        _ => Error::Database(error.to_string()),
    }
}

/// PostgreSQL has codes of five characters; SQLite has numbers, the low byte of which is the kind.
fn from_code(code: &str, constraint: Option<&str>, message: &str) -> Error {
    if code.len() == 5 {
        return match code {
            "23505" => Error::Conflict(unique(|(_, index, _)| constraint == Some(index))),
            "23503" => Error::NotFound,
            "40001" | "40P01" | "55P03" => Error::Busy,
            "57P01" | "57P02" | "57P03" | "53300" => Error::Unavailable,
            "53100" => Error::Full(message.to_owned()),
            "58030" => Error::Io(message.to_owned()),
            "XX001" | "XX002" => Error::Corrupt(message.to_owned()),
            _ if code.starts_with("08") || code.starts_with("28") => Error::Unavailable,
            _ => Error::Database(message.to_owned()),
        };
    }
    let number: u32 = code.parse().unwrap_or(0);
    match (number, number & 0xff) {
        (2067 | 1555, _) => Error::Conflict(unique(|(columns, _, _)| message.ends_with(columns))),
        (787, _) => Error::NotFound,
        (_, 5 | 6) => Error::Busy,
        (_, 10) => Error::Io(message.to_owned()),
        (_, 13) => Error::Full(message.to_owned()),
        (_, 11 | 26) => Error::Corrupt(message.to_owned()),
        (_, 14) => Error::Unavailable,
        _ => Error::Database(message.to_owned()),
    }
}

fn unique(matches: impl Fn((&str, &str, &str)) -> bool) -> String {
    UNIQUE.into_iter().find(|entry| matches(*entry)).map_or("row", |(_, _, what)| what).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_say_the_same_in_the_end() {
        let conflict = |what: &str| Error::Conflict(what.to_owned());
        assert_eq!(from_code("2067", None, "UNIQUE constraint failed: users.email_key"), conflict("email"));
        assert_eq!(from_code("23505", Some("users_email_key"), "duplicate"), conflict("email"));
        assert_eq!(from_code("23505", Some("jobs_pkey"), "duplicate"), conflict("row"));
        for code in ["5", "517", "6", "40P01", "55P03", "40001"] {
            assert_eq!(from_code(code, None, ""), Error::Busy, "{code}");
        }
        for code in ["787", "23503"] {
            assert_eq!(from_code(code, None, ""), Error::NotFound, "{code}");
        }
        for code in ["13", "53100"] {
            assert_eq!(from_code(code, None, "full"), Error::Full("full".to_owned()), "{code}");
        }
        for code in ["778", "58030"] {
            assert_eq!(from_code(code, None, "broken"), Error::Io("broken".to_owned()), "{code}");
        }
        for code in ["14", "08006", "57P03", "28P01"] {
            assert_eq!(from_code(code, None, ""), Error::Unavailable, "{code}");
        }
        for code in ["11", "XX001"] {
            assert_eq!(from_code(code, None, "bad"), Error::Corrupt("bad".to_owned()), "{code}");
        }
    }
}
