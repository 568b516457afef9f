//! Invitations, and accounts that people make for themselves.

use askama::Template;

use crate::view::{Choice, FormErrors, PageContext, When};

/// The invitations of the site, or of an organisation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/invitations.html")]
pub struct Invitations {
    /// The frame.
    pub page: PageContext,
    /// The organisation's full name; empty for the whole site.
    pub organisation: String,
    /// Its page.
    pub organisation_url: String,
    /// Where every form of this page goes.
    pub action: String,
    /// Whether the settings allow invitations.
    pub is_allowed: bool,
    /// The link that was just made, which is shown once; empty if none was.
    pub link: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub email: String,
    /// What was written.
    pub days: String,
    /// Roles to choose, in an organisation.
    pub roles: Vec<Choice>,
    /// The invitations, the newest first.
    pub invitations: Vec<InvitationRow>,
}

/// An invitation in the list.
#[derive(Debug, Clone, Default)]
pub struct InvitationRow {
    /// How forms name it.
    pub id: String,
    /// For whom; empty for whoever has the link.
    pub email: String,
    /// To where and as what; empty for the site alone.
    pub joins: String,
    /// Who made it; empty for the command line.
    pub inviter: String,
    /// Since when.
    pub since: When,
    /// When it ends.
    pub ends: When,
    /// Whether it works.
    pub is_open: bool,
    /// What became of it.
    pub state: &'static str,
}

/// The page behind the link of an invitation.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/invitation.html")]
pub struct Invitation {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where every form of this page goes.
    pub action: String,
    /// To what it invites.
    pub place: String,
    /// Who invites; may be empty.
    pub inviter: String,
    /// As what; empty for the site alone.
    pub role: String,
    /// For which address; empty for whoever has the link.
    pub email: String,
    /// As whom the reader is signed in; empty if they are not.
    pub username: String,
    /// Where to sign in, and come back.
    pub sign_in_url: String,
    /// Whether somebody with an account can use it.
    pub can_join: bool,
    /// Other sites that can sign the person in from then on.
    pub providers: Vec<Choice>,
}

/// The page where somebody makes an account for themself.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/sign_up.html")]
pub struct SignUp {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the form goes: the one-time address itself.
    pub action: String,
    /// Whether the address is proven; until then only a link can be asked for.
    pub is_proven: bool,
    /// Whether a link is on its way.
    pub is_sent: bool,
    /// Their address.
    pub email: String,
    /// What was written.
    pub username: String,
    /// What was written.
    pub name: String,
    /// Whether another site signs them in, so that they need no password.
    pub has_identity: bool,
}
