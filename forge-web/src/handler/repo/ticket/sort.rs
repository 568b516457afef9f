//! Labels, people and milestone of a ticket.

use forge_app::{ItemAddress, ItemShown, RepoAccess, Write};
use forge_core::{ItemKind, LabelId, MilestoneId, Username};
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::ticket::{names_in, number_of};
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::ticket::SortItem;
use crate::url;
use crate::view::{Choice, FormErrors, RepoSection};

pub(in crate::handler) async fn show_sort_ticket(ctx: Ctx, Repo(access): Repo<Write>, uri: Uri) -> Answer {
    let at = ItemAddress::ticket(number_of(&uri)?);
    let shown = ctx.app().item_for_writing(&access, at).await?;
    let form = SortForm {
        labels: shown.labels.iter().map(|label| label.id.to_string()).collect(),
        assignees: shown.assignees.iter().map(|user| user.name.to_string()).collect::<Vec<_>>().join(" "),
        milestone: shown.item.milestone.map(|id| id.to_string()).unwrap_or_default(),
        locked: shown.item.is_locked,
        confidential: shown.item.is_confidential,
    };
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

pub(in crate::handler) async fn sort_ticket(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    uri: Uri,
    Form(form): Form<SortForm>,
) -> Answer {
    let at = ItemAddress::ticket(number_of(&uri)?);
    match save(&ctx, &access, at, &form).await {
        Ok(()) => {
            ctx.done(&url::item(&access.repo().path, ItemKind::Ticket, at.number), Notice::TicketSorted)
        }
        Err(error) => {
            let errors = wrong(error, &[])?;
            let shown = ctx.app().item_for_writing(&access, at).await?;
            again(&view(&ctx, &access, &shown, &form, errors).await?)
        }
    }
}

async fn save(
    ctx: &Ctx,
    access: &RepoAccess<Write>,
    at: ItemAddress,
    form: &SortForm,
) -> Result<(), forge_app::Error> {
    let invalid = |field: &'static str, text: &str| forge_app::Error::invalid(field, text);
    let labels: Result<Vec<LabelId>, _> = form.labels.iter().map(|id| id.parse()).collect();
    let labels = labels.map_err(|_| invalid("labels", "Choose labels from the list."))?;
    let name = |name: &str| {
        Username::new(name).map_err(|_| invalid("assignees", &format!("“{name}” is no username.")))
    };
    let people = names_in(&form.assignees).map(name).collect::<Result<Vec<_>, _>>()?;
    let milestone: Option<MilestoneId> = match form.milestone.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| invalid("milestone", "Choose a milestone from the list."))?),
    };
    let app = ctx.app();
    app.set_assignees(access, at, &people).await?;
    app.set_item_labels(access, at, &labels).await?;
    app.set_item_milestone(access, at, milestone).await?;
    app.set_item_locked(access, &ctx.origin, at, form.locked).await?;
    app.set_ticket_confidential(access, &ctx.origin, at.number, form.confidential).await
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
    let back_url = url::item(path, ItemKind::Ticket, shown.item.number);
    Ok(SortItem {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
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
        is_confidential: Some(form.confidential),
    })
}
