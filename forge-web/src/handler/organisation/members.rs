//! The people of an organisation.

use forge_core::{OrgRole, Organisation, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Org, SignedIn, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::organisation::{MemberRow, Members};
use crate::url;
use crate::view::{FormErrors, When};

pub(in crate::handler) async fn show_members(ctx: Ctx, SignedIn(signed_in): SignedIn, uri: Uri) -> Answer {
    let name = Address::of(&uri).org(1).ok_or_else(Failure::not_found)?;
    let found = ctx.app().organisation(&signed_in, &name).await?;
    let can_change = ctx.app().authorize_org(&ctx.visitor.actor, &name).await.is_ok();
    page(&view(&ctx, &found, can_change, FormErrors::none(), "").await?)
}

/// What a button or the form asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Add,
    MakeMember,
    MakeOwner,
    Remove,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct MembersForm {
    action: Action,
    username: String,
    role: Option<String>,
}

pub(in crate::handler) async fn change_members(
    ctx: Ctx,
    Org(access): Org,
    Form(form): Form<MembersForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "username", Username::new(form.username.trim()));
    let role = match (&form.action, form.role.as_deref()) {
        (Action::Remove, _) => None,
        (Action::MakeOwner, _) | (Action::Add, Some("owner")) => Some(OrgRole::Owner),
        _ => Some(OrgRole::Member),
    };
    let Some(name) = name else {
        return again(&view(&ctx, access.organisation(), true, errors, &form.username).await?);
    };
    let (result, notice) = match role {
        Some(role) => (ctx.app().set_member(&access, &ctx.origin, &name, role).await, Notice::MemberSaved),
        None => (ctx.app().remove_member(&access, &ctx.origin, &name).await, Notice::MemberRemoved),
    };
    let error = match result {
        Ok(()) => return ctx.done(&url::org_members(&access.organisation().name), notice),
        Err(forge_app::Error::NotFound) => {
            forge_app::Error::invalid("username", "There is no person of this name.")
        }
        Err(error) => error,
    };
    let errors = wrong(error, &[("name", "username")])?;
    again(&view(&ctx, access.organisation(), true, errors, &form.username).await?)
}

async fn view(
    ctx: &Ctx,
    found: &Organisation,
    can_change: bool,
    errors: FormErrors,
    username: &str,
) -> Result<Members, Failure> {
    let signed_in = ctx.app().signed_in(&ctx.visitor.actor)?;
    let members = ctx.app().members(&signed_in, found).await?;
    let owners = members.iter().filter(|(_, membership)| membership.role == OrgRole::Owner).count();
    let rows = members.into_iter().map(|(user, membership)| {
        let is_owner = membership.role == OrgRole::Owner;
        MemberRow {
            name: user.display_name,
            username: user.name.to_string(),
            url: url::owner(&user.name.into()),
            is_owner,
            is_last_owner: is_owner && owners == 1,
            since: When::on(membership.since),
        }
    });
    Ok(Members {
        page: ctx.frame(),
        organisation: found.display_name.clone(),
        organisation_url: url::owner(&found.name.clone().into()),
        action: url::org_members(&found.name),
        can_change,
        members: rows.collect(),
        errors,
        username: username.to_owned(),
    })
}
