//! Changes of who may see a repository: who asked, why, until when, and who agreed.

use time::OffsetDateTime;

use crate::organisation::{Membership, OrgRole};
use crate::policy::Actor;
use crate::repository::Visibility;
use crate::{RepoId, UserId, VisibilityChangeId};

/// The longest reason taken, in characters.
pub const MAX_REASON: usize = 500;
/// The longest time after which a visibility can be made to fall back, in days.
pub const MAX_VISIBLE_DAYS: u16 = 3650;

/// A change that was made or asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibilityChange {
    /// Which.
    pub id: VisibilityChangeId,
    /// Of what.
    pub repo: RepoId,
    /// What it was.
    pub from: Visibility,
    /// What it was to be.
    pub to: Visibility,
    /// Why.
    pub reason: String,
    /// By whom; nothing when the person is gone or the forge did it.
    pub asked_by: Option<UserId>,
    /// When it was asked for.
    pub asked_at: OffsetDateTime,
    /// For how many days, counted from when it is made.
    pub days: Option<u16>,
    /// When it falls back.
    pub ends_at: Option<OffsetDateTime>,
    /// What became of it.
    pub state: ChangeState,
    /// Who agreed or refused; nothing where nobody had to.
    pub decided_by: Option<UserId>,
    /// When it was made, agreed to or refused.
    pub decided_at: Option<OffsetDateTime>,
    /// What they said.
    pub note: String,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeState {
    /// Waits for a second person.
    Waiting,
    /// Made.
    Made,
    /// Refused by the second person.
    Refused,
    /// Another was asked for or made instead.
    Superseded,
    /// Made, and fallen back at its end.
    Ended,
}

impl ChangeState {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Made, Self::Refused, Self::Superseded, Self::Ended];

    /// The word in rows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Made => "made",
            Self::Refused => "refused",
            Self::Superseded => "superseded",
            Self::Ended => "ended",
        }
    }
}

/// Why somebody may not decide about a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MayNotDecide {
    /// They have no say in it, and need not know of it.
    #[error("this is not for you to decide")]
    NoSay,
    /// They asked for it themself.
    #[error("you asked for this yourself: somebody else must decide")]
    OwnRequest,
}

/// Whether a place in an organisation gives a say in who sees its repositories.
pub fn has_say(place: &Membership) -> bool {
    place.role == OrgRole::Owner || place.duties.information_governance
}

/// Whether somebody may agree to a change or refuse it: an owner of the organisation, or somebody who answers for its
/// information governance, or an administrator of the site, in a browser; and never whoever asked.
pub fn may_decide(
    actor: &Actor,
    membership: Option<&Membership>,
    asked_by: Option<UserId>,
) -> Result<(), MayNotDecide> {
    let Some(person) = actor.person() else { return Err(MayNotDecide::NoSay) };
    if !person.credential.is_browser() || !(membership.is_some_and(has_say) || actor.is_site_admin()) {
        return Err(MayNotDecide::NoSay);
    }
    if asked_by == Some(person.id) {
        return Err(MayNotDecide::OwnRequest);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{Credential, Duties, OrgId, Person, SessionId, SshKeyId, Username};

    #[test]
    fn a_second_person_with_a_say_decides() {
        let who = |number: u8, is_admin, credential| {
            let id = UserId::new(u64::from(number), [number; 10]);
            let name = Username::new(format!("p{number}")).unwrap();
            Actor::Person(Person { id, name, is_admin, credential })
        };
        let browser = || Credential::Session(SessionId::new(1, [1; 10]));
        let asker = UserId::new(1, [1; 10]);
        let place = |role, information_governance| Membership {
            org: OrgId::new(9, [9; 10]),
            user: asker,
            role,
            duties: Duties { information_governance, ..Duties::default() },
            since: datetime!(2026-11-22 10:00 UTC),
        };
        let ask = |actor: &Actor, place: Option<Membership>| may_decide(actor, place.as_ref(), Some(asker));
        let two = who(2, false, browser());
        assert_eq!(ask(&two, Some(place(OrgRole::Owner, false))), Ok(()));
        assert_eq!(ask(&two, Some(place(OrgRole::Reader, true))), Ok(()));
        assert_eq!(ask(&two, Some(place(OrgRole::Maintainer, false))), Err(MayNotDecide::NoSay));
        assert_eq!(ask(&two, None), Err(MayNotDecide::NoSay));
        assert_eq!(ask(&who(2, true, browser()), None), Ok(()));
        let one = who(1, true, browser());
        assert_eq!(ask(&one, Some(place(OrgRole::Owner, true))), Err(MayNotDecide::OwnRequest));
        let by_key = who(2, true, Credential::SshKey(SshKeyId::new(1, [0; 10])));
        assert_eq!(ask(&by_key, Some(place(OrgRole::Owner, true))), Err(MayNotDecide::NoSay));
        assert_eq!(ask(&Actor::Nobody, Some(place(OrgRole::Owner, true))), Err(MayNotDecide::NoSay));
    }
}
