//! Organisations, their members, and who owns things.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::policy::Permission;
use crate::{OrgId, OrgName, OwnerName, UserId};

/// A body that owns repositories: a trust, an integrated care board, a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Which.
    pub id: OrgId,
    /// Its name in addresses.
    pub name: OrgName,
    /// Its name in words; never empty.
    pub display_name: String,
    /// What it does.
    pub description: String,
    /// Its code in the Organisation Data Service, if it has one.
    pub ods_code: Option<OdsCode>,
    /// The organisation above it, whose policies hold here too.
    pub parent: Option<OrgId>,
    /// Its own pages: an `https` address, or empty.
    pub website: String,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// A code of the Organisation Data Service: opaque, unique, never reused.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OdsCode(String);

/// The text is not an ODS code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ODS code has 2 to 12 capital letters and digits, like RR8")]
pub struct InvalidOdsCode;

impl OdsCode {
    /// Checks the shape; small letters are taken as capitals.
    pub fn new(text: &str) -> Result<Self, InvalidOdsCode> {
        let code = text.trim().to_ascii_uppercase();
        let fits = (2..=12).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric());
        if fits { Ok(Self(code)) } else { Err(InvalidOdsCode) }
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a member may do in an organisation. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrgRole {
    /// Reads its repositories.
    Reader,
    /// Also writes to them and makes new ones.
    Developer,
    /// Also looks after them.
    Maintainer,
    /// Also manages members, teams, policies and every repository.
    Owner,
}

impl OrgRole {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Developer, Self::Maintainer, Self::Owner];

    /// Whether it lets somebody read what the audit log says of the organisation.
    pub fn reads_audit(self) -> bool {
        self == Self::Owner
    }

    /// The word in rows and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Developer => "developer",
            Self::Maintainer => "maintainer",
            Self::Owner => "owner",
        }
    }

    /// What it gives in every repository of the organisation.
    pub fn permission(self) -> Permission {
        match self {
            Self::Reader => Permission::Read,
            Self::Developer => Permission::Write,
            Self::Maintainer => Permission::Maintain,
            Self::Owner => Permission::Admin,
        }
    }
}

impl fmt::Display for OrgRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is owner, maintainer, developer or reader")]
pub struct InvalidRole;

impl FromStr for OrgRole {
    type Err = InvalidRole;
    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(InvalidRole)
    }
}

/// What a member answers for beside their role. A duty gives no permission in repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Duties {
    /// Answers for information governance: decides whether more people may see a repository.
    pub information_governance: bool,
    /// Approves releases.
    pub release_approver: bool,
    /// Reads what was done in the organisation.
    pub auditor: bool,
}

impl Duties {
    /// The words of those that somebody has.
    pub fn names(self) -> Vec<&'static str> {
        let all = [
            (self.information_governance, "information-governance"),
            (self.release_approver, "release-approver"),
            (self.auditor, "auditor"),
        ];
        all.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
    }

    /// The duties that words name.
    pub fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidDuty> {
        let mut duties = Self::default();
        for name in names {
            match name {
                "information-governance" => duties.information_governance = true,
                "release-approver" => duties.release_approver = true,
                "auditor" => duties.auditor = true,
                _ => return Err(InvalidDuty),
            }
        }
        Ok(duties)
    }
}

/// The word names no duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a duty is information-governance, release-approver or auditor")]
pub struct InvalidDuty;

/// One person's place in one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrgRole,
    /// What they answer for beside that.
    pub duties: Duties,
    /// Since when.
    pub since: OffsetDateTime,
}

/// Who owns a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OwnerId {
    /// A person.
    User(UserId),
    /// An organisation.
    Org(OrgId),
}

/// An owner as the first part of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub id: OwnerId,
    /// The name in addresses.
    pub name: OwnerName,
    /// The name in words.
    pub display_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ods_codes_have_their_shape() {
        for good in ["RR8", "fce71", "B9A5A", "LSP0101"] {
            assert!(OdsCode::new(good).is_ok(), "{good}");
        }
        for bad in ["", "R", "RR8!", "ABCDEFGHIJKLM", "É1"] {
            assert!(OdsCode::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_come_back() {
        for role in OrgRole::ALL {
            assert_eq!(role.name().parse(), Ok(role));
        }
        assert_eq!("member".parse::<OrgRole>(), Err(InvalidRole));
        let all = Duties { information_governance: true, release_approver: true, auditor: true };
        assert_eq!(Duties::of_names(all.names()), Ok(all));
        assert_eq!(Duties::of_names(["king"]), Err(InvalidDuty));
        assert!(Duties::default().names().is_empty());
    }
}
