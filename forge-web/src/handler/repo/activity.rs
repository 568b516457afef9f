//! What happened in a repository lately.

use forge_app::Read;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::present::{before, happening_here, happenings};
use crate::handler::repo::top;
use crate::page::repo::RepoActivity;
use crate::url;
use crate::view::RepoSection;

/// How much is listed at once.
const LISTED: usize = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ActivityQuery {
    before: Option<String>,
}

pub(in crate::handler) async fn show_activity(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ActivityQuery>,
) -> Answer {
    let now = ctx.now();
    let moment = before(query.before.as_deref(), now);
    let found = ctx.app().happenings_in(&access, moment, LISTED + 1).await?;
    let path = &access.repo().path;
    let address = url::activity(path);
    let feed_url = match access.actor().person() {
        Some(_) => url::feeds_of(&path.to_string()),
        None => url::activity_feed(path),
    };
    let (rows, older_url) = happenings(found, LISTED, &address, |found| happening_here(found, now));
    page(&RepoActivity {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Activity),
        feed_url,
        rows,
        older_url,
    })
}
