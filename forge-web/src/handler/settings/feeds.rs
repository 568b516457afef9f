//! The addresses of feeds, each with a token that opens feeds and nothing else.

use forge_app::{MeAccess, NewToken, Recent};
use forge_core::{OwnerName, RepoPath, Scope, Scopes, TokenId};
use serde::Deserialize;

use super::tokens::{TokenAction, lifetimes, row};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Query, again, page, wrong};
use crate::form::Form;
use crate::handler::key::named;
use crate::notice::Notice;
use crate::page::settings::{FeedAddress, FeedMade, Feeds};
use crate::url;
use crate::view::FormErrors;

/// How many days an address lives unless another life is chosen.
const DEFAULT_DAYS: u16 = 365;

/// What the address says: of which repository or organisation a feed is wanted.
#[derive(Deserialize)]
pub(in crate::handler) struct FeedsQuery {
    #[serde(default)]
    of: String,
}

pub(in crate::handler) async fn show_feeds(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Query(query): Query<FeedsQuery>,
) -> Answer {
    let longest = ctx.app().longest_token_days(&me).await?;
    let lifetime = DEFAULT_DAYS.min(longest).to_string();
    let form =
        FeedsForm { action: TokenAction::Create, id: None, name: String::new(), lifetime, of: query.of };
    page(&view(&ctx, &me, FormErrors::none(), form).await?)
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct FeedsForm {
    action: TokenAction,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    lifetime: String,
    #[serde(default)]
    of: String,
}

pub(in crate::handler) async fn change_feeds(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<FeedsForm>,
) -> Answer {
    match form.action {
        TokenAction::Create => create(&ctx, &me, form).await,
        TokenAction::Revoke => {
            let id: TokenId = named(form.id.as_deref())?;
            ctx.app().revoke_token(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_FEEDS, Notice::FeedRevoked)
        }
    }
}

/// Makes addresses and shows them: the answer to this request is the only page that ever does.
async fn create(ctx: &Ctx, me: &MeAccess<Recent>, form: FeedsForm) -> Answer {
    let Ok(days) = form.lifetime.parse::<u16>() else {
        let errors = FormErrors::one("lifetime", "Choose how long the addresses live.");
        return again(&view(ctx, me, errors, form).await?);
    };
    let scopes = Scopes::new([Scope::FeedRead]).map_err(Failure::internal)?;
    let new = NewToken { name: form.name.clone(), scopes, days, only: Vec::new() };
    match ctx.app().create_token(me, &ctx.origin, &new).await {
        Ok((token, made)) => page(&FeedMade {
            page: ctx.frame(),
            name: made.name,
            addresses: addresses(ctx.web.site(), token.expose(), &form.of),
        }),
        Err(error) => again(&view(ctx, me, wrong(error, &[("days", "lifetime")])?, form).await?),
    }
}

/// What one token opens, and first what was asked for.
fn addresses(site: &str, token: &str, of: &str) -> Vec<FeedAddress> {
    let address = |id, label: String, path: &str| FeedAddress {
        id,
        label,
        url: format!("{site}{}", url::feed(token, path)),
    };
    let mut found = Vec::new();
    if of.parse::<RepoPath>().is_ok() || OwnerName::new(of).is_ok() {
        found.push(address("of", format!("What happens in {of}"), &format!("activity/{of}")));
    }
    found.push(address("notifications", "What you are told of".to_owned(), "notifications"));
    found.push(address("waiting", "What waits for you".to_owned(), "waiting"));
    let other = "What happens in any other repository or organisation: write its name behind this address";
    found.push(address("activity", other.to_owned(), "activity/"));
    found
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
    form: FeedsForm,
) -> Result<Feeds, Failure> {
    let now = ctx.now();
    let tokens = ctx.app().tokens(me).await?;
    Ok(Feeds {
        page: ctx.frame(),
        tokens: tokens
            .into_iter()
            .filter(|shown| shown.token.scopes.is_for_feeds())
            .map(|shown| row(shown, now))
            .collect(),
        errors,
        name: form.name,
        lifetimes: lifetimes(ctx.app().longest_token_days(me).await?, &form.lifetime),
        of: form.of,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_comes_first_if_it_is_a_name() {
        let urls =
            |of: &str| addresses("https://f.example", "forge_1", of).into_iter().map(|found| found.url);
        let all: Vec<_> = urls("rr8/beds").collect();
        assert_eq!(all[0], "https://f.example/feeds/forge_1/activity/rr8/beds");
        assert_eq!(all[3], "https://f.example/feeds/forge_1/activity/");
        assert_eq!(urls("rr8").count(), 4);
        for none in ["", "a b", "../x", "a/b/c", "\"><b>"] {
            assert_eq!(urls(none).count(), 3, "{none}");
        }
    }
}
