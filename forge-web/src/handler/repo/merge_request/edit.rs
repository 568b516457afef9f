//! Changing the title and the description.

use forge_app::{Read, RepoAccess};
use http::Uri;
use serde::Deserialize;

use super::number;
use super::top::{Tab, request_top, steers};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::top;
use crate::page::repo::EditMergeRequest;
use crate::url;
use crate::view::{FormErrors, RepoSection};

/// What the form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct EditForm {
    title: String,
    body: String,
}

pub(in crate::handler) async fn edit_merge_request(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    page(&view(&ctx, &access, number(&uri)?, FormErrors::none(), None).await?)
}

pub(in crate::handler) async fn save_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<EditForm>,
) -> Answer {
    let number = number(&uri)?;
    match ctx.app().edit_merge_request(&access, number, &form.title, &form.body).await {
        Ok(()) => see_other(&url::merge_request(&access.repo().path, number)),
        Err(error) => again(&view(&ctx, &access, number, wrong(error, &[])?, Some(form)).await?),
    }
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    errors: FormErrors,
    form: Option<EditForm>,
) -> Result<EditMergeRequest, Failure> {
    let conversation = ctx.app().merge_request(access, number).await?;
    let request = &conversation.request;
    if !steers(access, request) {
        return Err(forge_app::Error::Forbidden(
            "Only its author, or somebody who may push, can do this.".to_owned(),
        )
        .into());
    }
    let form = form
        .unwrap_or_else(|| EditForm { title: request.item.title.clone(), body: request.item.body.clone() });
    Ok(EditMergeRequest {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::MergeRequests),
        top: request_top(access, &conversation, Tab::Conversation, ctx.now()),
        errors,
        action: format!("{}/edit", url::merge_request(&access.repo().path, number)),
        title: form.title,
        body: form.body,
    })
}
