//! The milestones of a repository.

use forge_app::access::Level;
use forge_app::{MilestoneShown, NewMilestone, Read, RepoAccess, Write};
use forge_core::work_item::search;
use forge_core::{ItemKind, MilestoneId, Permission};
use serde::Deserialize;
use time::Date;
use time::macros::format_description;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::ticket::{MilestoneRow, Milestones};
use crate::url;
use crate::view::{FormErrors, RepoSection};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct MilestonesQuery {
    id: Option<String>,
}

pub(in crate::handler) async fn show_milestones(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<MilestonesQuery>,
) -> Answer {
    let all = ctx.app().milestones(&access).await?;
    let chosen = all.iter().find(|one| Some(one.milestone.id.to_string()) == query.id);
    if query.id.is_some() && chosen.is_none() {
        return Err(Failure::not_found());
    }
    let form = match chosen {
        Some(found) => MilestoneForm {
            action: Action::Change,
            id: query.id,
            title: found.milestone.title.clone(),
            description: found.milestone.description.clone(),
            due: found.milestone.due_on.map(|day| day.to_string()).unwrap_or_default(),
        },
        None => MilestoneForm::default(),
    };
    page(&view(&ctx, &access, &all, form, FormErrors::none()))
}

#[derive(Default, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Add,
    Change,
    Close,
    Reopen,
    Delete,
}

/// What the forms have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct MilestoneForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    due: String,
}

impl MilestoneForm {
    fn read(&self) -> Result<NewMilestone, forge_app::Error> {
        let due_on = match self.due.trim() {
            "" => None,
            text => {
                let found = Date::parse(text, format_description!("[year]-[month]-[day]"));
                let wrong = |_| forge_app::Error::invalid("due", "Enter a day such as 2026-11-22.");
                Some(found.map_err(wrong)?)
            }
        };
        Ok(NewMilestone { title: self.title.clone(), description: self.description.clone(), due_on })
    }
}

pub(in crate::handler) async fn change_milestones(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    Form(form): Form<MilestoneForm>,
) -> Answer {
    match save(&ctx, &access, &form).await {
        Ok(()) => {
            let notice = match form.action {
                Action::Delete => Notice::MilestoneDeleted,
                _ => Notice::MilestoneSaved,
            };
            ctx.done(&url::milestones(&access.repo().path), notice)
        }
        Err(error) => {
            let errors = wrong(error, &[])?;
            let all = ctx.app().milestones(&access).await?;
            again(&view(&ctx, &access, &all, form, errors))
        }
    }
}

async fn save(ctx: &Ctx, access: &RepoAccess<Write>, form: &MilestoneForm) -> Result<(), forge_app::Error> {
    let id = || -> Result<MilestoneId, forge_app::Error> {
        form.id.as_deref().unwrap_or_default().parse().map_err(|_| forge_app::Error::NotFound)
    };
    let (app, origin) = (ctx.app(), &ctx.origin);
    match form.action {
        Action::Add => app.add_milestone(access, origin, &form.read()?).await.map(drop),
        Action::Change => app.change_milestone(access, origin, id()?, &form.read()?).await,
        Action::Close => app.set_milestone_closed(access, origin, id()?, true).await,
        Action::Reopen => app.set_milestone_closed(access, origin, id()?, false).await,
        Action::Delete => app.delete_milestone(access, origin, id()?).await,
    }
}

fn view<L: Level>(
    ctx: &Ctx,
    access: &RepoAccess<L>,
    all: &[MilestoneShown],
    form: MilestoneForm,
    errors: FormErrors,
) -> Milestones {
    let path = &access.repo().path;
    let action = url::milestones(path);
    let list = url::items(path, ItemKind::Ticket);
    let can_change = access.permission() >= Permission::Write && !access.repo().archived;
    let today = ctx.now().date();
    let row = |shown: &MilestoneShown| {
        let found = &shown.milestone;
        let query = format!("is:open milestone:{}", search::quoted(&found.title));
        let is_closed = found.closed_at.is_some();
        MilestoneRow {
            title: found.title.clone(),
            url: format!("{list}?q={}", url::encode_segment(query.as_bytes())),
            description: found.description.clone(),
            due: found.due_on.map(written).unwrap_or_default(),
            is_late: !is_closed && found.due_on.is_some_and(|day| day < today),
            is_closed,
            progress: format!("{} open, {} done", counted(shown.open, "item", "items"), shown.done),
            edit_url: can_change.then(|| format!("{action}?id={}#form", found.id)),
        }
    };
    let chosen = all.iter().find(|one| Some(one.milestone.id.to_string()) == form.id);
    Milestones {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
        errors,
        back_url: list.clone(),
        milestones: all.iter().map(row).collect(),
        can_change,
        is_closed: chosen.is_some_and(|one| one.milestone.closed_at.is_some()),
        id: form.id,
        title: form.title,
        description: form.description,
        due: form.due,
        action: url::milestones(path),
    }
}

/// A day as people write it.
fn written(day: Date) -> String {
    day.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default()
}
