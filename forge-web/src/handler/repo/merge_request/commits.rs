//! The commits of a merge request.

use forge_app::Read;
use forge_core::ObjectId;
use forge_core::code::CommitSummary;
use http::Uri;
use serde::Deserialize;

use super::number;
use super::top::{Tab, request_top};
use crate::error::Answer;
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::present::{counted, paging};
use crate::handler::repo::{status, top};
use crate::page::repo::RequestCommits;
use crate::url;
use crate::view::{CommitRow, RepoSection};

/// Commits on one page.
const LISTED: usize = 250;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct CommitsQuery {
    page: Option<usize>,
}

pub(in crate::handler) async fn show_request_commits(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<CommitsQuery>,
    uri: Uri,
) -> Answer {
    let (number, now) = (number(&uri)?, ctx.now());
    let conversation = ctx.app().merge_request(&access, number).await?;
    let (code, part) = (ctx.app().code(&access).await?, query.page.unwrap_or(1).max(1));
    let start = (part - 1).saturating_mul(LISTED);
    let (version, listed) = (&conversation.version, start..start.saturating_add(LISTED));
    let (commits, total) = code.commits_between(version.base, version.head, listed).await?;
    let ids: Vec<ObjectId> = commits.iter().map(|commit| commit.id).collect();
    let tags = status::tags(&ctx, &access, &ids).await?;
    let repo = &access.repo().path;
    let row = |commit: &CommitSummary| CommitRow {
        status: tags.get(&commit.id).copied(),
        ..top::commit_row(repo, commit, now)
    };
    let address = format!("{}/commits", url::merge_request(repo, number));
    page(&RequestCommits {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: request_top(&access, &conversation, Tab::Commits, now),
        summary: counted(wide(total), "commit", "commits"),
        paging: paging(&address, None, wide(part), wide(LISTED), wide(total)),
        commits: commits.iter().map(row).collect(),
    })
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
