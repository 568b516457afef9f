//! People.

use time::OffsetDateTime;

use crate::{UserId, Username};

/// The shortest password taken. A password is the only factor, so length is what counts.
pub const MIN_PASSWORD: usize = 15;
/// The longest password taken, in bytes.
pub const MAX_PASSWORD: usize = 1024;

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// What they sign in as.
    pub name: Username,
    /// What they are called; never empty.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Email,
    /// A line about themselves.
    pub bio: String,
    /// Whether they administer the site.
    pub is_admin: bool,
    /// Whether they may use it.
    pub state: AccountState,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// In use.
    Active,
    /// Switched off by an administrator: nothing of it lets anyone in.
    Disabled,
}

/// What stands for somebody whose account was deleted, where their name stood.
///
/// No account is called so: names have no spaces. The letters at its end tell two such people apart in one talk, and nothing else.
pub fn tombstone(user: UserId) -> String {
    let [.., first, second, third] = user.to_bytes();
    format!("deleted account {first:02x}{second:02x}{third:02x}")
}

/// An e-mail address, checked for shape only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("enter an email address in the correct format, like name@example.com")]
pub struct InvalidEmail;

impl Email {
    /// Checks the shape: one `@`, something before it, a dotted host behind it, no spaces or control characters.
    pub fn new(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@').ok_or(InvalidEmail)?;
        let odd = |c: char| {
            c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')' | '@')
        };
        let host_ok = !host.starts_with('.') && !host.ends_with('.') && !host.contains("..");
        if local.is_empty()
            || host.is_empty()
            || text.len() > 254
            || !host_ok
            || local.chars().chain(host.chars()).any(odd)
        {
            return Err(InvalidEmail);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes two addresses the same to us.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_and_nothing_more() {
        for good in ["a@b.nhs.uk", " first.last@nhs.net ", "o'neil+x@host"] {
            assert!(Email::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b,c@d", "a@b\nBcc: x@y", "a b@c", "a@.b", "a@b..c", "<a@b>"] {
            assert!(Email::new(bad).is_err(), "{bad}");
        }
    }
}
