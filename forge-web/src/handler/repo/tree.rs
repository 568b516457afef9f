//! A directory.

use forge_app::Read;
use forge_core::code::EntryKind;
use http::Uri;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Repo, page, see_other};
use crate::handler::repo::place::Place;
use crate::handler::repo::top;
use crate::page::repo::Tree;
use crate::url;
use crate::view::RepoSection;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct TreeQuery {
    skip: Option<usize>,
}

pub(in crate::handler) async fn show_tree(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Query(query): Query<TreeQuery>,
) -> Answer {
    let code = ctx.app().code(&access).await?;
    let place = Place::of(&code, &access.repo().path, &uri).await?;
    if !place.path.is_root()
        && code.entry(place.commit, place.path.clone()).await?.kind != EntryKind::Directory
    {
        return see_other(&url::blob(&place.repo, &place.rev, &place.path));
    }
    let directory = code.directory(place.commit, place.path.clone(), query.skip.unwrap_or(0)).await?;
    let now = ctx.now();
    page(&Tree {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Code),
        picker: place.picker(&code),
        crumbs: place.crumbs(),
        name: place.name(),
        last_commit: directory.last_commits.newest().map(|commit| top::last_commit(&place.repo, commit, now)),
        listing: top::listing(&place.repo, &place.rev, &directory.listing, &directory.last_commits, now),
        history_url: url::commits(&place.repo, &place.rev, &place.path),
    })
}
