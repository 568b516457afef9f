//! Forks: a copy of a repository is never shown to people who cannot see what it was copied from.

use crate::{OwnerId, Visibility};

/// Where a copy would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// Who sees the source.
    pub visibility: Visibility,
    /// Whose the source is.
    pub source_owner: OwnerId,
    /// Whose the copy would be.
    pub owner: OwnerId,
}

/// The widest visibility that a copy may have there.
///
/// What everybody who signs in sees may be narrower at anybody's. What fewer people see stays with its owner at the same
/// width, and is private elsewhere: the colleagues of another owner are other people.
pub fn widest(copying: &Copying) -> Visibility {
    if copying.visibility >= Visibility::Internal || copying.owner == copying.source_owner {
        copying.visibility
    } else {
        Visibility::Private
    }
}

/// Whether a copy may be made there at all: what not everybody sees goes to no organisation but its own, because the
/// members of another one would all see it.
pub fn may_stand(copying: &Copying) -> bool {
    copying.visibility >= Visibility::Internal
        || copying.owner == copying.source_owner
        || matches!(copying.owner, OwnerId::User(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OrgId, UserId};

    #[test]
    fn a_copy_is_seen_by_nobody_who_cannot_see_its_source() {
        use Visibility::{Internal, Organisation, Private, Public};
        let org = |number| OwnerId::Org(OrgId::new(number, [1; 10]));
        let user = OwnerId::User(UserId::new(1, [1; 10]));
        for (visibility, owner, allowed) in [
            (Private, org(1), Some(Private)),
            (Private, user, Some(Private)),
            (Private, org(2), None),
            (Organisation, org(1), Some(Organisation)),
            (Organisation, user, Some(Private)),
            (Organisation, org(2), None),
            (Internal, org(2), Some(Internal)),
            (Internal, user, Some(Internal)),
            (Public, org(2), Some(Public)),
        ] {
            let copying = Copying { visibility, source_owner: org(1), owner };
            assert_eq!(may_stand(&copying).then(|| widest(&copying)), allowed, "{visibility} at {owner:?}");
        }
    }
}
