//! Everybody who has an account.

use forge_app::Page;
use forge_core::{AccountState, User, UserId, Username};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Query, Site, page};
use crate::form::Form;
use crate::handler::present::{counted, paging, searched};
use crate::notice::Notice;
use crate::page::admin::{People, PersonRow};
use crate::url;
use crate::view::When;

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct PeopleQuery {
    q: Option<String>,
    page: Option<u64>,
}

pub(in crate::handler) async fn show_people(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<PeopleQuery>,
) -> Answer {
    let text = searched(query.q.as_deref());
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().people(&access, text.as_deref(), Page::number(number, LISTED)).await?;
    let me = access.actor().person().map(|person| person.id);
    let auditors = ctx.app().auditors_among(&access, &found.items).await?;
    let seen = ctx.app().last_seen_of(&access, &found.items).await?;
    let last_seen = |user: &User| {
        let at = seen.iter().find(|(id, _)| *id == user.id)?.1;
        Some(When::ago(at, ctx.now()))
    };
    page(&People {
        page: ctx.frame(),
        paging: paging(url::ADMIN_PEOPLE, text.as_deref(), number, LISTED, found.total),
        query: text.unwrap_or_default(),
        count: counted(found.total, "person", "people"),
        people: found
            .items
            .into_iter()
            .map(|user| PersonRow { last_seen: last_seen(&user), ..row(user, me, &auditors) })
            .collect(),
    })
}

/// An account in the list. Forms name it by its user name, which is unique and stays.
fn row(user: User, me: Option<UserId>, auditors: &[UserId]) -> PersonRow {
    PersonRow {
        id: user.name.to_string(),
        factor_url: url::reset_second_factor(&user.name),
        duplicate_url: url::duplicate(&user.name),
        delete_url: url::delete_account(&user.name),
        name: user.display_name,
        username: user.name.to_string(),
        email: user.email.as_str().to_owned(),
        is_admin: user.is_admin,
        is_disabled: user.state == AccountState::Disabled,
        is_me: me == Some(user.id),
        is_auditor: auditors.contains(&user.id),
        last_seen: None,
        url: url::owner(&user.name.into()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Enable,
    Disable,
    MakeAdmin,
    RemoveAdmin,
    MakeAuditor,
    RemoveAuditor,
}

/// What the buttons have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct PersonForm {
    id: String,
    action: Action,
}

pub(in crate::handler) async fn change_person(
    ctx: Ctx,
    Site(access): Site,
    MeRecently(_): MeRecently,
    Form(form): Form<PersonForm>,
) -> Answer {
    let name = Username::new(form.id).map_err(|_| Failure::not_found())?;
    let (app, origin) = (ctx.app(), &ctx.origin);
    match form.action {
        Action::Enable => app.set_account_state(&access, origin, &name, AccountState::Active).await?,
        Action::Disable => app.set_account_state(&access, origin, &name, AccountState::Disabled).await?,
        Action::MakeAdmin => app.set_admin(&access, origin, &name, true).await?,
        Action::MakeAuditor => app.set_auditor(&access, origin, &name, true).await?,
        Action::RemoveAuditor => app.set_auditor(&access, origin, &name, false).await?,
        Action::RemoveAdmin => app.set_admin(&access, origin, &name, false).await?,
    }
    ctx.done(url::ADMIN_PEOPLE, Notice::PersonSaved)
}
