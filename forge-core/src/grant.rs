//! Grants: a permission in one repository for one person or one team.

use time::OffsetDateTime;

use crate::policy::Permission;
use crate::{GrantId, RepoId, TeamId, UserId};

/// The longest time for which a grant with an end is made, in days.
pub const MAX_GRANT_DAYS: u16 = 3650;

/// Whom a grant is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grantee {
    /// A person. Who is in no organisation of the owner's is an outside collaborator.
    User(UserId),
    /// A team, with all teams below it.
    Team(TeamId),
}

/// A permission in one repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Which.
    pub id: GrantId,
    /// Where.
    pub repo: RepoId,
    /// For whom.
    pub grantee: Grantee,
    /// What they may do; never [`Permission::None`].
    pub permission: Permission,
    /// Since when.
    pub granted_at: OffsetDateTime,
    /// By whom; nothing when the person is gone or the system did it.
    pub granted_by: Option<UserId>,
    /// Until when.
    pub expires_at: Option<OffsetDateTime>,
}

/// What a grant gives, and until when: all that a decision needs of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Granted {
    /// What the holder may do.
    pub permission: Permission,
    /// Until when.
    pub expires_at: Option<OffsetDateTime>,
}

impl Granted {
    /// Whether it is in force. It is not any more at the very moment of its end.
    pub fn is_in_force(self, now: OffsetDateTime) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The greatest permission among the grants that are in force.
pub fn in_force(grants: &[Granted], now: OffsetDateTime) -> Permission {
    let standing = grants.iter().filter(|grant| grant.is_in_force(now));
    standing.map(|grant| grant.permission).max().unwrap_or(Permission::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    #[test]
    fn an_end_is_an_end() {
        let now = datetime!(2026-11-22 10:00 UTC);
        let granted = |permission, after: Option<i64>| Granted {
            permission,
            expires_at: after.map(|seconds| now + Duration::seconds(seconds)),
        };
        let grants = [granted(Permission::Admin, Some(0)), granted(Permission::Write, Some(1))];
        assert_eq!(in_force(&grants, now), Permission::Write);
        assert_eq!(in_force(&grants, now - Duration::seconds(1)), Permission::Admin);
        assert_eq!(in_force(&grants, now + Duration::seconds(1)), Permission::None);
        assert_eq!(
            in_force(&[granted(Permission::Read, None)], now + Duration::weeks(9999)),
            Permission::Read
        );
    }
}
