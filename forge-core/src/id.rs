//! Typed identifiers: UUIDv7 values that cannot be mistaken for one another.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// The text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

/// Declares identifier types.
///
/// Two kinds never convert into each other, and a bare UUID is no identifier:
/// ```compile_fail
/// let repo: forge_core::RepoId = forge_core::UserId::new(0, [0; 10]).into();
/// ```
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an identifier of a Unix time in milliseconds and ten random bytes.
            pub fn new(unix_millis: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_millis, &random).into_uuid())
            }

            /// Reads the sixteen bytes that a row holds.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes, for a row.
            pub fn to_bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId)
            }
        }

        impl Id for $name {
            fn new(unix_millis: u64, random: [u8; 10]) -> Self {
                Self::new(unix_millis, random)
            }
        }
    )+};
}

/// What every identifier has in common: it is made of a time and randomness that the caller brings.
pub trait Id: Copy {
    /// Makes an identifier of a Unix time in milliseconds and ten random bytes.
    fn new(unix_millis: u64, random: [u8; 10]) -> Self;
}

ids! {
    /// A person's account.
    UserId,
    /// An organisation.
    OrgId,
    /// A repository.
    RepoId,
    /// A signed-in browser.
    SessionId,
    /// An access token.
    TokenId,
    /// A person's SSH public key.
    SshKeyId,
    /// A person's OpenPGP public key.
    GpgKeyId,
    /// A person's passkey.
    PasskeyId,
    /// An invitation.
    InvitationId,
    /// A deploy key.
    DeployKeyId,
    /// One accepted push.
    PushId,
    /// One pack of one repository.
    PackId,
    /// A piece of background work.
    JobId,
    /// A team of an organisation.
    TeamId,
    /// A permission in one repository, given to a person or a team.
    GrantId,
    /// A change of who may see a repository.
    VisibilityChangeId,
    /// A rule for branches or tags.
    RefRuleId,
    /// An entry of the audit log.
    AuditEventId,
    /// A ticket or merge request.
    ItemId,
    /// Something that happened to a ticket or merge request.
    ItemEventId,
    /// A label of tickets and merge requests.
    LabelId,
    /// A milestone.
    MilestoneId,
    /// A person's review of a merge request.
    ReviewId,
    /// A thread of comments.
    ThreadId,
    /// A comment.
    CommentId,
    /// A person's approval of one exact head.
    ApprovalId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_and_sorts_by_time() {
        let early = UserId::new(1_000, [1; 10]);
        let late = UserId::new(2_000, [0; 10]);
        assert!(early < late);
        assert_eq!(early.to_string().parse(), Ok(early));
        assert_eq!(UserId::from_bytes(late.to_bytes()), late);
        assert_eq!("x".parse::<UserId>(), Err(InvalidId));
    }
}
