//! Signing in through another site: the way there and the way back.

use forge_app::{Errand, Return, Returned};
use http::Uri;
use serde::Deserialize;

use super::sign_in::{go_on, on_site, remember, sign_in_again, user_agent};
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, page, see_other, wrong};
use crate::form::Form;
use crate::handler::{admin, settings};
use crate::notice::Notice;
use crate::page::account::GoOn;
use crate::url;

/// What the button has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct ProviderForm {
    then: String,
}

pub(in crate::handler) async fn go_to_provider(ctx: Ctx, uri: Uri, Form(form): Form<ProviderForm>) -> Answer {
    let name = Address::of(&uri).segment(2).ok_or_else(Failure::not_found)?;
    lead_away(&ctx, &name, Errand::SignIn(on_site(&form.then).to_owned())).await
}

/// A page that leads on. A form may not be answered with a way off the site, so that no form can carry anything away.
pub(in crate::handler) async fn lead_away(ctx: &Ctx, name: &str, errand: Errand) -> Answer {
    let secret = ctx.visitor.form_secret();
    let to = ctx.app().go_to_provider(&ctx.visitor.actor, secret, name, errand).await?;
    let label = ctx.app().providers().iter().find(|provider| provider.name == name);
    let label = label.map(|provider| provider.label.clone()).unwrap_or_default();
    page(&GoOn { page: ctx.frame(), label, to })
}

/// What the other site adds to the address.
#[derive(Deserialize)]
pub(in crate::handler) struct BackQuery {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

pub(in crate::handler) async fn come_back(ctx: Ctx, uri: Uri, Query(query): Query<BackQuery>) -> Answer {
    let name = Address::of(&uri).segment(2).ok_or_else(Failure::not_found)?;
    let back = Return {
        state: query.state.unwrap_or_default(),
        code: query.code.unwrap_or_default(),
        issuer: query.iss,
        error: query.error,
    };
    let (actor, secret) = (&ctx.visitor.actor, ctx.visitor.form_secret());
    let came = ctx.app().come_back(actor, &ctx.origin, secret, &name, &back, &user_agent(&ctx)).await;
    match came {
        Ok(Returned::SignIn(step, then)) => go_on(&ctx, step, on_site(&then)).await,
        Ok(Returned::Confirmed(secret, then)) => {
            let mut response = see_other(on_site(&then))?;
            remember(&ctx, &mut response, &secret);
            Ok(response)
        }
        Ok(Returned::SignUp(secret)) => see_other(&url::sign_up(secret.expose())),
        Ok(Returned::Linked) => ctx.done(url::SETTINGS_PROVIDERS, Notice::ProviderLinked),
        Ok(Returned::Claims(claims, mapped, is_strong)) => {
            admin::show_claims(&ctx, &claims, &mapped, is_strong)
        }
        Err(error) => {
            let errors = wrong(error, &[])?;
            match ctx.app().authorize_me(&ctx.visitor.actor) {
                Ok(me) => settings::linking_failed(&ctx, &me, errors).await,
                Err(_) => sign_in_again(&ctx, errors, String::new(), url::HOME),
            }
        }
    }
}
