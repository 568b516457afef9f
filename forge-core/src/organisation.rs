//! Organisations, their members, and who owns things.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

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

/// What a member may do in an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrgRole {
    /// Reads and writes its repositories and makes new ones.
    Member,
    /// Also manages members, settings and every repository.
    Owner,
}

impl OrgRole {
    /// Whether it lets somebody read what the audit log says of the organisation.
    pub fn reads_audit(self) -> bool {
        self == Self::Owner
    }

    /// The word in rows and forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Owner => "owner",
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
#[error("a role is owner or member")]
pub struct InvalidRole;

impl FromStr for OrgRole {
    type Err = InvalidRole;
    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        match text {
            "member" => Ok(Self::Member),
            "owner" => Ok(Self::Owner),
            _ => Err(InvalidRole),
        }
    }
}

/// One person's place in one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// Where.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrgRole,
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
}
