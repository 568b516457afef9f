//! What programs say of commits, on pages.

use std::collections::HashMap;

use forge_app::{CommitStatus, Read, RepoAccess};
use forge_core::ObjectId;
use forge_core::merge_request::check::StatusState;
use time::OffsetDateTime;

use crate::error::Failure;
use crate::extract::Ctx;
use crate::view::{StateTag, StatusRow, When};

fn tag(state: StatusState) -> StateTag {
    let (label, colour) = match state {
        StatusState::Success => ("Passed", "green"),
        StatusState::Failure => ("Failed", "red"),
        StatusState::Error => ("Error", "orange"),
        StatusState::Pending => ("Running", "blue"),
    };
    StateTag { label, colour }
}

/// Each with its name and where more is to be read.
pub(super) fn rows(statuses: &[CommitStatus], now: OffsetDateTime) -> Vec<StatusRow> {
    statuses
        .iter()
        .map(|status| StatusRow {
            state: tag(status.state),
            context: status.context.clone(),
            description: status.description.clone(),
            url: Some(status.target_url.clone()).filter(|url| !url.is_empty()),
            set_by: status.set_by.name.clone(),
            when: When::ago(status.at, now),
        })
        .collect()
}

/// What is said of each of some commits, taken together: the worst of it. Nothing where nothing is said.
pub(super) async fn tags(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    commits: &[ObjectId],
) -> Result<HashMap<ObjectId, StateTag>, Failure> {
    let mut worst: HashMap<ObjectId, StatusState> = HashMap::new();
    for status in ctx.app().statuses_of(access, commits).await? {
        let known = worst.entry(status.commit).or_insert(status.state);
        if weight(status.state) > weight(*known) {
            *known = status.state;
        }
    }
    Ok(worst.into_iter().map(|(commit, state)| (commit, tag(state))).collect())
}

fn weight(state: StatusState) -> u8 {
    match state {
        StatusState::Success => 0,
        StatusState::Pending => 1,
        StatusState::Error => 2,
        StatusState::Failure => 3,
    }
}
