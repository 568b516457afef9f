//! Opening a ticket.

use forge_app::{NewTicket as Ticket, Read, RepoAccess};
use forge_core::ItemKind;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::{item, top};
use crate::notice::Notice;
use crate::page::ticket::NewTicket;
use crate::url;
use crate::view::{FormErrors, RepoSection, WriteBox};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct NewQuery {
    template: Option<String>,
}

pub(in crate::handler) async fn new_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<NewQuery>,
) -> Answer {
    // Where everybody reads, nobody writes: the form is for those who have signed in.
    let _me = ctx.app().authorize_me(&ctx.visitor.actor)?;
    let mut form = TicketForm::default();
    let templates = ctx.app().item_templates(&access, ItemKind::Ticket, "HEAD").await?;
    let chosen = templates.iter().find(|one| Some(&one.key) == query.template.as_ref());
    if let Some(chosen) = chosen {
        (form.title, form.description) = (chosen.title.clone(), chosen.body.clone());
    }
    page(&view(&ctx, &access, query.template, form, FormErrors::none()).await?)
}

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Open,
    Preview,
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct TicketForm {
    #[serde(default)]
    action: Action,
    title: String,
    description: String,
    #[serde(default)]
    confidential: bool,
}

pub(in crate::handler) async fn open_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Form(form): Form<TicketForm>,
) -> Answer {
    if form.action == Action::Preview {
        return page(&view(&ctx, &access, None, form, FormErrors::none()).await?);
    }
    let new = Ticket {
        title: form.title.clone(),
        body: form.description.clone(),
        is_confidential: form.confidential,
        ..Ticket::default()
    };
    match ctx.app().open_ticket(&access, &new).await {
        Ok(number) => {
            ctx.done(&url::item(&access.repo().path, ItemKind::Ticket, number), Notice::TicketOpened)
        }
        Err(error) => {
            let errors = wrong(error, &[("body", "description")])?;
            again(&view(&ctx, &access, None, form, errors).await?)
        }
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    template: Option<String>,
    form: TicketForm,
    errors: FormErrors,
) -> Result<NewTicket, Failure> {
    let action = format!("{}/new", url::items(&access.repo().path, ItemKind::Ticket));
    let templates = ctx.app().item_templates(access, ItemKind::Ticket, "HEAD").await?;
    let row = |found| item::template_row(&action, "", template.as_deref(), found);
    let preview = match form.action {
        Action::Preview => Some(item::preview(ctx, access.repo(), &form.description).await?),
        Action::Open => None,
    };
    Ok(NewTicket {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
        errors,
        templates: templates.into_iter().map(row).collect(),
        title: form.title,
        description: WriteBox {
            id: "description".to_owned(),
            label: "Description".to_owned(),
            value: form.description,
            preview,
        },
        is_confidential: form.confidential,
        action,
    })
}
