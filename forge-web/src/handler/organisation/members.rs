//! The people of an organisation.

use forge_core::{Duties, OrgRole, Organisation, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Org, SignedIn, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::notice::Notice;
use crate::page::organisation::{MemberRow, Members};
use crate::url;
use crate::view::{Choice, FormErrors, When};

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
    Save,
    Remove,
}

/// What the form and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct MembersForm {
    action: Action,
    username: String,
    role: Option<String>,
    #[serde(default)]
    duty: Vec<String>,
}

pub(in crate::handler) async fn change_members(
    ctx: Ctx,
    Org(access): Org,
    Form(form): Form<MembersForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "username", Username::new(form.username.trim()));
    let role = match form.action {
        Action::Remove => None,
        Action::Save => {
            parsed(&mut errors, "role", form.role.as_deref().unwrap_or_default().parse::<OrgRole>())
        }
    };
    let duties = parsed(&mut errors, "duty", Duties::of_names(form.duty.iter().map(String::as_str)));
    let (Some(name), Some(duties), true) = (name, duties, errors.is_empty()) else {
        return again(&view(&ctx, access.organisation(), true, errors, &form.username).await?);
    };
    let (result, notice) = match role {
        Some(role) => {
            (ctx.app().set_member(&access, &ctx.origin, &name, role, duties).await, Notice::MemberSaved)
        }
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
            leaver_url: url::org_leaver(&found.name, &user.name),
            url: url::owner(&user.name.into()),
            role: role_label(membership.role).to_owned(),
            duties: duties_of(membership.duties),
            roles: roles(membership.role),
            duty_choices: duty_choices(membership.duties),
            is_last_owner: is_owner && owners == 1,
            since: When::on(membership.since),
        }
    });
    Ok(Members {
        page: ctx.frame(),
        organisation: found.display_name.clone(),
        organisation_url: url::owner(&found.name.clone().into()),
        teams_url: url::org_teams(&found.name),
        invitations_url: url::org_invitations(&found.name),
        action: url::org_members(&found.name),
        can_change,
        members: rows.collect(),
        errors,
        username: username.to_owned(),
        roles: roles(OrgRole::Developer),
        duty_choices: duty_choices(Duties::default()),
    })
}

/// A role as people read it.
pub(in crate::handler) fn role_label(role: OrgRole) -> &'static str {
    match role {
        OrgRole::Reader => "Reader",
        OrgRole::Developer => "Developer",
        OrgRole::Maintainer => "Maintainer",
        OrgRole::Owner => "Owner",
    }
}

/// Roles to choose.
pub(in crate::handler) fn roles(chosen: OrgRole) -> Vec<Choice> {
    let hint = |role| match role {
        OrgRole::Reader => "Sees all its repositories",
        OrgRole::Developer => "Also pushes to them, and makes new ones",
        OrgRole::Maintainer => "Also looks after their settings and rules for branches",
        OrgRole::Owner => "Also changes members, teams, policies and who can see what",
    };
    OrgRole::ALL
        .iter()
        .map(|role| Choice {
            value: role.name().to_owned(),
            label: role_label(*role).to_owned(),
            hint: hint(*role).to_owned(),
            is_chosen: *role == chosen,
        })
        .collect()
}

const DUTIES: [(&str, &str, &str); 3] = [
    (
        "information-governance",
        "Information governance",
        "Decides when a repository is to be seen by more people",
    ),
    ("release-approver", "Approver of releases", "Approves what is released"),
    ("auditor", "Auditor", "Reads what was done in the organisation"),
];

fn duty_choices(has: Duties) -> Vec<Choice> {
    let names = has.names();
    DUTIES
        .iter()
        .map(|(value, label, hint)| Choice {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            hint: (*hint).to_owned(),
            is_chosen: names.contains(value),
        })
        .collect()
}

fn duties_of(has: Duties) -> Vec<String> {
    duty_choices(has).into_iter().filter(|choice| choice.is_chosen).map(|choice| choice.label).collect()
}
