//! How people prove who they are, and what counts as two factors.

use std::fmt;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::{PasskeyId, UserId};

/// One proof of who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// Their password.
    Password,
    /// A code of their authenticator app.
    App,
    /// A recovery code, which works once.
    RecoveryCode,
    /// A passkey whose device checked its owner: something they have, and something they know or are.
    Passkey,
    /// A passkey whose device saw only that somebody was there.
    SecurityKey,
    /// Another site vouches for them.
    Provider,
    /// Another site vouches for them, and says that it asked for two factors.
    StrongProvider,
}

impl Factor {
    const ALL: [Self; 7] = [
        Self::Password,
        Self::App,
        Self::RecoveryCode,
        Self::Passkey,
        Self::SecurityKey,
        Self::Provider,
        Self::StrongProvider,
    ];

    /// The word in rows and in the audit log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::App => "app",
            Self::RecoveryCode => "recovery-code",
            Self::Passkey => "passkey",
            Self::SecurityKey => "security-key",
            Self::Provider => "provider",
            Self::StrongProvider => "strong-provider",
        }
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::App => "authenticator app",
            Self::RecoveryCode => "recovery code",
            Self::Passkey => "passkey",
            Self::SecurityKey => "security key",
            Self::Provider => "another site",
            Self::StrongProvider => "another site with a second factor",
        }
    }
}

/// The proofs that somebody gave, in order. There is always one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors(Vec<Factor>);

impl Factors {
    /// The same with one more.
    #[must_use]
    pub fn and(mut self, factor: Factor) -> Self {
        if !self.0.contains(&factor) {
            self.0.push(factor);
        }
        self
    }

    /// Whether they are two factors.
    pub fn are_two(&self) -> bool {
        self.0.len() > 1 || self.0.iter().any(|one| matches!(one, Factor::Passkey | Factor::StrongProvider))
    }

    /// As people read them: `password and authenticator app`.
    pub fn label(&self) -> String {
        self.0.iter().map(|factor| factor.label()).collect::<Vec<_>>().join(" and ")
    }
}

impl From<Factor> for Factors {
    fn from(factor: Factor) -> Self {
        Self(vec![factor])
    }
}

impl fmt::Display for Factors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|factor| factor.word()).collect::<Vec<_>>().join(" "))
    }
}

/// The text is no list of factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of factors")]
pub struct InvalidFactors;

impl FromStr for Factors {
    type Err = InvalidFactors;
    fn from_str(text: &str) -> Result<Self, InvalidFactors> {
        let factors = text
            .split(' ')
            .map(|word| Factor::ALL.into_iter().find(|factor| factor.word() == word).ok_or(InvalidFactors));
        Ok(Self(factors.collect::<Result<_, _>>()?))
    }
}

/// A person's passkey, without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Which.
    pub id: PasskeyId,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_two() {
        for (text, two) in [
            ("password", false),
            ("password app", true),
            ("password recovery-code", true),
            ("security-key", false),
            ("password security-key", true),
            ("passkey", true),
            ("provider", false),
            ("strong-provider", true),
        ] {
            let factors: Factors = text.parse().unwrap();
            assert_eq!(factors.are_two(), two, "{text}");
            assert_eq!(factors.to_string(), text);
        }
        assert_eq!("".parse::<Factors>(), Err(InvalidFactors));
        assert_eq!("password  app".parse::<Factors>(), Err(InvalidFactors));
        let twice = Factors::from(Factor::Password).and(Factor::Password);
        assert!(!twice.are_two(), "one proof given twice is one");
        assert_eq!(twice.and(Factor::App).label(), "password and authenticator app");
    }
}
