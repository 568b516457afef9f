//! Resolving a thread of a merge request, and opening it again.

use forge_app::Read;
use forge_core::ThreadId;
use http::Uri;
use serde::Deserialize;

use super::{number, safe_back};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Repo, see_other};
use crate::form::Form;
use crate::url;

/// What is done with a thread.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ThreadForm {
    thread: String,
    action: String,
    back: String,
}

pub(in crate::handler) async fn change_thread(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Form(form): Form<ThreadForm>,
) -> Answer {
    let number = number(&uri)?;
    let id =
        form.thread.trim_start_matches("thread-").parse::<ThreadId>().map_err(|_| Failure::not_found())?;
    ctx.app().resolve_thread(&access, number, id, form.action != "reopen").await?;
    let base = url::merge_request(&access.repo().path, number);
    see_other(&safe_back(&form.back, &base).unwrap_or_else(|| format!("{base}#thread-{id}")))
}
