//! The history of a revision or of one path.

use std::collections::HashMap;

use forge_app::{Read, SignatureState};
use forge_core::ObjectId;
use forge_core::code::{CommitSummary, LogPage};
use http::Uri;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, page, see_other};
use crate::handler::repo::place::Place;
use crate::handler::repo::signature::signature_tag;
use crate::handler::repo::{status, top};
use crate::page::repo::{Commits, Day};
use crate::url;
use crate::view::{CommitRow, Paging, RepoSection, StateTag, When};

/// Commits on one page.
const LISTED: usize = 50;
/// Pages that can be reached.
const MAX_PAGE: usize = 2000;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct CommitsQuery {
    page: Option<usize>,
}

pub(in crate::handler) async fn show_commits(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Query(query): Query<CommitsQuery>,
) -> Answer {
    let code = ctx.app().code(&access).await?;
    let path = &access.repo().path;
    let place = if Address::of(&uri).raw_rest(3).is_empty() {
        match Place::default(&code, path).await? {
            Some(place) => place,
            None => return see_other(&url::repo(path)),
        }
    } else {
        Place::of(&code, path, &uri).await?
    };
    let number = query.page.unwrap_or(1).clamp(1, MAX_PAGE);
    let of_path = (!place.path.is_root()).then(|| place.path.clone());
    let log = code.log(place.commit, of_path, (number - 1) * LISTED, LISTED).await?;
    // A path that never was has no history, and a page past the end has no commits.
    if log.commits.is_empty() && (number > 1 || log.complete) {
        return Err(Failure::not_found());
    }
    let ids: Vec<ObjectId> = log.commits.iter().map(|commit| commit.id).collect();
    let tags = status::tags(&ctx, &access, &ids).await?;
    let signatures = code.signature_states(log.commits.iter()).await?;
    page(&Commits {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Commits),
        picker: place.picker(&code),
        crumbs: if place.path.is_root() { Vec::new() } else { place.crumbs() },
        paging: paging(&place, number, &log),
        days: days(&place, &log.commits, &tags, signatures, ctx.now()),
    })
}

fn paging(place: &Place, number: usize, log: &LogPage) -> Paging {
    let own = url::commits(&place.repo, &place.rev, &place.path);
    let summary =
        if log.complete { "" } else { "The history is long: there may be more than could be looked at." };
    Paging {
        previous: (number > 1).then(|| format!("{own}?page={}", number - 1)),
        next: (log.has_more && number < MAX_PAGE).then(|| format!("{own}?page={}", number + 1)),
        summary: summary.to_owned(),
    }
}

fn days(
    place: &Place,
    commits: &[CommitSummary],
    tags: &HashMap<ObjectId, StateTag>,
    mut signatures: HashMap<ObjectId, SignatureState>,
    now: OffsetDateTime,
) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for commit in commits {
        let date = When::on(commit.committer.at).text;
        let status = tags.get(&commit.id).copied();
        let signature = signatures.remove(&commit.id).and_then(signature_tag);
        let row = CommitRow { status, signature, ..top::commit_row(&place.repo, commit, now) };
        match days.last_mut() {
            Some(day) if day.date == date => day.commits.push(row),
            _ => days.push(Day { date, commits: vec![row] }),
        }
    }
    days
}
