//! Signing out.

use http::{HeaderValue, header};
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Me};
use crate::form::Form;
use crate::notice::Notice;
use crate::url;

/// The form has a button only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SignOutForm {}

pub(in crate::handler) async fn submit_sign_out(
    ctx: Ctx,
    Me(me): Me,
    Form(SignOutForm {}): Form<SignOutForm>,
) -> Answer {
    ctx.app().sign_out(&me, &ctx.origin).await?;
    leave(&ctx, Notice::SignedOut)
}

/// Goes to the start without the session, and leaves nothing of it in the browser.
pub(in crate::handler) fn leave(ctx: &Ctx, notice: Notice) -> Answer {
    let mut response = ctx.done(url::HOME, notice)?;
    let cookies = ctx.web.cookies();
    let headers = response.headers_mut();
    if let Some(cookie) = cookies.remove(cookies.session) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}
