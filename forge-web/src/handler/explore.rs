//! All repositories that the reader can see.

use forge_app::{Page, RepoFilter, RepoSort};
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Looking, Query, page};
use crate::handler::present::{counted, paging, repo_row, searched};
use crate::page::explore::Explore;
use crate::url;

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(super) struct ExploreQuery {
    q: Option<String>,
    page: Option<u64>,
}

pub(super) async fn show_explore(
    ctx: Ctx,
    Looking(looking): Looking,
    Query(query): Query<ExploreQuery>,
) -> Answer {
    let now = ctx.now();
    let text = searched(query.q.as_deref());
    let number = query.page.unwrap_or(1).max(1);
    let filter = RepoFilter { text: text.clone(), sort: RepoSort::Pushed, ..RepoFilter::default() };
    let found = ctx.app().visible_repositories(&looking, &filter, Page::number(number, LISTED)).await?;
    page(&Explore {
        page: ctx.frame(),
        paging: paging(url::EXPLORE, text.as_deref(), number, LISTED, found.total),
        query: text.unwrap_or_default(),
        count: counted(found.total, "repository", "repositories"),
        repos: found.items.iter().map(|repo| repo_row(repo, now)).collect(),
    })
}
