//! One file of a commit as its readers see it.

use forge_app::Read;
use http::Uri;
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, page};
use crate::handler::repo::diff::path_of_hex;
use crate::handler::repo::rendered::{self, Sides};
use crate::handler::repo::top;
use crate::page::repo::RenderedChange;
use crate::url;
use crate::view::{Link, RepoSection};

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct RenderedQuery {
    path: String,
    old: Option<String>,
}

pub(in crate::handler) async fn show_rendered_commit(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<RenderedQuery>,
    uri: Uri,
) -> Answer {
    let id = Address::of(&uri).segment(3).ok_or_else(Failure::not_found)?;
    let path = path_of_hex(&query.path).ok_or_else(Failure::not_found)?;
    let old = query.old.as_deref().map_or(Some(path.clone()), path_of_hex).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let id = code.resolve(&id).await?.commit;
    let commit = code.commit(id).await?;
    let before = commit.parents.first().map(|parent| (*parent, old));
    let sides = Sides::read(&code, before, (id, path)).await?;
    let repo = access.repo().path.clone();
    let body = rendered::rendered(&ctx, &repo, sides.clone()).await?;
    page(&RenderedChange {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Commits),
        top: None,
        path: sides.path().to_text(),
        old_path: rendered::moved_from(&sides),
        compared: format!("Commit {}: {}", id.short(), top::titled(&commit.summary())),
        back: Link::new("All changes of this commit", url::commit(&repo, &id)),
        view_url: rendered::view_url(&repo, &sides),
        comment_url: None,
        threads: Vec::new(),
        body,
    })
}
