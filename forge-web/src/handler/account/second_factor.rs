//! The second step of signing in.

use serde::Deserialize;

use super::sign_in::{on_site, welcome};
use crate::cookie::read_secret;
use crate::error::Answer;
use crate::extract::{Ctx, Query, again, page, see_other, wrong};
use crate::form::Form;
use crate::page::account::SecondFactor;
use crate::url;
use crate::view::FormErrors;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct SecondFactorQuery {
    then: Option<String>,
}

pub(in crate::handler) async fn show_second_factor(
    ctx: Ctx,
    Query(query): Query<SecondFactorQuery>,
) -> Answer {
    let then = on_site(query.then.as_deref().unwrap_or_default());
    match view(&ctx, then, FormErrors::none()).await? {
        Some(view) => page(&view),
        None => see_other(&url::sign_in_then(then)),
    }
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SecondFactorForm {
    code: String,
    then: String,
}

pub(in crate::handler) async fn submit_second_factor(ctx: Ctx, Form(form): Form<SecondFactorForm>) -> Answer {
    let then = on_site(&form.then);
    let begin_again = || see_other(&url::sign_in_then(then));
    let Some(secret) = read_secret(&ctx.headers, ctx.web.cookies().pending) else { return begin_again() };
    match ctx.app().finish_with_code(&ctx.origin, secret.expose(), &form.code).await {
        Ok(signed_in) => welcome(&ctx, &signed_in, then).await,
        Err(forge_app::Error::Unauthenticated) => begin_again(),
        Err(error) => match view(&ctx, then, wrong(error, &[])?).await? {
            Some(view) => again(&view),
            None => begin_again(),
        },
    }
}

async fn view(
    ctx: &Ctx,
    then: &str,
    errors: FormErrors,
) -> Result<Option<SecondFactor>, crate::error::Failure> {
    let Some(secret) = read_secret(&ctx.headers, ctx.web.cookies().pending) else { return Ok(None) };
    let Some(choices) = ctx.app().pending_sign_in(secret.expose()).await? else { return Ok(None) };
    Ok(Some(SecondFactor {
        page: ctx.frame(),
        errors,
        app: choices.app,
        has_passkeys: choices.passkey,
        then: then.to_owned(),
    }))
}
