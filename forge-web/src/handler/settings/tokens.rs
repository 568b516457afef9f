//! Access tokens.

use forge_app::{MeAccess, NewToken, Recent, TokenShown};
use forge_core::{Reach, RepoPath, Scope, Scopes, TokenId};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, again, page, wrong};
use crate::form::Form;
use crate::handler::key::named;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::settings::{TokenCreated, TokenRow, Tokens};
use crate::url;
use crate::view::{Choice, FormErrors, When};

/// How many days a token may live, as offered.
const LIFETIMES: [(u16, &str); 4] = [(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "1 year")];

/// How many days a token lives unless another life is chosen.
const DEFAULT_DAYS: u16 = 90;

pub(in crate::handler) async fn show_tokens(ctx: Ctx, MeRecently(me): MeRecently) -> Answer {
    let longest = ctx.app().longest_token_days(&me).await?;
    let form = TokensForm {
        action: TokenAction::Create,
        id: None,
        name: String::new(),
        scope: vec![Scope::RepositoryRead.name().to_owned(), Scope::RepositoryWrite.name().to_owned()],
        lifetime: DEFAULT_DAYS.min(longest).to_string(),
        repositories: String::new(),
    };
    page(&view(&ctx, &me, FormErrors::none(), &form).await?)
}

/// What a page of tokens can be asked to do.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TokenAction {
    Create,
    Revoke,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TokensForm {
    action: TokenAction,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    lifetime: String,
    #[serde(default)]
    repositories: String,
}

pub(in crate::handler) async fn change_tokens(
    ctx: Ctx,
    MeRecently(me): MeRecently,
    Form(form): Form<TokensForm>,
) -> Answer {
    match form.action {
        TokenAction::Create => create(&ctx, &me, &form).await,
        TokenAction::Revoke => {
            let id: TokenId = named(form.id.as_deref())?;
            ctx.app().revoke_token(&me, &ctx.origin, id).await?;
            ctx.done(url::SETTINGS_TOKENS, Notice::TokenRevoked)
        }
    }
}

/// Makes a token and shows it: the answer to this request is the only page that ever does.
async fn create(ctx: &Ctx, me: &MeAccess<Recent>, form: &TokensForm) -> Answer {
    let mut errors = FormErrors::none();
    let scopes = form.scope.join(" ").parse::<Scopes>().map_err(|_| "Choose what the token may do");
    let scopes = parsed(&mut errors, "scope", scopes);
    let days = parsed(
        &mut errors,
        "lifetime",
        form.lifetime.parse::<u16>().map_err(|_| "Choose how long the token lives"),
    );
    let only = parsed(&mut errors, "repositories", chosen(&form.repositories));
    let (Some(scopes), Some(days), Some(only)) = (scopes, days, only) else {
        return again(&view(ctx, me, errors, form).await?);
    };
    let new = NewToken { name: form.name.clone(), scopes, days, only };
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

/// The repositories that were written, one a line, as an address or as `OWNER/NAME`.
fn chosen(text: &str) -> Result<Vec<RepoPath>, String> {
    let lines = text.split([' ', ',', '\n', '\r', '\t']).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let path = line.trim_end_matches('/').trim_end_matches(".git");
            let mut parts = path.rsplitn(3, '/');
            let (name, owner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let path = format!("{owner}/{name}").parse::<RepoPath>();
            path.map_err(|_| format!("Write repositories as OWNER/NAME, one a line. {line} is none"))
        })
        .collect()
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess<Recent>,
    errors: FormErrors,
    form: &TokensForm,
) -> Result<Tokens, Failure> {
    let tokens = ctx.app().tokens(me).await?.into_iter();
    // Those for feeds have a page of their own.
    let tokens: Vec<_> = tokens.filter(|shown| !shown.token.scopes.is_for_feeds()).collect();
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
            scope(Scope::OrganisationRead, "Read organisations", "Members and settings that you can see"),
            scope(Scope::OrganisationWrite, "Change organisations", "Those that you own"),
            scope(Scope::AccountRead, "Read your account", "Your profile and your list of keys"),
            scope(Scope::AccountWrite, "Change your account", "Never your password, keys or tokens"),
        ]
        .into_iter()
        .chain(
            me.person()
                .is_admin
                .then(|| {
                    [
                        scope(
                            Scope::AdminRead,
                            "Read the administration",
                            "What administrators of the site see",
                        ),
                        scope(Scope::AdminWrite, "Administer the site", "It opens nobody's repositories"),
                    ]
                })
                .into_iter()
                .flatten(),
        )
        .collect(),
        lifetimes: lifetimes(ctx.app().longest_token_days(me).await?, &form.lifetime),
        repositories: form.repositories.clone(),
    })
}

/// The lives that are offered: the usual ones below the longest, and the longest.
pub(super) fn lifetimes(longest: u16, chosen: &str) -> Vec<Choice> {
    let usual = LIFETIMES.iter().filter(|(days, _)| *days <= longest);
    let mut offered: Vec<Choice> = usual.map(|(days, label)| lifetime(*days, label, chosen)).collect();
    if LIFETIMES.iter().all(|(days, _)| *days != longest) {
        let label = if longest == 1 { "1 day".to_owned() } else { format!("{longest} days") };
        offered.push(lifetime(longest, &label, chosen));
    }
    offered
}

fn lifetime(days: u16, label: &str, chosen: &str) -> Choice {
    Choice::plain(&days.to_string(), label, chosen)
}

pub(super) fn row(shown: TokenShown, now: OffsetDateTime) -> TokenRow {
    let TokenShown { token, only } = shown;
    let reach = match &token.reach {
        Reach::Everything => String::new(),
        Reach::Only(_) if only.is_empty() => "In no repository any more".to_owned(),
        Reach::Only(_) => {
            let names: Vec<_> = only.iter().map(ToString::to_string).collect();
            format!("Only in {}", names.join(", "))
        }
    };
    TokenRow {
        id: token.id.to_string(),
        name: token.name,
        scopes: in_words(&token.scopes),
        reach,
        from: token.last_used_from,
        created: When::on(token.created_at),
        last_used: token.last_used_at.map(|at| When::ago(at, now)),
        expires: token.expires_at.map(When::on),
        is_expired: token.expires_at.is_some_and(|at| at <= now),
    }
}

/// What a token may do, as a sentence: `Reads and changes repositories. Reads organisations`.
fn in_words(scopes: &Scopes) -> String {
    let areas = [
        (Scope::RepositoryRead, Scope::RepositoryWrite, "repositories"),
        (Scope::OrganisationRead, Scope::OrganisationWrite, "organisations"),
        (Scope::AccountRead, Scope::AccountWrite, "the account"),
        (Scope::AdminRead, Scope::AdminWrite, "the administration"),
    ];
    let sentences: Vec<_> = areas
        .into_iter()
        .filter_map(|(read, write, area)| match (scopes.contains(read), scopes.contains(write)) {
            (_, true) => Some(format!("Reads and changes {area}")),
            (true, false) => Some(format!("Reads {area}")),
            (false, false) => None,
        })
        .collect();
    sentences.join(". ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_token_may_do() {
        let words = |scopes: &str| in_words(&scopes.parse().unwrap());
        assert_eq!(words("repository:read"), "Reads repositories");
        assert_eq!(
            words("repository:write admin:read"),
            "Reads and changes repositories. Reads the administration"
        );
    }

    #[test]
    fn reads_repositories_as_people_write_them() {
        let found = chosen("rr8/beds\r\n https://forge.example/olive/wards.git, anytown/x/").unwrap();
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["rr8/beds", "olive/wards", "anytown/x"]);
        assert_eq!(chosen(" \n"), Ok(Vec::new()));
        assert!(chosen("beds").unwrap_err().contains("OWNER/NAME"));
    }
}
