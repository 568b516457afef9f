//! The review at the end of the changes.

use forge_app::{Conversation, Read, RepoAccess, Submission};
use forge_core::merge_request::review::Verdict;
use http::Uri;
use serde::Deserialize;

use super::super::number;
use super::ChangesQuery;
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, again, page, wrong};
use crate::form::Form;
use crate::handler::repo::item::preview;
use crate::notice::Notice;
use crate::page::repo::RequestChanges;
use crate::url;
use crate::view::{Choice, FormErrors, WriteBox};

/// What the review form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ReviewForm {
    action: String,
    version: String,
    verdict: String,
    body: String,
}

pub(in crate::handler) async fn submit_review(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ReviewForm>,
) -> Answer {
    let number = number(&uri)?;
    let base = url::merge_request(&access.repo().path, number);
    let verdict = form.verdict.parse::<Verdict>().unwrap_or_default();
    let version = form.version.parse::<u32>().unwrap_or_default();
    let result = match form.action.as_str() {
        "preview" => {
            let laid_out = preview(&ctx, access.repo(), &form.body).await?;
            let mut view = once_more(&ctx, &access, number, &form, FormErrors::none()).await?;
            view.review.preview = Some(laid_out);
            return page(&view);
        }
        "discard" => {
            ctx.app().discard_review(&access, number).await?;
            return ctx.done(&format!("{base}/changes"), Notice::ReviewDiscarded);
        }
        "save" => {
            ctx.app().save_review(&access, number, verdict, &form.body).await.map(|()| Notice::ReviewKept)
        }
        _ => {
            let submission = Submission { version, verdict, body: form.body.clone() };
            let submitted = ctx.app().submit_review(&access, &ctx.origin, number, &submission).await;
            submitted.map(|counts| if counts { Notice::ReviewSent } else { Notice::ReviewDoesNotCount })
        }
    };
    match result {
        Ok(Notice::ReviewKept) => ctx.done(&format!("{base}/changes"), Notice::ReviewKept),
        Ok(notice) => ctx.done(&base, notice),
        Err(error) => again(&once_more(&ctx, &access, number, &form, wrong(error, &[])?).await?),
    }
}

/// The page once more, with what was typed and chosen.
async fn once_more(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    number: u64,
    form: &ReviewForm,
    errors: FormErrors,
) -> Result<RequestChanges, Failure> {
    let version = form.version.parse::<u32>().ok().filter(|version| *version > 0);
    let query = ChangesQuery { version, ..ChangesQuery::default() };
    let mut view = super::view(ctx, access, number, &query, errors).await?;
    view.review.value.clone_from(&form.body);
    for choice in &mut view.verdicts {
        choice.is_chosen = choice.value == form.verdict;
    }
    Ok(view)
}

/// The field for what somebody thinks of the whole.
pub(super) fn write_box(conversation: &Conversation) -> WriteBox {
    let value = conversation.pending.as_ref().map(|review| review.body.clone()).unwrap_or_default();
    WriteBox { label: "What you think of the whole".to_owned(), value, ..WriteBox::default() }
}

pub(super) fn verdicts(conversation: &Conversation, who: Option<forge_core::UserId>) -> Vec<Choice> {
    let is_author = conversation.request.item.author.id == who;
    let chosen = conversation.pending.as_ref().map_or(Verdict::Comment, |review| review.verdict);
    Verdict::ALL
        .into_iter()
        .filter(|verdict| *verdict == Verdict::Comment || (!is_author && conversation.request.is_open()))
        .map(|verdict| {
            let (label, hint) = match verdict {
                Verdict::Comment => ("Comment", "Say what you think, without a verdict"),
                Verdict::Approve => ("Approve", "It can be merged as it is"),
                Verdict::RequestChanges => ("Ask for changes", "It must not be merged before you approve it"),
            };
            Choice {
                value: verdict.name().to_owned(),
                label: label.to_owned(),
                hint: hint.to_owned(),
                is_chosen: verdict == chosen,
            }
        })
        .collect()
}

pub(super) fn pending_comments(conversation: &Conversation) -> usize {
    conversation
        .item
        .threads
        .iter()
        .flat_map(|thread| &thread.comments)
        .filter(|comment| comment.is_pending)
        .count()
}
