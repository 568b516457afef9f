//! Invitations: links that let somebody make an account, join an organisation, or both.

use time::OffsetDateTime;

use crate::{Email, InvitationId, OrgId, OrgRole, UserId};

/// The longest life of an invitation, in days.
pub const MAX_INVITATION_DAYS: u16 = 30;

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub id: InvitationId,
    /// Whose it is; whoever has the link if there is none.
    pub email: Option<Email>,
    /// The organisation that they join, and as what.
    pub joins: Option<(OrgId, OrgRole)>,
    /// Who made it; nobody if it was made on the command line.
    pub invited_by: Option<UserId>,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// When it was used.
    pub used_at: Option<OffsetDateTime>,
    /// Who used it.
    pub used_by: Option<UserId>,
    /// When it was taken back.
    pub revoked_at: Option<OffsetDateTime>,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationState {
    /// It works.
    Open,
    /// It was used.
    Used,
    /// It was taken back.
    Revoked,
    /// Its time has passed.
    Expired,
}

impl Invitation {
    /// What has become of it.
    pub fn state(&self, now: OffsetDateTime) -> InvitationState {
        if self.used_at.is_some() {
            InvitationState::Used
        } else if self.revoked_at.is_some() {
            InvitationState::Revoked
        } else if self.expires_at <= now {
            InvitationState::Expired
        } else {
            InvitationState::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn an_invitation_ends_in_one_of_three_ways() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(10);
        let open = Invitation {
            id: InvitationId::new(1, [1; 10]),
            email: None,
            joins: None,
            invited_by: None,
            created_at: now,
            expires_at: now + Duration::days(1),
            used_at: None,
            used_by: None,
            revoked_at: None,
        };
        assert_eq!(open.state(now), InvitationState::Open);
        assert_eq!(open.state(open.expires_at), InvitationState::Expired);
        let used = Invitation { used_at: Some(now), ..open.clone() };
        assert_eq!(used.state(open.expires_at), InvitationState::Used);
        let revoked = Invitation { revoked_at: Some(now), ..open.clone() };
        assert_eq!(revoked.state(open.expires_at), InvitationState::Revoked);
    }
}
