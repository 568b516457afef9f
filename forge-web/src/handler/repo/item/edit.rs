//! Changing what one wrote: title and description of an item, or a comment.

use forge_app::{ItemAddress, Read, RepoAccess};
use forge_core::CommentId;
use http::Uri;
use serde::Deserialize;

use super::{address, preview, section};
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::top;
use crate::page::error::Problem;
use crate::page::item::EditText;
use crate::url;
use crate::view::{FormErrors, WriteBox};

#[derive(Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    Save,
    Preview,
}

/// What the form has.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct EditForm {
    #[serde(default)]
    action: Action,
    title: Option<String>,
    #[serde(default)]
    body: String,
}

/// The comment in an address such as `…/comments/ID/edit`.
pub(super) fn comment_id(uri: &Uri) -> Result<CommentId, Failure> {
    let text = Address::of(uri).segment(5).ok_or_else(Failure::not_found)?;
    text.parse().map_err(|_| Failure::not_found())
}

pub(in crate::handler) async fn show_edit_item(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let at = address(&uri)?;
    let shown = ctx.app().item(&access, at).await?;
    if !shown.rights.own {
        let text = format!("Only whoever opened this {} and those who may push can change it.", at.kind);
        return Err(Failure::of(Problem::NotAllowed, &text));
    }
    let form = EditForm { title: Some(shown.item.title), body: shown.item.body, ..EditForm::default() };
    page(&view(&ctx, &access, at, None, form, FormErrors::none()).await?)
}

pub(in crate::handler) async fn edit_item(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<EditForm>,
) -> Answer {
    let at = address(&uri)?;
    if form.action == Action::Preview {
        return page(&view(&ctx, &access, at, None, form, FormErrors::none()).await?);
    }
    let title = form.title.clone().unwrap_or_default();
    match ctx.app().edit_item(&access, &ctx.origin, at, &title, &form.body).await {
        Ok(()) => see_other(&url::item(&access.repo().path, at.kind, at.number)),
        Err(error) => again(&view(&ctx, &access, at, None, form, wrong(error, &[])?).await?),
    }
}

pub(in crate::handler) async fn show_edit_comment(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let (at, id) = (address(&uri)?, comment_id(&uri)?);
    let (_, comment) = ctx.app().comment(&access, at, id).await?;
    let who = access.actor().person().map(|person| person.id);
    if who.is_none() || comment.author.id != who {
        return Err(Failure::of(Problem::NotAllowed, "Only whoever wrote a comment can change it."));
    }
    let form = EditForm { body: comment.body, ..EditForm::default() };
    page(&view(&ctx, &access, at, Some(id), form, FormErrors::none()).await?)
}

pub(in crate::handler) async fn edit_comment(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<EditForm>,
) -> Answer {
    let (at, id) = (address(&uri)?, comment_id(&uri)?);
    if form.action == Action::Preview {
        return page(&view(&ctx, &access, at, Some(id), form, FormErrors::none()).await?);
    }
    match ctx.app().edit_comment(&access, at, id, &form.body).await {
        Ok(()) => {
            let base = url::item(&access.repo().path, at.kind, at.number);
            see_other(&format!("{base}#comment-{id}"))
        }
        Err(error) => again(&view(&ctx, &access, at, Some(id), form, wrong(error, &[])?).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    at: ItemAddress,
    comment: Option<CommentId>,
    form: EditForm,
    errors: FormErrors,
) -> Result<EditText, Failure> {
    // The form is shown to nobody who may not see the item, whatever they sent.
    let reference = ctx.app().item(access, at).await?.item.reference();
    let base = url::item(&access.repo().path, at.kind, at.number);
    let preview = match form.action {
        Action::Preview => Some(preview(ctx, access.repo(), &form.body).await?),
        Action::Save => None,
    };
    let (what, label, action, back_url) = match comment {
        Some(id) => (
            format!("comment on {reference}"),
            "Your comment",
            format!("{base}/comments/{id}/edit"),
            format!("{base}#comment-{id}"),
        ),
        None => (format!("{} {reference}", at.kind), "Description", format!("{base}/edit"), base),
    };
    Ok(EditText {
        page: ctx.frame(),
        repo: top::header(access, section(at.kind)),
        errors,
        what,
        action,
        back_url,
        title: if comment.is_some() { None } else { Some(form.title.unwrap_or_default()) },
        write: WriteBox { label: label.to_owned(), value: form.body, preview, ..WriteBox::default() },
    })
}
