//! Settings of the person who is signed in.

use askama::Template;

use crate::page::key::KeyRow;
use crate::view::{Choice, FormErrors, PageContext, QrCode, When};

/// Name and e-mail address.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/profile.html")]
pub struct Profile {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What they sign in as, which stays.
    pub username: String,
    /// What to call them.
    pub name: String,
    /// Where mail goes.
    pub email: String,
}

/// Other sites that can sign the person in.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/providers.html")]
pub struct Providers {
    /// The frame.
    pub page: PageContext,
    /// What went wrong on the way.
    pub errors: FormErrors,
    /// Sites that can.
    pub linked: Vec<LinkedRow>,
    /// Sites that could.
    pub offered: Vec<Choice>,
}

/// A site that can sign the person in.
#[derive(Debug, Clone, Default)]
pub struct LinkedRow {
    /// What it is called.
    pub label: String,
    /// Which site.
    pub issuer: String,
    /// Whom it means.
    pub subject: String,
    /// Since when.
    pub since: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
}

/// Another e-mail address.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/email.html")]
pub struct Email {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where mail goes now.
    pub current: String,
    /// What was written.
    pub email: String,
}

/// A new password.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/password.html")]
pub struct Password {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What they sign in as, for password managers.
    pub username: String,
}

/// The second factor.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Whether there is any.
    pub is_set_up: bool,
    /// Since when there is an authenticator app.
    pub app_since: Option<When>,
    /// Recovery codes that still work.
    pub recovery_codes: u64,
    /// Whether they must have one.
    pub is_demanded: bool,
}

/// Passkeys.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/passkeys.html")]
pub struct Passkeys {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Whether the site can have any.
    pub are_offered: bool,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// What was written.
    pub name: String,
}

/// A passkey.
#[derive(Debug, Clone, Default)]
pub struct PasskeyRow {
    /// Which one to remove.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// When it was added.
    pub added: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
}

/// The setting up of an authenticator app.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/authenticator.html")]
pub struct Authenticator {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// The picture that the app reads.
    pub picture: QrCode,
    /// The same as text, in groups.
    pub secret: String,
}

/// New recovery codes: the only page that ever shows them.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/recovery_codes.html")]
pub struct RecoveryCodes {
    /// The frame.
    pub page: PageContext,
    /// The codes.
    pub codes: Vec<String>,
}

/// Browsers that are signed in.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/sessions.html")]
pub struct Sessions {
    /// The frame.
    pub page: PageContext,
    /// The browsers, last used first.
    pub sessions: Vec<SessionRow>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, Default)]
pub struct SessionRow {
    /// Which one to end.
    pub id: String,
    /// The browser and the system, as it says itself.
    pub device: String,
    /// The network address it was last used from.
    pub address: String,
    /// When it signed in.
    pub since: When,
    /// When it was last used.
    pub last_used: When,
    /// Whether it is the one this page is shown in.
    pub is_current: bool,
}

/// Access tokens.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/tokens.html")]
pub struct Tokens {
    /// The frame.
    pub page: PageContext,
    /// The tokens.
    pub tokens: Vec<TokenRow>,
    /// What is wrong with the form that makes one.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What a token may be allowed to do.
    pub scopes: Vec<Choice>,
    /// How long it may live.
    pub lifetimes: Vec<Choice>,
    /// What was written: the repositories it is limited to.
    pub repositories: String,
}

/// An access token.
#[derive(Debug, Clone, Default)]
pub struct TokenRow {
    /// Which one to revoke.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do, in words.
    pub scopes: String,
    /// In which repositories only, in words; empty for all.
    pub reach: String,
    /// The network it was last used from.
    pub from: Option<String>,
    /// When it was made.
    pub created: When,
    /// When it was last used, if ever.
    pub last_used: Option<When>,
    /// When it ends, if ever.
    pub expires: Option<When>,
    /// Whether that time is past.
    pub is_expired: bool,
}

/// A token that has just been made: the only page that ever shows it.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/token_created.html")]
pub struct TokenCreated {
    /// The frame.
    pub page: PageContext,
    /// What it is called.
    pub name: String,
    /// The token itself.
    pub token: String,
    /// What to give as the name when git asks.
    pub username: String,
    /// The site's address, for the example.
    pub site: String,
}

/// Addresses of feeds.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/feeds.html")]
pub struct Feeds {
    /// The frame.
    pub page: PageContext,
    /// The tokens that are in addresses.
    pub tokens: Vec<TokenRow>,
    /// What is wrong with the form that makes some.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// How long they may live.
    pub lifetimes: Vec<Choice>,
    /// The repository or organisation that they were asked for.
    pub of: String,
}

/// Addresses of feeds that have just been made: the only page that ever shows them.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/feed_made.html")]
pub struct FeedMade {
    /// The frame.
    pub page: PageContext,
    /// What they are called.
    pub name: String,
    /// The addresses.
    pub addresses: Vec<FeedAddress>,
}

/// The address of a feed.
#[derive(Debug, Clone, Default)]
pub struct FeedAddress {
    /// The field that shows it.
    pub id: &'static str,
    /// What the feed tells.
    pub label: String,
    /// Where it is.
    pub url: String,
}

/// SSH keys.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/ssh_keys.html")]
pub struct SshKeys {
    /// The frame.
    pub page: PageContext,
    /// The keys.
    pub keys: Vec<KeyRow>,
    /// What is wrong with the form that adds one.
    pub errors: FormErrors,
    /// What was written.
    pub name: String,
    /// What was written.
    pub key: String,
    /// How long a key may count.
    pub lifetimes: Vec<Choice>,
    /// Whether a key lets in only once it is verified.
    pub must_verify: bool,
    /// The command that tries a key, such as `ssh -p 2222 git@host`.
    pub test_command: String,
    /// The fingerprint of the server's own key, which ssh shows at the first connection.
    pub host_fingerprint: Option<String>,
}

/// GPG keys.
#[derive(Debug, Clone, Template)]
#[template(path = "page/settings/gpg_keys.html")]
pub struct GpgKeys {
    /// The frame.
    pub page: PageContext,
    /// The keys.
    pub keys: Vec<KeyRow>,
    /// What is wrong with the form that adds one.
    pub errors: FormErrors,
    /// What was written.
    pub key: String,
    /// What was written.
    pub signature: String,
    /// The command that signs the proof.
    pub sign_command: String,
}
