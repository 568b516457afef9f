//! What lets a person in: sessions, access tokens and SSH keys, and what each may reach at most.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::{Factors, RepoId, SessionId, SshKeyId, TokenId, UserId};

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// When they signed in.
    pub created_at: OffsetDateTime,
    /// When they last proved who they are.
    pub authenticated_at: OffsetDateTime,
    /// How they did.
    pub factors: Factors,
    /// When it was last used, to within a minute.
    pub last_used_at: OffsetDateTime,
    /// When it ends whatever happens.
    pub expires_at: OffsetDateTime,
    /// The network address it was last used from.
    pub address: String,
    /// What the browser says it is.
    pub user_agent: String,
}

/// A password for programs: limited, named, revocable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Which.
    pub id: TokenId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do at most.
    pub scopes: Scopes,
    /// In which repositories.
    pub reach: Reach,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// The network it was last used from.
    pub last_used_from: Option<String>,
}

/// In which repositories a token counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// In all that its owner reaches, now and later.
    Everything,
    /// In these only, and in none once they are gone.
    Only(Vec<RepoId>),
}

impl Reach {
    /// Whether a repository is within it.
    pub fn includes(&self, repo: RepoId) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(chosen) => chosen.contains(&repo),
        }
    }
}

/// A public key that signs its owner in over SSH.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshKey {
    /// Which.
    pub id: SshKeyId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The key as a line of `authorized_keys`, without its comment.
    pub public_key: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when, if it ends.
    pub expires_at: Option<OffsetDateTime>,
    /// What its owner signs to prove that it is theirs.
    pub challenge: String,
    /// When they did.
    pub verified_at: Option<OffsetDateTime>,
    /// When it was last used, to within a minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// The network it was last used from.
    pub last_used_from: Option<String>,
}

/// One thing that a token may be made for. Writing includes reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read repositories that the person can read.
    RepositoryRead,
    /// Push to repositories that the person can push to.
    RepositoryWrite,
    /// Read what the person can read of organisations.
    OrganisationRead,
    /// Change organisations that the person can change.
    OrganisationWrite,
    /// Read the person's own account.
    AccountRead,
    /// Change the person's own account, though never what lets them in.
    AccountWrite,
    /// Read what administrators of the site read.
    AdminRead,
    /// Do what administrators of the site do.
    AdminWrite,
    /// Follow by feeds what the person is told and what happens where they may look. It stands alone, because the token
    /// is a part of an address, and addresses are kept and passed on more easily than passwords.
    FeedRead,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Self; 9] = [
        Self::RepositoryRead,
        Self::RepositoryWrite,
        Self::OrganisationRead,
        Self::OrganisationWrite,
        Self::AccountRead,
        Self::AccountWrite,
        Self::AdminRead,
        Self::AdminWrite,
        Self::FeedRead,
    ];
    /// What git needs, and what a token is made for when nothing else is said.
    pub const GIT: [Self; 2] = [Self::RepositoryRead, Self::RepositoryWrite];

    /// The word in rows, forms and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::RepositoryRead => "repository:read",
            Self::RepositoryWrite => "repository:write",
            Self::OrganisationRead => "organisation:read",
            Self::OrganisationWrite => "organisation:write",
            Self::AccountRead => "account:read",
            Self::AccountWrite => "account:write",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
            Self::FeedRead => "feed:read",
        }
    }

    /// The scope that includes it besides itself: to write includes to read.
    fn included_in(self) -> Self {
        match self {
            Self::RepositoryRead | Self::RepositoryWrite => Self::RepositoryWrite,
            Self::OrganisationRead | Self::OrganisationWrite => Self::OrganisationWrite,
            Self::AccountRead | Self::AccountWrite => Self::AccountWrite,
            Self::AdminRead | Self::AdminWrite => Self::AdminWrite,
            Self::FeedRead => Self::FeedRead,
        }
    }
}

/// The word names no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a scope is repository, organisation, account or admin, then :read or :write, as in repository:read; feed:read stands alone"
)]
pub struct InvalidScope;

impl FromStr for Scope {
    type Err = InvalidScope;
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::ALL.into_iter().find(|scope| scope.name() == text).ok_or(InvalidScope)
    }
}

/// What a token may do: at least one scope, and nothing beside the one for feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Collects scopes; none at all is an error, and so is anything beside the one for feeds.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Result<Self, InvalidScope> {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        let is_mixed = scopes.len() > 1 && scopes.contains(&Scope::FeedRead);
        if scopes.is_empty() || is_mixed { Err(InvalidScope) } else { Ok(Self(scopes)) }
    }

    /// Whether the token is a part of the address of a feed, and nothing else.
    pub fn is_for_feeds(&self) -> bool {
        self.0 == [Scope::FeedRead]
    }

    /// Whether it covers a scope. Writing includes reading of the same, and nothing includes anything else.
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || self.0.contains(&scope.included_in())
    }

    /// The scopes that were given.
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

/// Scopes are written as words with spaces between.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.iter().map(Scope::name).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = InvalidScope;
    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::new(text.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_errors_and_writing_includes_reading() {
        assert!("repository:own".parse::<Scopes>().is_err());
        assert!("".parse::<Scopes>().is_err());
        let write: Scopes = "repository:write".parse().unwrap();
        assert!(write.contains(Scope::RepositoryRead));
        let read: Scopes = "repository:read".parse().unwrap();
        assert!(!read.contains(Scope::RepositoryWrite));
        assert_eq!(write.to_string(), "repository:write");
        for scope in Scope::ALL {
            let alone = Scopes::new([scope]).unwrap();
            assert_eq!(alone.to_string().parse(), Ok(alone.clone()));
            let covered: Vec<_> = Scope::ALL.into_iter().filter(|other| alone.contains(*other)).collect();
            let area = |scope: Scope| scope.name().split(':').next().unwrap().to_owned();
            assert!(covered.contains(&scope) && covered.iter().all(|other| area(*other) == area(scope)));
            assert_eq!(covered.len(), if scope.name().ends_with("write") { 2 } else { 1 }, "{scope:?}");
        }
    }

    #[test]
    fn the_scope_for_feeds_stands_alone() {
        assert!("feed:read repository:read".parse::<Scopes>().is_err());
        let feeds: Scopes = "feed:read".parse().unwrap();
        assert!(feeds.is_for_feeds() && !"repository:read".parse::<Scopes>().unwrap().is_for_feeds());
        assert!(Scope::ALL.into_iter().all(|scope| feeds.contains(scope) == (scope == Scope::FeedRead)));
    }

    #[test]
    fn a_limited_token_reaches_what_was_chosen_and_nothing_when_that_is_gone() {
        let (beds, wards) = (RepoId::new(1, [1; 10]), RepoId::new(2, [2; 10]));
        assert!(Reach::Everything.includes(beds));
        assert!(Reach::Only(vec![beds]).includes(beds) && !Reach::Only(vec![beds]).includes(wards));
        assert!(!Reach::Only(Vec::new()).includes(beds));
    }
}
