//! Signing in, and confirming, with a passkey.

use axum::response::{IntoResponse as _, Response};
use http::header;
use serde::Deserialize;

use super::confirm::confirm_again;
use super::sign_in::{go_on, on_site, remember, sign_in_again, user_agent};
use crate::error::Answer;
use crate::extract::{Ctx, Me, see_other, wrong};
use crate::form::Form;

/// The script has only the form's token to send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct BeginForm {}

pub(in crate::handler) async fn begin_passkey(ctx: Ctx, Form(BeginForm {}): Form<BeginForm>) -> Answer {
    Ok(json(ctx.app().ask_for_passkey(ctx.visitor.form_secret()).await?))
}

/// What goes to a script.
pub(in crate::handler) fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// What the form has once the device answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PasskeyForm {
    answer: String,
    then: String,
}

pub(in crate::handler) async fn submit_passkey(ctx: Ctx, Form(form): Form<PasskeyForm>) -> Answer {
    let then = on_site(&form.then);
    let secret = ctx.visitor.form_secret();
    let step = ctx.app().sign_in_with_passkey(&ctx.origin, secret, &form.answer, &user_agent(&ctx)).await;
    match step {
        Ok(step) => go_on(&ctx, step, then).await,
        Err(error) => sign_in_again(&ctx, wrong(error, &[])?, String::new(), then),
    }
}

pub(in crate::handler) async fn confirm_passkey(
    ctx: Ctx,
    Me(me): Me,
    Form(form): Form<PasskeyForm>,
) -> Answer {
    let secret = ctx.visitor.form_secret();
    match ctx.app().confirm_with_passkey(&me, &ctx.origin, secret, &form.answer).await {
        Ok(secret) => {
            let mut response = see_other(on_site(&form.then))?;
            remember(&ctx, &mut response, &secret);
            Ok(response)
        }
        Err(error) => confirm_again(&ctx, &me, &form.then, wrong(error, &[])?).await,
    }
}
