//! The teams of an organisation, and the people of one.

use forge_app::{NewTeam, OrgAccess};
use forge_core::{OrgName, Organisation, Team, TeamName, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{self, Address, Ctx, Org, SignedIn, again, page, wrong};
use crate::form::Form;
use crate::handler::present::parsed;
use crate::handler::repo::one_line;
use crate::notice::Notice;
use crate::page::organisation::{Team as TeamPage, TeamMemberRow, TeamRow, Teams};
use crate::url;
use crate::view::{Choice, FormErrors, Link, When};

pub(in crate::handler) async fn show_teams(ctx: Ctx, SignedIn(signed_in): SignedIn, uri: Uri) -> Answer {
    let name = Address::of(&uri).org(1).ok_or_else(Failure::not_found)?;
    let found = ctx.app().organisation(&signed_in, &name).await?;
    let can_change = ctx.app().authorize_org(&ctx.visitor.actor, &name).await.is_ok();
    page(&list(&ctx, &found, can_change, FormErrors::none(), TeamForm::default()).await?)
}

/// What the form of a new team has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TeamForm {
    display_name: String,
    name: String,
    description: String,
    #[serde(default)]
    parent: String,
}

pub(in crate::handler) async fn create_team(
    ctx: Ctx,
    Org(access): Org,
    Form(form): Form<TeamForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let name = parsed(&mut errors, "name", TeamName::new(form.name.trim()));
    let parent = match form.parent.as_str() {
        "" => None,
        text => parsed(&mut errors, "parent", TeamName::new(text)),
    };
    let Some(name) = name.filter(|_| errors.is_empty()) else {
        return again(&list(&ctx, access.organisation(), true, errors, form).await?);
    };
    let new = NewTeam {
        name,
        display_name: form.display_name.clone(),
        description: one_line(&form.description),
        parent,
    };
    match ctx.app().create_team(&access, &ctx.origin, &new).await {
        Ok(made) => ctx.done(&url::org_team(&access.organisation().name, &made.name), Notice::TeamMade),
        Err(error) => again(&list(&ctx, access.organisation(), true, wrong(error, &[])?, form).await?),
    }
}

async fn list(
    ctx: &Ctx,
    of: &Organisation,
    can_change: bool,
    errors: FormErrors,
    form: TeamForm,
) -> Result<Teams, Failure> {
    let signed_in = ctx.app().signed_in(&ctx.visitor.actor)?;
    let mut teams: Vec<(Vec<String>, Team)> = Vec::new();
    let all = ctx.app().teams(&signed_in, of).await?;
    for team in &all {
        teams.push((above(&all, team), team.clone()));
    }
    teams.sort_by_cached_key(|(above, team)| {
        let mut path: Vec<String> = above.iter().map(|name| name.to_lowercase()).collect();
        path.push(team.display_name.to_lowercase());
        path
    });
    let choice = |value: &str, label: String| Choice::plain(value, label, &form.parent);
    let mut parents: Vec<Choice> =
        teams.iter().map(|(_, team)| choice(team.name.as_str(), team.display_name.clone())).collect();
    if !parents.is_empty() {
        parents.insert(0, choice("", "No other team".to_owned()));
    }
    Ok(Teams {
        page: ctx.frame(),
        organisation: of.display_name.clone(),
        organisation_url: url::owner(&of.name.clone().into()),
        action: url::org_teams(&of.name),
        can_change,
        teams: teams
            .into_iter()
            .map(|(above, team)| TeamRow {
                url: url::org_team(&of.name, &team.name),
                name: team.display_name,
                description: team.description,
                above: above.iter().map(|name| format!("{name} ›")).collect::<Vec<_>>().join(" "),
            })
            .collect(),
        errors,
        name: form.name,
        display_name: form.display_name,
        description: form.description,
        parents,
    })
}

/// The names of the teams above one, the highest first.
fn above(all: &[Team], team: &Team) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = team.parent;
    while let Some(found) = next.and_then(|id| all.iter().find(|team| team.id == id)) {
        names.insert(0, found.display_name.clone());
        next = found.parent;
    }
    names
}

pub(in crate::handler) async fn show_team(ctx: Ctx, SignedIn(signed_in): SignedIn, uri: Uri) -> Answer {
    let address = Address::of(&uri);
    let (Some(org), Some(name)) = (address.org(1), address.team(3)) else { return Err(Failure::not_found()) };
    let (org, team) = ctx.app().team(&signed_in, &org, &name).await?;
    page(&one(&ctx, &org, &team, FormErrors::none(), "").await?)
}

/// What a button or a form asks for.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Add,
    MakeMaintainer,
    Remove,
    Delete,
}

/// What the forms and the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TeamMembersForm {
    action: Action,
    username: Option<String>,
    confirmation: Option<String>,
}

pub(in crate::handler) async fn change_team(
    ctx: Ctx,
    extract::Team(access): extract::Team,
    Form(form): Form<TeamMembersForm>,
) -> Answer {
    let (org, team) = (access.organisation(), access.team());
    if matches!(form.action, Action::Delete) {
        let access = ctx.app().authorize_org(&ctx.visitor.actor, &org.name).await?;
        return delete(&ctx, &access, team, form.confirmation.as_deref().unwrap_or_default()).await;
    }
    let mut errors = FormErrors::none();
    let username = form.username.unwrap_or_default();
    let Some(name) = parsed(&mut errors, "username", Username::new(username.trim())) else {
        return again(&one(&ctx, org, team, errors, &username).await?);
    };
    let result = match form.action {
        Action::Remove | Action::Delete => ctx.app().remove_team_member(&access, &ctx.origin, &name).await,
        Action::Add => ctx.app().set_team_member(&access, &ctx.origin, &name, false).await,
        Action::MakeMaintainer => ctx.app().set_team_member(&access, &ctx.origin, &name, true).await,
    };
    match result {
        Ok(()) => ctx.done(&url::org_team(&org.name, &team.name), Notice::TeamSaved),
        Err(error) => again(&one(&ctx, org, team, wrong(error, &[("name", "username")])?, &username).await?),
    }
}

async fn delete(ctx: &Ctx, access: &OrgAccess, team: &Team, typed: &str) -> Answer {
    let org: &Organisation = access.organisation();
    if typed.trim() != team.name.as_str() {
        let errors = FormErrors::one("confirmation", format!("Type {} to delete it.", team.name));
        return again(&one(ctx, org, team, errors, "").await?);
    }
    ctx.app().delete_team(access, &ctx.origin, &team.name).await?;
    ctx.done(&url::org_teams(&org.name), Notice::TeamDeleted)
}

async fn one(
    ctx: &Ctx,
    org: &Organisation,
    team: &Team,
    errors: FormErrors,
    username: &str,
) -> Result<TeamPage, Failure> {
    let actor = &ctx.visitor.actor;
    let signed_in = ctx.app().signed_in(actor)?;
    let all = ctx.app().teams(&signed_in, org).await?;
    let members = ctx.app().team_members(&signed_in, team).await?;
    let link = |org: &OrgName, team: &Team| Link::new(&team.display_name, url::org_team(org, &team.name));
    Ok(TeamPage {
        page: ctx.frame(),
        organisation: org.display_name.clone(),
        teams_url: url::org_teams(&org.name),
        name: team.display_name.clone(),
        description: team.description.clone(),
        parent: all.iter().find(|other| Some(other.id) == team.parent).map(|other| link(&org.name, other)),
        below: all
            .iter()
            .filter(|other| other.parent == Some(team.id))
            .map(|other| link(&org.name, other))
            .collect(),
        action: url::org_team(&org.name, &team.name),
        can_change: ctx.app().authorize_team(actor, &org.name, &team.name).await.is_ok(),
        can_delete: ctx.app().authorize_org(actor, &org.name).await.is_ok(),
        members: members
            .into_iter()
            .map(|(user, place)| TeamMemberRow {
                name: user.display_name,
                username: user.name.to_string(),
                url: url::owner(&user.name.into()),
                is_maintainer: place.is_maintainer,
                since: When::on(place.since),
            })
            .collect(),
        errors,
        username: username.to_owned(),
        expected: team.name.to_string(),
    })
}
