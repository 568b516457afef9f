//! Coming in.

use askama::Template;

use crate::view::{Choice, FormErrors, Link, PageContext};

/// The page behind the one-time link, which makes the first administrator.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/setup.html")]
pub struct Setup {
    /// The frame.
    pub page: PageContext,
    /// Where the form goes: the one-time address itself.
    pub action: String,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub username: String,
    /// What was written.
    pub name: String,
    /// What was written.
    pub email: String,
}

/// The page where people sign in.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/sign_in.html")]
pub struct SignIn {
    /// The frame.
    pub page: PageContext,
    /// What is wrong. A wrong name and a wrong password read the same.
    pub errors: FormErrors,
    /// What was written.
    pub username: String,
    /// Whether a passkey does.
    pub has_passkeys: bool,
    /// Other sites that sign people in, and where their buttons lead.
    pub providers: Vec<Link>,
    /// Which page to go on to; a path of this site.
    pub then: String,
}

/// The second step of signing in.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/second_factor.html")]
pub struct SecondFactor {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Whether there is an authenticator app; otherwise only a recovery code does.
    pub app: bool,
    /// Whether a passkey does.
    pub has_passkeys: bool,
    /// Which page to go on to; a path of this site.
    pub then: String,
}

/// The page where somebody who is signed in says again who they are.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/confirm.html")]
pub struct Confirm {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What they sign in as, for password managers.
    pub username: String,
    /// Whether they have a password; who came through another site may have none.
    pub has_password: bool,
    /// Other sites that can say who they are.
    pub providers: Vec<Choice>,
    /// Whether a code does too.
    pub has_second_factor: bool,
    /// Whether a passkey does.
    pub has_passkeys: bool,
    /// Which page to go on to; a path of this site.
    pub then: String,
}

/// The page where somebody who forgot their password asks for a link.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/request_reset.html")]
pub struct RequestReset {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// What was written.
    pub email: String,
}

/// The page behind the one-time link, which sets a new password.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/reset_password.html")]
pub struct ResetPassword {
    /// The frame.
    pub page: PageContext,
    /// What is wrong.
    pub errors: FormErrors,
    /// Where the form goes: the one-time address itself.
    pub action: String,
    /// Whose password it is, for password managers.
    pub username: String,
}

/// The page behind the one-time link, which gives an account its new e-mail address.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/change_email.html")]
pub struct ChangeEmail {
    /// The frame.
    pub page: PageContext,
    /// Where the form goes: the one-time address itself.
    pub action: String,
    /// Whose account it is.
    pub username: String,
    /// The new address.
    pub email: String,
}

/// The page that leads to another site.
#[derive(Debug, Clone, Template)]
#[template(path = "page/account/go_on.html")]
pub struct GoOn {
    /// The frame.
    pub page: PageContext,
    /// What the site is called.
    pub label: String,
    /// Its address, with what is asked of it.
    pub to: String,
}
