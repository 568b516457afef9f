//! `…/commits/ID/statuses`: what programs say of a commit.

use axum::extract::State;
use forge_app::{CommitStatus, NewStatus, Read, Write};
use forge_core::merge_request::check::StatusState;
use http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;

use super::{Caller, Json, answer};
use crate::error::{Answer, Failure};
use crate::extract::Address;
use crate::web::Web;

/// What a program says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    context: String,
    state: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    target_url: String,
}

/// A status as programs read it.
#[derive(Serialize)]
struct Status {
    commit: String,
    context: String,
    state: &'static str,
    description: String,
    target_url: String,
    set_by: String,
    updated_at: String,
}

impl Status {
    fn of(status: CommitStatus) -> Result<Self, Failure> {
        Ok(Self {
            commit: status.commit.to_string(),
            context: status.context,
            state: status.state.name(),
            description: status.description,
            target_url: status.target_url,
            set_by: status.set_by.name,
            updated_at: status.at.format(&Rfc3339).map_err(Failure::internal)?,
        })
    }
}

fn commit(uri: &Uri) -> Result<String, Failure> {
    Address::of(uri).segment(6).ok_or_else(Failure::not_found)
}

pub(super) async fn list_statuses(State(web): State<Web>, caller: Caller, uri: Uri) -> Answer {
    let access = caller.authorize::<Read>(&web).await?;
    let found = web.app().commit_statuses(&access, &commit(&uri)?).await?;
    let found: Vec<Status> = found.into_iter().map(Status::of).collect::<Result<_, _>>()?;
    answer(StatusCode::OK, &found)
}

pub(super) async fn set_status(
    State(web): State<Web>,
    caller: Caller,
    uri: Uri,
    body: Result<Json<Said>, Failure>,
) -> Answer {
    // Permission comes first: whoever may not write here does not hear what their JSON lacks.
    let access = caller.authorize::<Write>(&web).await?;
    let Json(said) = body?;
    let state = said
        .state
        .parse::<StatusState>()
        .map_err(|_| Failure::bad_request("The state is one of pending, success, failure, error."))?;
    let new = NewStatus {
        context: said.context,
        state,
        description: said.description,
        target_url: said.target_url,
    };
    let status = web.app().set_commit_status(&access, caller.origin(), &commit(&uri)?, &new).await?;
    answer(StatusCode::CREATED, &Status::of(status)?)
}
