//! What mails say.

use std::fmt::{Display, Formatter, Result};

/// Tells the owner of an account what happened to it.
pub(crate) struct Notice<'a> {
    /// What they are called.
    pub(crate) name: &'a str,
    /// What happened, a sentence.
    pub(crate) what: &'a str,
    /// When, in words.
    pub(crate) when: &'a str,
    /// From which network address.
    pub(crate) address: &'a str,
    /// Where to look after the account.
    pub(crate) url: &'a str,
}

/// Holds the link that sets a new password.
pub(crate) struct ResetPassword<'a> {
    /// What they are called.
    pub(crate) name: &'a str,
    /// What they sign in as.
    pub(crate) username: &'a str,
    /// The link.
    pub(crate) url: &'a str,
}

/// Holds the link that makes an address theirs.
pub(crate) struct ChangeEmail<'a> {
    /// What they are called.
    pub(crate) name: &'a str,
    /// What they sign in as.
    pub(crate) username: &'a str,
    /// The link.
    pub(crate) url: &'a str,
}

/// Holds the link of an invitation.
pub(crate) struct Invited<'a> {
    /// What they are invited to: the site, or an organisation.
    pub(crate) place: &'a str,
    /// The link.
    pub(crate) url: &'a str,
    /// For how many days it works.
    pub(crate) days: u16,
}

/// Holds the link that proves the address of a new account.
pub(crate) struct FinishSignUp<'a> {
    /// The link.
    pub(crate) url: &'a str,
}

/// Tells somebody who wants to make an account that they have one.
pub(crate) struct AlreadyHere<'a> {
    /// What they are called.
    pub(crate) name: &'a str,
    /// Where to sign in.
    pub(crate) url: &'a str,
}

impl Display for Invited<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { place, url, days } = self;
        let unit = if *days == 1 { "day" } else { "days" };
        write!(
            f,
            "Hello,\n\nyou are invited to {place}. Open this link within {days} {unit}. It works once, and only for this \
             address:\n\n  {url}\n\nIf you do not know why, there is nothing to do.\n"
        )
    }
}

impl Display for FinishSignUp<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(
            f,
            "Hello,\n\nsomebody, most likely you, wants to make an account with this address. Open this link within an hour, \
             in the browser in which you began:\n\n  {}\n\nIf it was not you, there is nothing to do: no account is made.\n",
            self.url
        )
    }
}

impl Display for AlreadyHere<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, url } = self;
        write!(
            f,
            "Hello {name},\n\nsomebody, most likely you, wants to make an account with this address. You have one already. Sign \
             in to it, or ask there for a new password:\n\n  {url}\n\nIf it was not you, there is nothing to do.\n"
        )
    }
}

impl Display for Notice<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, what, when, address, url } = self;
        write!(
            f,
            "Hello {name},\n\n{what}\n\nWhen: {when}\nFrom: {address}\n\nIf that was you, there is nothing to do. If it was \
             not, look at who is signed in, change your password, and tell an administrator:\n\n  {url}\n"
        )
    }
}

impl Display for ResetPassword<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, username, url } = self;
        write!(
            f,
            "Hello {name},\n\nSomebody, most likely you, asked to set a new password for {username}. Open this link within \
             an hour. It works once:\n\n  {url}\n\nIf it was not you, there is nothing to do: your password stays as it \
             is.\n"
        )
    }
}

impl Display for ChangeEmail<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { name, username, url } = self;
        write!(
            f,
            "Hello {name},\n\n{username} asked to use this email address. Open this link within a day to agree. It works \
             once:\n\n  {url}\n\nIf you do not know {username}, there is nothing to do: the address is not used.\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_plain_text_and_say_what_to_do() {
        let notice = Notice {
            name: "Amina <Shah>",
            what: "Your password was changed.",
            when: "22 November 2026 at 09:30 UTC",
            address: "192.0.2.1",
            url: "https://forge.example/settings",
        };
        let text = notice.to_string();
        assert!(text.contains("Amina <Shah>") && text.contains("Your password was changed."), "{text}");
        assert!(text.contains("192.0.2.1") && text.contains("https://forge.example/settings"));
        let url = "https://forge.example/sign-in/reset/ab";
        let reset = ResetPassword { name: "Amina", username: "a-shah", url };
        assert!(reset.to_string().contains(&format!("\n  {url}\n")));
    }
}
