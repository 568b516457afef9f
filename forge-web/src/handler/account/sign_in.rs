//! Signing in.

use axum::response::Response;
use forge_app::{Provider, SESSION_DAYS, SignInStep, SignedInAs};
use forge_core::Secret;
use http::header;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Query, again, page, see_other, wrong};
use crate::form::Form;
use crate::page::account::SignIn;
use crate::url;
use crate::view::{FormErrors, Link};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct SignInQuery {
    then: Option<String>,
}

pub(in crate::handler) async fn show_sign_in(ctx: Ctx, Query(query): Query<SignInQuery>) -> Answer {
    let then = on_site(query.then.as_deref().unwrap_or_default());
    if ctx.visitor.user.is_some() {
        return see_other(then);
    }
    page(&view(&ctx, FormErrors::none(), String::new(), then))
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SignInForm {
    username: String,
    password: String,
    then: String,
}

pub(in crate::handler) async fn submit_sign_in(ctx: Ctx, Form(form): Form<SignInForm>) -> Answer {
    let then = on_site(&form.then);
    let user_agent = user_agent(&ctx);
    let entered =
        forge_app::SignIn { login: form.username.clone(), password: Secret::new(form.password), user_agent };
    match ctx.app().sign_in(&ctx.origin, &entered).await {
        Ok(step) => go_on(&ctx, step, then).await,
        Err(error) => {
            let errors = wrong(error, &[("login", "username")])?;
            sign_in_again(&ctx, errors, form.username, then)
        }
    }
}

/// Shows the page again, with what is wrong.
pub(super) fn sign_in_again(ctx: &Ctx, errors: FormErrors, username: String, then: &str) -> Answer {
    again(&view(ctx, errors, username, then))
}

fn view(ctx: &Ctx, errors: FormErrors, username: String, then: &str) -> SignIn {
    let has_passkeys = ctx.app().offers_passkeys();
    let button = |provider: &Provider| Link::new(provider.label.clone(), url::sign_in_with(&provider.name));
    let providers = ctx.app().providers().iter().map(button).collect();
    SignIn { page: ctx.frame(), errors, username, has_passkeys, providers, then: then.to_owned() }
}

/// What the browser says it is.
pub(super) fn user_agent(ctx: &Ctx) -> String {
    let said = ctx.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    said.unwrap_or_default().to_owned()
}

/// Lets somebody in, or leads on to the second factor.
pub(super) async fn go_on(ctx: &Ctx, step: SignInStep, then: &str) -> Answer {
    match step {
        SignInStep::Done(signed_in) => welcome(ctx, &signed_in, then).await,
        SignInStep::SecondFactor(secret) => {
            let mut response = see_other(&url::second_factor_then(then))?;
            let cookies = ctx.web.cookies();
            response.headers_mut().extend(
                cookies
                    .set(cookies.pending, secret.expose(), None)
                    .map(|cookie| (header::SET_COOKIE, cookie)),
            );
            Ok(response)
        }
    }
}

/// Lets somebody in. A browser has one session: whoever was signed in before is not any more.
pub(super) async fn welcome(ctx: &Ctx, signed_in: &SignedInAs, then: &str) -> Answer {
    if let Ok(me) = ctx.app().authorize_me(&ctx.visitor.actor) {
        ctx.app().sign_out(&me, &ctx.origin).await?;
    }
    let mut response = see_other(then)?;
    remember(ctx, &mut response, &signed_in.secret);
    let cookies = ctx.web.cookies();
    for cookie in [cookies.remove(cookies.form), cookies.remove(cookies.pending)].into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Tells the browser the secret of its session.
pub(in crate::handler) fn remember(ctx: &Ctx, response: &mut Response, secret: &Secret<String>) {
    let cookies = ctx.web.cookies();
    if let Some(cookie) = cookies.set(cookies.session, secret.expose(), Some(SESSION_DAYS)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// A path of this site, or the start page: nobody is led elsewhere by a link to the sign-in page.
pub(super) fn on_site(path: &str) -> &str {
    let second = path.as_bytes().get(1);
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let stays = path.starts_with('/') && second != Some(&b'/') && is_plain && path.len() <= 2000;
    let leads_in = !path.starts_with(url::SIGN_IN) && !path.starts_with(url::SIGN_OUT);
    if stays && leads_in { path } else { url::HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_on_the_site() {
        for good in ["/", "/rr8/beds/blob/main/a%20b.R?plain=1", "/settings/tokens"] {
            assert_eq!(on_site(good), good);
        }
        let long = format!("/{}", "a".repeat(2000));
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "\\\\evil",
            "/a\r\nSet-Cookie: b",
            "/\tevil",
            "evil",
            "/é",
            "/sign-in?then=/x",
            "/sign-out",
            &long,
        ] {
            assert_eq!(on_site(bad), "/", "{bad}");
        }
    }
}
