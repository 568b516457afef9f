//! Buttons of a merge request: its state, its people, applying suggestions, merging.

use forge_app::{ChosenSuggestion, Maintain, MergeOrder, Read, RepoAccess, Write};
use forge_core::{MergeMethod, ObjectId, RefName, ReviewId, Username};
use http::Uri;
use serde::Deserialize;

use super::{number, show};
use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo, again, see_other, wrong};
use crate::form::Form;
use crate::handler::repo::diff::path_of_hex;
use crate::handler::repo::item::safe_back;
use crate::notice::Notice;
use crate::url;
use crate::view::{FormErrors, WriteBox};

/// What the merge form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct MergeForm {
    head: String,
    method: String,
    message: String,
    delete_source: String,
    action: String,
}

pub(in crate::handler) async fn merge_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    uri: Uri,
    Form(form): Form<MergeForm>,
) -> Answer {
    let number = number(&uri)?;
    let base = url::merge_request(&access.repo().path, number);
    let reading = ctx.app().authorize::<Read>(access.actor(), &access.repo().path).await?;
    let order = MergeOrder {
        head: form.head.parse::<ObjectId>().map_err(|_| Failure::bad_request("No head is named."))?,
        method: form
            .method
            .parse::<MergeMethod>()
            .map_err(|_| Failure::bad_request("Choose how to merge."))?,
        message: form.message,
        delete_source: !form.delete_source.is_empty(),
    };
    let done = if form.action == "arm" {
        let armed = ctx.app().arm_merge(&access, &ctx.origin, number, &order).await;
        armed.map(|()| Notice::MergeArmed)
    } else {
        ctx.app().merge(access, &ctx.origin, number, &order).await.map(|_| Notice::Merged)
    };
    match done {
        Ok(notice) => ctx.done(&base, notice),
        Err(error) => {
            let errors = wrong(error, &[])?;
            again(&show::view(&ctx, &reading, number, None, WriteBox::default(), errors).await?)
        }
    }
}

/// Takes back what was merged: a branch is made, and the form opens that asks for it.
pub(in crate::handler) async fn revert_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Write>,
    uri: Uri,
    Form(_): Form<NoFields>,
) -> Answer {
    let number = number(&uri)?;
    let repo = access.repo().path.clone();
    let reading = ctx.app().authorize::<Read>(access.actor(), &repo).await?;
    match ctx.app().revert_merge_request(access, &ctx.origin, number).await {
        Ok(picked) => see_other(&url::ask_to_merge_into(&repo, picked.source.short(), picked.target.short())),
        Err(error) => {
            let errors = wrong(error, &[])?;
            again(&show::view(&ctx, &reading, number, None, WriteBox::default(), errors).await?)
        }
    }
}

/// A form that is one button.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct NoFields {}

/// What the other buttons have.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ActForm {
    action: String,
    name: String,
    target: String,
    review: String,
    reason: String,
    suggestion: Vec<String>,
    path: String,
    fingerprint: String,
    back: String,
}

/// `…/state`, `…/people`, `…/dismiss`, `…/suggestions`, `…/viewed`.
pub(in crate::handler) async fn change_merge_request(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ActForm>,
) -> Answer {
    let number = number(&uri)?;
    let base = url::merge_request(&access.repo().path, number);
    let what = Address::of(&uri).segment(4).unwrap_or_default();
    let done = match what.as_str() {
        "state" => state(&ctx, &access, number, &form).await,
        "people" => people(&ctx, &access, number, &form).await,
        "dismiss" => dismiss(&ctx, &access, number, &form).await,
        "suggestions" => suggestions(&ctx, &access, number, &form).await,
        "viewed" => {
            let path = path_of_hex(&form.path).ok_or_else(Failure::not_found)?;
            let print = hex::decode(&form.fingerprint).map_err(|_| Failure::not_found())?;
            let print = (form.action != "again").then_some(print.as_slice());
            ctx.app().set_viewed(&access, number, &path, print).await.map(|()| None)
        }
        _ => return Err(Failure::not_found()),
    };
    let back = safe_back(&form.back, &base).unwrap_or(base);
    match done {
        Ok(Some(notice)) => ctx.done(&back, notice),
        Ok(None) => see_other(&back),
        Err(error) => {
            let errors: FormErrors = wrong(error, &[])?;
            again(&show::view(&ctx, &access, number, None, WriteBox::default(), errors).await?)
        }
    }
}

type Done = Result<Option<Notice>, forge_app::Error>;

async fn state(ctx: &Ctx, access: &RepoAccess<Read>, number: u64, form: &ActForm) -> Done {
    let app = ctx.app();
    match form.action.as_str() {
        "draft" => app.set_draft(access, number, true).await?,
        "ready" => app.set_draft(access, number, false).await?,
        "close" => app.set_merge_request_open(access, &ctx.origin, number, false).await?,
        "reopen" => app.set_merge_request_open(access, &ctx.origin, number, true).await?,
        "disarm" => app.disarm_merge(access, &ctx.origin, number).await?,
        "retarget" => {
            let target = RefName::branch(&form.target)
                .map_err(|_| forge_app::Error::invalid("target", "Choose a branch."))?;
            let access = app.authorize::<Write>(access.actor(), &access.repo().path).await?;
            app.retarget(&access, &ctx.origin, number, &target).await?;
        }
        _ => return Err(forge_app::Error::NotFound),
    }
    Ok(None)
}

async fn people(ctx: &Ctx, access: &RepoAccess<Read>, number: u64, form: &ActForm) -> Done {
    let app = ctx.app();
    if form.action == "withdraw" {
        app.withdraw_approval(access, &ctx.origin, number).await?;
        return Ok(Some(Notice::ApprovalWithdrawn));
    }
    let name = Username::new(form.name.trim().trim_start_matches('@'))
        .map_err(|_| forge_app::Error::invalid("name", "Enter a username."))?;
    match form.action.as_str() {
        "ask" => app.ask_reviewer(access, number, &name).await?,
        "take-off" => app.take_back_reviewer(access, number, &name).await?,
        "wait" => app.set_turn(access, number, &name, true).await?,
        "no-wait" => app.set_turn(access, number, &name, false).await?,
        _ => return Err(forge_app::Error::NotFound),
    }
    Ok(None)
}

async fn dismiss(ctx: &Ctx, access: &RepoAccess<Read>, number: u64, form: &ActForm) -> Done {
    let id = form.review.parse::<ReviewId>().map_err(|_| forge_app::Error::NotFound)?;
    let access = ctx.app().authorize::<Maintain>(access.actor(), &access.repo().path).await?;
    ctx.app().dismiss_review(&access, &ctx.origin, number, id, &form.reason).await?;
    Ok(None)
}

/// A suggestion as its button names it: the comment, the place in it, and which edition of it was seen.
fn chosen(value: &str) -> Option<ChosenSuggestion> {
    let mut parts = value.splitn(3, ':');
    Some(ChosenSuggestion {
        comment: parts.next()?.parse().ok()?,
        position: parts.next()?.parse().ok()?,
        edition: parts.next()?.parse().ok()?,
    })
}

async fn suggestions(ctx: &Ctx, access: &RepoAccess<Read>, number: u64, form: &ActForm) -> Done {
    let mut which = Vec::new();
    for value in &form.suggestion {
        which.push(chosen(value).ok_or(forge_app::Error::NotFound)?);
    }
    ctx.app().apply_suggestions(access, &ctx.origin, number, &which).await?;
    Ok(Some(if which.len() == 1 { Notice::SuggestionApplied } else { Notice::SuggestionsApplied }))
}
