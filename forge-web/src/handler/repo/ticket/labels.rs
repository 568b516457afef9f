//! The labels of a repository.

use forge_app::access::Level;
use forge_app::{NewLabel, Read, RepoAccess, Write};
use forge_core::work_item::{Colour, Label};
use forge_core::{ItemKind, LabelId, Permission};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::{item, top};
use crate::notice::Notice;
use crate::page::ticket::{LabelRow, Labels};
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct LabelsQuery {
    id: Option<String>,
}

pub(in crate::handler) async fn show_labels(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<LabelsQuery>,
) -> Answer {
    let all = ctx.app().labels(&access).await?;
    let chosen = all.iter().find(|label| Some(label.id.to_string()) == query.id);
    if query.id.is_some() && chosen.is_none() {
        return Err(Failure::not_found());
    }
    let form = match chosen {
        Some(label) => LabelForm {
            action: Action::Change,
            id: query.id,
            name: label.name.clone(),
            colour: label.colour.name().to_owned(),
            description: label.description.clone(),
        },
        None => LabelForm::default(),
    };
    page(&view(&ctx, &access, &all, form, FormErrors::none()))
}

#[derive(Default, Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Add,
    Change,
    Delete,
}

/// What the forms have.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct LabelForm {
    action: Action,
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    colour: String,
    #[serde(default)]
    description: String,
}

pub(in crate::handler) async fn change_labels(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    Form(form): Form<LabelForm>,
) -> Answer {
    let new = NewLabel {
        name: form.name.clone(),
        colour: form.colour.parse().unwrap_or_default(),
        description: form.description.clone(),
    };
    let id = || -> Result<LabelId, Failure> {
        form.id.as_deref().unwrap_or_default().parse().map_err(|_| Failure::not_found())
    };
    let (saved, notice) = match form.action {
        Action::Add => (ctx.app().add_label(&access, &ctx.origin, &new).await.map(drop), Notice::LabelSaved),
        Action::Change => {
            (ctx.app().change_label(&access, &ctx.origin, id()?, &new).await, Notice::LabelSaved)
        }
        Action::Delete => (ctx.app().delete_label(&access, &ctx.origin, id()?).await, Notice::LabelDeleted),
    };
    match saved {
        Ok(()) => ctx.done(&url::labels(&access.repo().path), notice),
        Err(error) => {
            let errors = wrong(error, &[])?;
            let all = ctx.app().labels(&access).await?;
            again(&view(&ctx, &access, &all, form, errors))
        }
    }
}

fn view<L: Level>(
    ctx: &Ctx,
    access: &RepoAccess<L>,
    all: &[Label],
    form: LabelForm,
    errors: FormErrors,
) -> Labels {
    let path = &access.repo().path;
    let action = url::labels(path);
    let can_change = access.permission() >= Permission::Write && !access.repo().archived;
    let row = |label: &Label| LabelRow {
        label: item::label_tag(path, ItemKind::Ticket, label),
        description: label.description.clone(),
        edit_url: can_change.then(|| format!("{action}?id={}#form", label.id)),
    };
    Labels {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
        errors,
        back_url: url::items(path, ItemKind::Ticket),
        labels: all.iter().map(row).collect(),
        can_change,
        id: form.id,
        name: form.name,
        description: form.description,
        colours: colours(&form.colour),
        action,
    }
}

fn colours(chosen: &str) -> Vec<Choice> {
    let choice = |colour: Colour| {
        let mut label = colour.name().replace('-', " ");
        label.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        Choice {
            value: colour.name().to_owned(),
            label,
            hint: String::new(),
            is_chosen: colour.name() == chosen,
        }
    };
    Colour::ALL.into_iter().map(choice).collect()
}
