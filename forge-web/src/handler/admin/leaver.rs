//! A person who leaves: what they alone own, and handing it over.

use forge_app::{Leaver as Holdings, SiteAccess};
use forge_core::{AccountState, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, MeRecently, Site, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::leaver::{Held, Leaver};
use crate::url;
use crate::view::{FormErrors, Link};

pub(in crate::handler) async fn show_leaver(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
) -> Answer {
    page(&view(&ctx, &access, &person(&uri)?, FormErrors::none(), "").await?)
}

/// Who takes over, and whether the account is switched off.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct LeaverForm {
    successor: String,
    #[serde(default)]
    switch_off: bool,
}

pub(in crate::handler) async fn hand_over(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    uri: Uri,
    Form(form): Form<LeaverForm>,
) -> Answer {
    let from = person(&uri)?;
    let mut errors = FormErrors::none();
    let Some(to) = parsed(&mut errors, "successor", Username::new(form.successor.trim())) else {
        return again(&view(&ctx, &access, &from, errors, &form.successor).await?);
    };
    match ctx.app().hand_over(&access, &ctx.origin, &from, &to, form.switch_off).await {
        Ok(()) => ctx.done(&url::leaver(&from), Notice::HandedOver),
        Err(error) => again(&view(&ctx, &access, &from, wrong(error, &[])?, &form.successor).await?),
    }
}

/// Whom the address names.
pub(super) fn person(uri: &Uri) -> Result<Username, Failure> {
    let name = Address::of(uri).segment(2).ok_or_else(Failure::not_found)?;
    Username::new(name).map_err(|_| Failure::not_found())
}

async fn view(
    ctx: &Ctx,
    access: &SiteAccess,
    name: &Username,
    errors: FormErrors,
    successor: &str,
) -> Result<Leaver, Failure> {
    let found = ctx.app().leaver(access, name).await?;
    Ok(Leaver {
        page: ctx.frame(),
        action: url::leaver(&found.user.name),
        errors,
        held: held(&found),
        is_disabled: found.user.state == AccountState::Disabled,
        name: found.user.display_name,
        successor: successor.to_owned(),
    })
}

/// What depends on one person alone, as links.
pub(in crate::handler) fn held(found: &Holdings) -> Held {
    let repositories = found.repositories.iter();
    let organisations = found.organisations.iter();
    let teams = found.teams.iter();
    Held {
        repositories: repositories
            .map(|repo| Link::new(repo.path.to_string(), url::repo(&repo.path)))
            .collect(),
        organisations: organisations
            .map(|org| Link::new(&org.display_name, url::owner(&org.name.clone().into())))
            .collect(),
        teams: teams
            .map(|(org, team)| {
                let label = format!("{}: {}", org.display_name, team.display_name);
                Link::new(label, url::org_team(&org.name, &team.name))
            })
            .collect(),
    }
}
