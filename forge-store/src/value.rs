//! Between columns and the values of `forge_core`.

use forge_core::ObjectId;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Error, Result};

/// Microseconds since 1970 in UTC: the same number on both engines.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    let micros = at.unix_timestamp_nanos().div_euclid(1000);
    i64::try_from(micros).unwrap_or(if micros < 0 { i64::MIN } else { i64::MAX })
}

/// The time that a row holds.
pub(crate) fn time(micros: i64) -> Result<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|_| corrupt("time", &micros.to_string()))
}

/// The time that a row may hold.
pub(crate) fn optional_time(micros: Option<i64>) -> Result<Option<OffsetDateTime>> {
    micros.map(time).transpose()
}

/// A count that is never negative.
pub(crate) fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| corrupt("count", &number.to_string()))
}

/// A count as a row holds it.
pub(crate) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::Database(format!("the number {number} is too large for a row")))
}

/// The object id that a row holds.
pub(crate) fn object_id(bytes: &[u8]) -> Result<ObjectId> {
    ObjectId::from_bytes(bytes).map_err(|_| corrupt("object id", &format!("{bytes:02x?}")))
}

/// The object id that a row may hold.
pub(crate) fn optional_object_id(bytes: Option<&[u8]>) -> Result<Option<ObjectId>> {
    bytes.map(object_id).transpose()
}

/// The bytes for a column that may be empty.
pub(crate) fn optional_bytes(id: Option<&ObjectId>) -> Option<Vec<u8>> {
    id.map(|id| id.as_bytes().to_vec())
}

/// Reads a value back that was checked before it was written.
pub(crate) fn parsed<T, E>(what: &str, text: &str, result: std::result::Result<T, E>) -> Result<T> {
    result.map_err(|_| corrupt(what, text))
}

/// A column that holds what cannot be.
pub(crate) fn corrupt(what: &str, held: &str) -> Error {
    Error::Corrupt(format!("{held:?} is no {what}"))
}

/// Typed identifiers as columns hold them.
pub(crate) trait Column: Sized {
    fn column(self) -> Uuid;
    fn of(column: Uuid) -> Self;
}

macro_rules! columns {
    ($($name:ident),+) => {$(
        impl Column for forge_core::$name {
            fn column(self) -> Uuid {
                Uuid::from_bytes(self.to_bytes())
            }
            fn of(column: Uuid) -> Self {
                Self::from_bytes(column.into_bytes())
            }
        }
    )+};
}

columns!(
    UserId,
    OrgId,
    RepoId,
    SessionId,
    TokenId,
    SshKeyId,
    GpgKeyId,
    DeployKeyId,
    InvitationId,
    PasskeyId,
    PushId,
    PackId,
    JobId,
    AuditEventId,
    TeamId,
    GrantId,
    ItemId,
    ItemEventId,
    LabelId,
    MilestoneId,
    ReviewId,
    ThreadId,
    CommentId,
    ApprovalId,
    VisibilityChangeId,
    RefRuleId
);

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_keep_their_microseconds() {
        for at in [
            datetime!(2026-11-22 10:11:12.345678 UTC),
            datetime!(1969-12-31 23:59:59.999999 UTC),
            datetime!(1970-01-01 0:00 UTC),
        ] {
            assert_eq!(time(micros(at)), Ok(at));
        }
        assert_eq!(
            time(micros(datetime!(2026-11-22 10:11:12.345678999 +01:00))),
            Ok(datetime!(2026-11-22 9:11:12.345678 UTC))
        );
        assert!(time(i64::MAX).is_err());
    }

    #[test]
    fn numbers_that_do_not_fit_are_errors() {
        assert!(unsigned(-1).is_err());
        assert!(signed(u64::MAX).is_err());
        assert!(object_id(&[0; 19]).is_err());
    }
}
