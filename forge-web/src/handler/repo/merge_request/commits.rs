//! The commits of a merge request.

use forge_app::Read;
use forge_core::ObjectId;
use forge_core::code::CommitSummary;
use http::Uri;

use super::number;
use super::top::{Tab, request_top};
use crate::error::Answer;
use crate::extract::{Ctx, Repo, page};
use crate::handler::present::counted;
use crate::handler::repo::{status, top};
use crate::page::repo::RequestCommits;
use crate::view::{CommitRow, RepoSection};

/// Commits that are listed.
const LISTED: usize = 250;

pub(in crate::handler) async fn show_request_commits(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let (number, now) = (number(&uri)?, ctx.now());
    let conversation = ctx.app().merge_request(&access, number).await?;
    let code = ctx.app().code(&access).await?;
    let version = &conversation.version;
    let (commits, total) = code.commits_between(version.base, version.head, LISTED).await?;
    let ids: Vec<ObjectId> = commits.iter().map(|commit| commit.id).collect();
    let tags = status::tags(&ctx, &access, &ids).await?;
    let repo = &access.repo().path;
    let row = |commit: &CommitSummary| CommitRow {
        status: tags.get(&commit.id).copied(),
        ..top::commit_row(repo, commit, now)
    };
    let many = counted(u64::try_from(total).unwrap_or(u64::MAX), "commit", "commits");
    page(&RequestCommits {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: request_top(&access, &conversation, Tab::Commits, now),
        summary: if total > commits.len() {
            format!("{many}, of which the newest {} are listed", commits.len())
        } else {
            many
        },
        commits: commits.iter().map(row).collect(),
    })
}
