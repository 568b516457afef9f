//! Giving access to a repository, and showing who has it and why.

use forge_app::{Admin, Audience, Holder, NewGrant, Read, Receiver, RepoAccess, Why};
use forge_core::{Grant, GrantId, OwnerId, Permission, Repository, TeamName, Username, Visibility};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::organisation::role_label;
use crate::handler::present::parsed;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::{AudienceRow, GrantRow, RepoAccessPage};
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection, When};

/// How many people are listed at most.
const LISTED: usize = 500;

pub(in crate::handler) async fn show_access(ctx: Ctx, Repo(access): Repo<Admin>) -> Answer {
    page(&view(&ctx, access, FormErrors::none(), &AccessForm::default()).await?)
}

/// What a button or the form asks for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Give,
    Revoke,
}

/// What the form and the buttons have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct AccessForm {
    action: Action,
    id: String,
    username: String,
    team: String,
    permission: String,
    days: String,
}

pub(in crate::handler) async fn change_access(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    Form(form): Form<AccessForm>,
) -> Answer {
    let back = url::repo_settings_action(&access.repo().path, "access");
    if matches!(form.action, Action::Revoke) {
        let id = form.id.parse::<GrantId>().map_err(|_| Failure::not_found())?;
        ctx.app().revoke_grant(&access, &ctx.origin, id).await?;
        return ctx.done(&back, Notice::GrantTaken);
    }
    let mut errors = FormErrors::none();
    let receiver = match (form.username.trim(), form.team.as_str()) {
        ("", "") => {
            errors.add("username", "Enter a username or choose a team.");
            None
        }
        ("", team) => parsed(&mut errors, "team", TeamName::new(team)).map(Receiver::Team),
        (name, "") => parsed(&mut errors, "username", Username::new(name)).map(Receiver::Person),
        _ => {
            errors.add("username", "Give access to a person or to a team, not to both at once.");
            None
        }
    };
    let permission = parsed(&mut errors, "permission", form.permission.parse::<Permission>());
    let days = match form.days.trim() {
        "" => None,
        // Nothing that is no number passes: zero days are refused with the limit.
        text => Some(text.parse::<u16>().unwrap_or(0)),
    };
    let (Some(receiver), Some(permission)) = (receiver, permission) else {
        return again(&view(&ctx, access, errors, &form).await?);
    };
    let new = NewGrant { receiver, permission, days };
    match ctx.app().grant(&access, &ctx.origin, &new).await {
        Ok(()) => ctx.done(&back, Notice::GrantSaved),
        Err(error) => again(&view(&ctx, access, wrong(error, &[])?, &form).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: RepoAccess<Admin>,
    errors: FormErrors,
    form: &AccessForm,
) -> Result<RepoAccessPage, Failure> {
    let grants = ctx.app().grants(&access).await?;
    let teams = ctx.app().teams_to_grant(&access).await?;
    let audience = ctx.app().audience(&access).await?;
    let access: RepoAccess<Read> = access.lower();
    let repo = access.repo();
    let is_of_organisation = matches!(repo.owner, OwnerId::Org(_));
    let choice = |value: &str, label: &str, hint: &str, chosen: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        is_chosen: value == chosen,
    };
    let mut team_choices: Vec<Choice> =
        teams.iter().map(|team| choice(team.name.as_str(), &team.display_name, "", &form.team)).collect();
    if !team_choices.is_empty() {
        team_choices.insert(0, choice("", "No team", "", &form.team));
    }
    let chosen = if form.permission.is_empty() { "read" } else { form.permission.as_str() };
    let now = ctx.now();
    Ok(RepoAccessPage {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Settings),
        errors,
        settings_url: url::repo_settings(&repo.path),
        action: url::repo_settings_action(&repo.path, "access"),
        is_of_organisation,
        grants: grants.into_iter().map(|(grant, holder)| grant_row(repo, &grant, holder, now)).collect(),
        username: form.username.clone(),
        who_hint: if is_of_organisation {
            "Anybody with an account, also from another organisation".to_owned()
        } else {
            "Anybody with an account".to_owned()
        },
        teams: team_choices,
        permissions: Permission::GIVEN
            .iter()
            .map(|permission| choice(permission.name(), may(*permission), hint(*permission), chosen))
            .collect(),
        days: form.days.clone(),
        everybody: everybody(repo, &audience, ctx.app().has_public_reading()),
        more: audience.people.len().saturating_sub(LISTED),
        people: audience
            .people
            .into_iter()
            .take(LISTED)
            .map(|(user, reasons)| AudienceRow {
                may: may(reasons.iter().map(Why::gives).max().unwrap_or(Permission::None)).to_owned(),
                name: user.display_name,
                username: user.name.to_string(),
                url: url::owner(&user.name.into()),
                reasons: reasons.iter().map(why).collect(),
            })
            .collect(),
    })
}

fn grant_row(repo: &Repository, grant: &Grant, holder: Holder, now: OffsetDateTime) -> GrantRow {
    let (name, url, kind) = match holder {
        Holder::Team(team) => {
            let url = forge_core::OrgName::new(repo.path.owner.as_str()).ok();
            (team.display_name, url.map(|org| url::org_team(&org, &team.name)), "Team")
        }
        Holder::Person { user, is_outside } => (
            user.display_name,
            Some(url::owner(&user.name.into())),
            if is_outside { "From outside" } else { "Member" },
        ),
    };
    GrantRow {
        id: grant.id.to_string(),
        name,
        url,
        kind: kind.to_owned(),
        permission: may(grant.permission).to_owned(),
        since: When::on(grant.granted_at),
        until: grant.expires_at.map(When::on),
        has_ended: grant.expires_at.is_some_and(|end| end <= now),
    }
}

/// What somebody may do, as people read it.
pub(super) fn may(permission: Permission) -> &'static str {
    match permission {
        Permission::None => "Nothing",
        Permission::Read => "Read",
        Permission::Write => "Push",
        Permission::Maintain => "Look after",
        Permission::Admin => "Everything",
    }
}

fn hint(permission: Permission) -> &'static str {
    match permission {
        Permission::None => "",
        Permission::Read => "See and clone it",
        Permission::Write => "Also push to it",
        Permission::Maintain => "Also change its description, default branch and rules for branches",
        Permission::Admin => "Also change who sees and owns it, and delete it",
    }
}

fn why(why: &Why) -> String {
    let until = |end: &Option<OffsetDateTime>| {
        end.map(|end| format!(", until {}", When::on(end).text)).unwrap_or_default()
    };
    match why {
        Why::Owns => "It is theirs".to_owned(),
        Why::Role(role) => format!("{} of the organisation", role_label(*role)),
        Why::Granted(permission, end) => format!("Given to them: {}{}", may(*permission), until(end)),
        Why::Team(name, permission, end) => {
            format!("In the team {name}, which was given: {}{}", may(*permission), until(end))
        }
        Why::Administrator => "Administers the site, in a browser".to_owned(),
    }
}

fn everybody(repo: &Repository, audience: &Audience, public_reading: bool) -> String {
    match repo.visibility {
        Visibility::Private => "It is private: only the people below can see it.".to_owned(),
        Visibility::Organisation if matches!(repo.owner, OwnerId::Org(_)) => {
            "It is visible to its organisation: the members below can see it.".to_owned()
        }
        Visibility::Organisation if audience.colleagues_in.is_empty() => {
            "It is visible to its owner's organisations, and there are none: only the people below can see it."
                .to_owned()
        }
        Visibility::Organisation => {
            format!(
                "Everybody in {} can see it, because its owner is a member there, and so can the people below.",
                audience.colleagues_in.join(" and in ")
            )
        }
        Visibility::Public if public_reading => {
            "Everybody can see it, without signing in. The people below are named for it as well.".to_owned()
        }
        Visibility::Internal | Visibility::Public => {
            "Everybody who can sign in to this site can see it. The people below are named for it as well."
                .to_owned()
        }
    }
}
