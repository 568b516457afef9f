//! Names that people choose: of people, organisations and repositories.

use std::fmt;
use std::str::FromStr;

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Empty or too long.
    #[error("a name has between 1 and {0} characters")]
    Length(usize),
    /// A character that names do not have.
    #[error("a name has only letters a to z, digits, and single . _ or - between them")]
    Character,
    /// Taken by the product, or confusing in an address.
    #[error("this name is reserved; choose another")]
    Reserved,
}

/// First parts of addresses that are ours, so no owner may have them.
const RESERVED_OWNERS: &[&str] = &[
    "-",
    "about",
    "accessibility",
    "account",
    "admin",
    "api",
    "approvals",
    "assets",
    "audit",
    "explore",
    "favicon.ico",
    "feeds",
    "git",
    "health",
    "healthz",
    "help",
    "home",
    "internal",
    "invitations",
    "join",
    "library",
    "login",
    "logout",
    "metrics",
    "new",
    "notifications",
    "organisations",
    "orgs",
    "people",
    "readyz",
    "repositories",
    "requests",
    "robots.txt",
    "search",
    "security",
    "settings",
    "setup",
    "sign-in",
    "sign-out",
    "sign-up",
    "signin",
    "signout",
    "static",
    "swagger.v1.json",
    "tools",
    "unsubscribe",
    "user",
    "users",
    "well-known",
    ".well-known",
];

fn check(name: &str, longest: usize) -> Result<(), InvalidName> {
    if name.is_empty() || name.len() > longest {
        return Err(InvalidName::Length(longest));
    }
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    let joins = |c: char| matches!(c, '.' | '_' | '-');
    let ends_well = name.starts_with(alphanumeric) && name.ends_with(alphanumeric);
    let chars_ok = name.chars().all(|c| alphanumeric(c) || joins(c));
    let doubled = name.contains("..");
    if ends_well && chars_ok && !doubled { Ok(()) } else { Err(InvalidName::Character) }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident, $check:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks a name.
            pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
                let name = name.into();
                let check: fn(&str) -> Result<(), InvalidName> = $check;
                check(&name)?;
                Ok(Self(name))
            }

            /// As it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// What makes two names the same: ASCII letters count alike in either case.
            pub fn key(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                Self::new(text)
            }
        }
    )+};
}

names! {
    /// What a person signs in as.
    Username, owner;
    /// What an organisation is called in addresses.
    OrgName, owner;
    /// The first part of a repository's address: a person or an organisation.
    OwnerName, owner;
    /// What a team is called in the addresses of its organisation.
    TeamName, |name| {
        check(name, 40)?;
        if name.eq_ignore_ascii_case("new") { Err(InvalidName::Reserved) } else { Ok(()) }
    };
    /// The second part of a repository's address.
    RepoName, |name| {
        check(name, 100)?;
        let lower = name.to_ascii_lowercase();
        let suffix = [".git", ".wiki", ".lock", ".atom", ".rss"].iter().any(|end| lower.ends_with(end));
        if suffix || lower == "new" || lower == "settings" { Err(InvalidName::Reserved) } else { Ok(()) }
    };
}

fn owner(name: &str) -> Result<(), InvalidName> {
    check(name, 40)?;
    let lower = name.to_ascii_lowercase();
    if RESERVED_OWNERS.contains(&lower.as_str()) || lower.strip_suffix(".git").is_some() {
        Err(InvalidName::Reserved)
    } else {
        Ok(())
    }
}

impl From<Username> for OwnerName {
    fn from(name: Username) -> Self {
        Self(name.0)
    }
}

impl From<OrgName> for OwnerName {
    fn from(name: OrgName) -> Self {
        Self(name.0)
    }
}

/// The address of a repository: `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoPath {
    /// Whose it is.
    pub owner: OwnerName,
    /// What it is called.
    pub name: RepoName,
}

impl RepoPath {
    /// Joins two checked names.
    pub fn new(owner: OwnerName, name: RepoName) -> Self {
        Self { owner, name }
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Reads `owner/name`, also as git clients write it: with a leading `/` and a trailing `.git` or `/`.
impl FromStr for RepoPath {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.strip_prefix('/').unwrap_or(text);
        let text = text.strip_suffix('/').unwrap_or(text);
        let text = text.strip_suffix(".git").unwrap_or(text);
        let (owner, name) = text.split_once('/').ok_or(InvalidName::Character)?;
        Ok(Self { owner: OwnerName::new(owner)?, name: RepoName::new(name)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_an_address_cannot_carry() {
        for good in ["a", "rr8", "NHS-R", "a.b_c-d", "x--y"] {
            assert!(RepoName::new(good).is_ok(), "{good}");
        }
        for bad in
            ["", "-a", "a-", ".a", "a.", "a..b", "a/b", "a b", "é", "a.git", "A.GIT", "new", "a%2e", "a\n"]
        {
            assert!(RepoName::new(bad).is_err(), "{bad}");
        }
        for bad in ["admin", "API", "sign-in", "x.git", &"a".repeat(41)] {
            assert!(OwnerName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_paths_as_git_clients_write_them() {
        for text in ["rr8/beds", "/rr8/beds", "/rr8/beds.git", "rr8/beds.git/", "rr8/beds/"] {
            assert_eq!(
                text.parse::<RepoPath>().map(|path| path.to_string()),
                Ok("rr8/beds".to_owned()),
                "{text}"
            );
        }
        for text in ["", "/", "rr8", "rr8/", "rr8/beds/x", "../x", "rr8//beds", "~rr8/beds"] {
            assert!(text.parse::<RepoPath>().is_err(), "{text}");
        }
    }
}
