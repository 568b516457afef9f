//! A member who leaves an organisation: what depends on them alone, and handing it over.

use forge_app::OrgAccess;
use forge_core::Username;
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Org, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::leaver::MemberLeaver;
use crate::url;
use crate::view::{FormErrors, Link};

pub(in crate::handler) async fn show_member_leaver(ctx: Ctx, Org(access): Org, uri: Uri) -> Answer {
    page(&view(&ctx, &access, &person(&uri)?, FormErrors::none(), "").await?)
}

/// Who takes over; nobody where there is nothing to take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(in crate::handler) struct ReleaseForm {
    successor: String,
}

pub(in crate::handler) async fn release_member(
    ctx: Ctx,
    Org(access): Org,
    uri: Uri,
    Form(form): Form<ReleaseForm>,
) -> Answer {
    let from = person(&uri)?;
    let mut errors = FormErrors::none();
    let to = match form.successor.trim() {
        "" => None,
        name => parsed(&mut errors, "successor", Username::new(name)),
    };
    if !errors.is_empty() {
        return again(&view(&ctx, &access, &from, errors, &form.successor).await?);
    }
    match ctx.app().release_member(&access, &ctx.origin, &from, to.as_ref()).await {
        Ok(()) => ctx.done(&url::org_members(&access.organisation().name), Notice::MemberRemoved),
        Err(error) => again(&view(&ctx, &access, &from, wrong(error, &[])?, &form.successor).await?),
    }
}

fn person(uri: &Uri) -> Result<Username, Failure> {
    let name = Address::of(uri).segment(3).ok_or_else(Failure::not_found)?;
    Username::new(name).map_err(|_| Failure::not_found())
}

async fn view(
    ctx: &Ctx,
    access: &OrgAccess,
    name: &Username,
    errors: FormErrors,
    successor: &str,
) -> Result<MemberLeaver, Failure> {
    let org = access.organisation();
    let found = ctx.app().member_leaver(access, name).await?;
    Ok(MemberLeaver {
        page: ctx.frame(),
        organisation: org.display_name.clone(),
        members_url: url::org_members(&org.name),
        action: url::org_leaver(&org.name, &found.user.name),
        errors,
        is_last_owner: found.is_last_owner,
        teams: found
            .teams
            .iter()
            .map(|team| Link::new(&team.display_name, url::org_team(&org.name, &team.name)))
            .collect(),
        name: found.user.display_name,
        successor: successor.to_owned(),
    })
}
