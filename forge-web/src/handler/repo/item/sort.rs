//! Labels, people and milestone of an item.

use forge_app::{ItemShown, ItemSorting, RepoAccess, Write};
use forge_core::{ItemKind, LabelId, MilestoneId, Username};
use http::Uri;
use serde::Deserialize;

use super::{address, section};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::item::SortItem;
use crate::url;
use crate::view::{Choice, FormErrors};

pub(in crate::handler) async fn show_sort_item(ctx: Ctx, Repo(access): Repo<Write>, uri: Uri) -> Answer {
    let at = address(&uri)?;
    let shown = ctx.app().item_for_writing(&access, at).await?;
    let form = SortForm::of(&ItemSorting::of(&shown));
    page(&view(&ctx, &access, &shown, &form, FormErrors::none()).await?)
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct SortForm {
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    assignees: String,
    #[serde(default)]
    milestone: String,
    #[serde(default)]
    locked: bool,
    #[serde(default)]
    confidential: bool,
}

pub(in crate::handler) async fn sort_item(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    uri: Uri,
    Form(form): Form<SortForm>,
) -> Answer {
    let at = address(&uri)?;
    let saved = match form.read() {
        Ok(to) => ctx.app().sort_item(&access, &ctx.origin, at, &to).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => ctx.done(&url::item(&access.repo().path, at.kind, at.number), Notice::ItemSorted),
        Err(error) => {
            let errors = wrong(error, &[])?;
            let shown = ctx.app().item_for_writing(&access, at).await?;
            again(&view(&ctx, &access, &shown, &form, errors).await?)
        }
    }
}

impl SortForm {
    fn of(sorting: &ItemSorting) -> Self {
        Self {
            labels: sorting.labels.iter().map(ToString::to_string).collect(),
            assignees: sorting.assignees.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            milestone: sorting.milestone.map(|id| id.to_string()).unwrap_or_default(),
            locked: sorting.is_locked,
            confidential: sorting.is_confidential,
        }
    }

    fn read(&self) -> Result<ItemSorting, forge_app::Error> {
        let invalid = |field: &'static str, text: &str| forge_app::Error::invalid(field, text);
        let labels: Result<Vec<LabelId>, _> = self.labels.iter().map(|id| id.parse()).collect();
        let name = |name: &str| {
            Username::new(name).map_err(|_| invalid("assignees", &format!("“{name}” is no username.")))
        };
        let milestone: Option<MilestoneId> = match self.milestone.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| invalid("milestone", "Choose a milestone from the list."))?),
        };
        Ok(ItemSorting {
            labels: labels.map_err(|_| invalid("labels", "Choose labels from the list."))?,
            assignees: names_in(&self.assignees).map(name).collect::<Result<Vec<_>, _>>()?,
            milestone,
            is_locked: self.locked,
            is_confidential: self.confidential,
        })
    }
}

/// The names in a field that takes several, with spaces or commas between them.
pub(in crate::handler) fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';');
    text.split(is_between).map(|name| name.trim_start_matches('@')).filter(|name| !name.is_empty())
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Write>,
    shown: &ItemShown,
    form: &SortForm,
    errors: FormErrors,
) -> Result<SortItem, Failure> {
    let path = &access.repo().path;
    let choice = |value: String, label: &str, hint: &str, is_chosen| Choice {
        value,
        label: label.to_owned(),
        hint: hint.to_owned(),
        is_chosen,
    };
    let labels = ctx.app().labels(access).await?;
    let labels = labels.iter().map(|label| {
        let id = label.id.to_string();
        let is_chosen = form.labels.contains(&id);
        choice(id, &label.name, &label.description, is_chosen)
    });
    let found = ctx.app().milestones(access).await?;
    let open = found
        .iter()
        .filter(|one| one.milestone.closed_at.is_none() || Some(one.milestone.id) == shown.item.milestone);
    let milestones = open.map(|one| {
        let id = one.milestone.id.to_string();
        let is_chosen = form.milestone == id;
        choice(id, &one.milestone.title, "", is_chosen)
    });
    let none = choice(String::new(), "No milestone", "", form.milestone.is_empty());
    let back_url = url::item(path, shown.item.kind, shown.item.number);
    Ok(SortItem {
        page: ctx.frame(),
        repo: top::header(access, section(shown.item.kind)),
        errors,
        title: shown.item.title.clone(),
        reference: shown.item.reference(),
        action: format!("{back_url}/sort"),
        back_url,
        labels_url: url::labels(path),
        labels: labels.collect(),
        assignees: form.assignees.clone(),
        milestones: std::iter::once(none).chain(milestones).collect(),
        is_locked: form.locked,
        is_confidential: (shown.item.kind == ItemKind::Ticket).then_some(form.confidential),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_as_people_write_them() {
        assert_eq!(names_in("@ann, bob\n carl;dora,").collect::<Vec<_>>(), ["ann", "bob", "carl", "dora"]);
    }
}
