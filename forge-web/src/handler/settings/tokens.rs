//! Access tokens.

use forge_app::{MeAccess, NewToken};
use forge_core::{AccessToken, Scope, Scopes, TokenId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::settings::{TokenCreated, TokenRow, Tokens};
use crate::url;
use crate::view::{Choice, FormErrors, When};

/// How many days a token may live, as offered.
const LIFETIMES: [(u16, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year")];

pub(in crate::handler) async fn show_tokens(ctx: Ctx, Me(me): Me) -> Answer {
    let form = TokensForm {
        action: Action::Create,
        id: None,
        name: String::new(),
        scope: vec![Scope::RepositoryRead.name().to_owned(), Scope::RepositoryWrite.name().to_owned()],
        lifetime: "90".to_owned(),
    };
    page(&view(&ctx, &me, FormErrors::none(), &form).await?)
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Create,
    Revoke,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TokensForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    lifetime: String,
}

pub(in crate::handler) async fn change_tokens(ctx: Ctx, Me(me): Me, Form(form): Form<TokensForm>) -> Answer {
    match form.action {
        Action::Create => create(&ctx, &me, &form).await,
        Action::Revoke => {
            let id: TokenId = form.id.unwrap_or_default().parse().map_err(|_| Failure::not_found())?;
            ctx.app().revoke_token(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_TOKENS, Notice::TokenRevoked)
        }
    }
}

/// Makes a token and shows it: the answer to this request is the only page that ever does.
async fn create(ctx: &Ctx, me: &MeAccess, form: &TokensForm) -> Answer {
    let mut errors = FormErrors::none();
    let scopes = form.scope.join(" ").parse::<Scopes>().map_err(|_| "Choose what the token may do");
    let scopes = parsed(&mut errors, "scope", scopes);
    let days = parsed(
        &mut errors,
        "lifetime",
        form.lifetime.parse::<u16>().map_err(|_| "Choose how long the token lives"),
    );
    let (Some(scopes), Some(days)) = (scopes, days) else {
        return again(&view(ctx, me, errors, form).await?);
    };
    let new = NewToken { name: form.name.clone(), scopes, days };
    match ctx.app().create_token(me, &ctx.origin, &new).await {
        Ok((token, made)) => page(&TokenCreated {
            page: ctx.frame(),
            name: made.name,
            token: token.expose().clone(),
            username: me.person().name.to_string(),
            site: ctx.web.site().to_owned(),
        }),
        Err(error) => again(&view(ctx, me, wrong(error, &[("days", "lifetime")])?, form).await?),
    }
}

async fn view(ctx: &Ctx, me: &MeAccess, errors: FormErrors, form: &TokensForm) -> Result<Tokens, Failure> {
    let tokens = ctx.app().tokens(me).await?;
    let now = ctx.now();
    let scope = |scope: Scope, label: &str, hint: &str| Choice {
        value: scope.name().to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        is_chosen: form.scope.iter().any(|chosen| chosen == scope.name()),
    };
    Ok(Tokens {
        page: ctx.frame(),
        tokens: tokens.into_iter().map(|token| row(token, now)).collect(),
        errors,
        name: form.name.clone(),
        scopes: vec![
            scope(Scope::RepositoryRead, "Read repositories", "Clone and fetch what you can see"),
            scope(Scope::RepositoryWrite, "Change repositories", "Push to what you can push to"),
        ],
        lifetimes: LIFETIMES.iter().map(|(days, label)| lifetime(*days, label, &form.lifetime)).collect(),
    })
}

fn lifetime(days: u16, label: &str, chosen: &str) -> Choice {
    let value = days.to_string();
    Choice { is_chosen: value == chosen, value, label: label.to_owned(), hint: String::new() }
}

fn row(token: AccessToken, now: OffsetDateTime) -> TokenRow {
    let writes = token.scopes.contains(Scope::RepositoryWrite);
    TokenRow {
        id: token.id.to_string(),
        name: token.name,
        scopes: if writes { "Reads and changes repositories" } else { "Reads repositories" }.to_owned(),
        created: When::on(token.created_at),
        last_used: token.last_used_at.map(|at| When::ago(at, now)),
        expires: token.expires_at.map(When::on),
        is_expired: token.expires_at.is_some_and(|at| at <= now),
    }
}
