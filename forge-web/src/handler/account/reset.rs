//! A new password for somebody who forgot theirs, and the link that makes an address theirs.

use forge_core::{Email, Secret};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::account::{ChangeEmail, RequestReset, ResetPassword};
use crate::url;
use crate::view::FormErrors;

pub(in crate::handler) async fn show_request_reset(ctx: Ctx) -> Answer {
    page(&RequestReset { page: ctx.frame(), errors: FormErrors::none(), email: String::new() })
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct RequestForm {
    email: String,
}

pub(in crate::handler) async fn submit_request_reset(ctx: Ctx, Form(form): Form<RequestForm>) -> Answer {
    let mut errors = FormErrors::none();
    let Some(email) = parsed(&mut errors, "email", Email::new(&form.email)) else {
        return again(&RequestReset { page: ctx.frame(), errors, email: form.email });
    };
    ctx.app().request_password_reset(&ctx.origin, &email).await?;
    ctx.done(url::SIGN_IN, Notice::ResetRequested)
}

pub(in crate::handler) async fn show_reset(ctx: Ctx, uri: Uri) -> Answer {
    let secret = secret_of(&uri)?;
    page(&reset_view(&ctx, &secret, FormErrors::none()).await?)
}

/// What the form has. Password managers look for the name, which is not used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ResetForm {
    #[serde(rename = "username")]
    _username: Option<String>,
    password: String,
}

pub(in crate::handler) async fn submit_reset(ctx: Ctx, uri: Uri, Form(form): Form<ResetForm>) -> Answer {
    let secret = secret_of(&uri)?;
    match ctx.app().reset_password(&ctx.origin, &secret, &Secret::new(form.password)).await {
        Ok(()) => ctx.done(url::SIGN_IN, Notice::PasswordReset),
        Err(error) => again(&reset_view(&ctx, &secret, wrong(error, &[])?).await?),
    }
}

async fn reset_view(ctx: &Ctx, secret: &str, errors: FormErrors) -> Result<ResetPassword, Failure> {
    let account = ctx.app().password_reset(secret).await?.ok_or_else(Failure::not_found)?;
    let username = account.name.to_string();
    Ok(ResetPassword { page: ctx.frame(), errors, action: url::reset(secret), username })
}

pub(in crate::handler) async fn show_change_email(ctx: Ctx, uri: Uri) -> Answer {
    let secret = secret_of(&uri)?;
    let (account, email) = ctx.app().email_change(&secret).await?.ok_or_else(Failure::not_found)?;
    page(&ChangeEmail {
        page: ctx.frame(),
        action: url::change_email(&secret),
        username: account.name.to_string(),
        email: email.as_str().to_owned(),
    })
}

/// The form has a button only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ChangeEmailForm {}

pub(in crate::handler) async fn submit_change_email(
    ctx: Ctx,
    uri: Uri,
    Form(ChangeEmailForm {}): Form<ChangeEmailForm>,
) -> Answer {
    ctx.app().change_email(&ctx.origin, &secret_of(&uri)?).await?;
    ctx.done(url::HOME, Notice::EmailChanged)
}

/// The secret of the address.
fn secret_of(uri: &Uri) -> Result<String, Failure> {
    Address::of(uri).segment(2).ok_or_else(Failure::not_found)
}
