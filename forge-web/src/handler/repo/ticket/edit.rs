//! Changing what one wrote: title and description of a ticket, or a comment.

use forge_app::{ItemAddress, Read, RepoAccess};
use forge_core::ItemKind;
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::ticket::number_of;
use crate::handler::repo::ticket::show::comment_id;
use crate::handler::repo::{item, top};
use crate::page::error::Problem;
use crate::page::ticket::EditText;
use crate::url;
use crate::view::{FormErrors, RepoSection, WriteBox};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct EditQuery {
    comment: Option<String>,
}

pub(in crate::handler) async fn show_edit_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<EditQuery>,
    uri: Uri,
) -> Answer {
    let at = ItemAddress::ticket(number_of(&uri)?);
    let form = if let Some(id) = &query.comment {
        let (_, comment) = ctx.app().comment(&access, at, comment_id(Some(id))?).await?;
        let is_own = comment.author.id.is_some()
            && comment.author.id == access.actor().person().map(|person| person.id);
        if !is_own {
            return Err(Failure::of(Problem::NotAllowed, "Only whoever wrote a comment can change it."));
        }
        EditForm { action: Action::Save, comment: query.comment.clone(), title: None, body: comment.body }
    } else {
        let shown = ctx.app().item(&access, at).await?;
        if !shown.rights.own {
            let text = "Only whoever opened this ticket and those who may push can change it.";
            return Err(Failure::of(Problem::NotAllowed, text));
        }
        EditForm { action: Action::Save, comment: None, title: Some(shown.item.title), body: shown.item.body }
    };
    page(&view(&ctx, &access, at, form, FormErrors::none()).await?)
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Save,
    Preview,
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct EditForm {
    action: Action,
    comment: Option<String>,
    title: Option<String>,
    body: String,
}

pub(in crate::handler) async fn edit_ticket(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<EditForm>,
) -> Answer {
    let at = ItemAddress::ticket(number_of(&uri)?);
    if form.action == Action::Preview {
        return page(&view(&ctx, &access, at, form, FormErrors::none()).await?);
    }
    let mut to = url::item(&access.repo().path, ItemKind::Ticket, at.number);
    let saved = if form.comment.is_some() {
        let id = comment_id(form.comment.as_deref())?;
        to = format!("{to}#comment-{id}");
        ctx.app().edit_comment(&access, at, id, &form.body).await
    } else {
        let title = form.title.clone().unwrap_or_default();
        ctx.app().edit_item(&access, &ctx.origin, at, &title, &form.body).await
    };
    match saved {
        Ok(()) => see_other(&to),
        Err(error) => again(&view(&ctx, &access, at, form, wrong(error, &[])?).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    at: ItemAddress,
    form: EditForm,
    errors: FormErrors,
) -> Result<EditText, Failure> {
    // The form is shown to nobody who may not see the ticket, whatever they sent.
    let shown = ctx.app().item(access, at).await?;
    let back_url = url::item(&access.repo().path, ItemKind::Ticket, at.number);
    let preview = match form.action {
        Action::Preview => Some(item::preview(ctx, access.repo(), &form.body).await?),
        Action::Save => None,
    };
    let is_comment = form.comment.is_some();
    let reference = shown.item.reference();
    Ok(EditText {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Tickets),
        errors,
        what: if is_comment { format!("comment on {reference}") } else { format!("ticket {reference}") },
        action: format!("{back_url}/edit"),
        back_url,
        title: if is_comment { None } else { Some(form.title.unwrap_or_default()) },
        comment: form.comment,
        write: WriteBox {
            id: "body".to_owned(),
            label: if is_comment { "Your comment" } else { "Description" }.to_owned(),
            value: form.body,
            preview,
        },
    })
}
