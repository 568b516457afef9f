//! One changed file of a merge request, on a page of its own.

use forge_app::Read;
use http::Uri;

use super::super::number;
use super::super::top::{Tab, request_top};
use super::placing::Placing;
use super::{ChangesQuery, Look};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo, page};
use crate::handler::repo::item::{Speaker, Whole, stands_here};
use crate::handler::repo::{diff, top};
use crate::page::repo::ChangedFile;
use crate::view::{Link, RepoSection};

pub(in crate::handler) async fn show_change(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ChangesQuery>,
    uri: Uri,
) -> Answer {
    let path = query.looks().path().ok_or_else(Failure::not_found)?;
    let number = number(&uri)?;
    let conversation = ctx.app().merge_request(&access, number).await?;
    let look = Look::of(&access, &conversation, &query)?;
    let code = ctx.app().code(&access).await?;
    let options = query.looks().options();
    let found = code.changed_file(look.between, &path, &options).await?;
    let (file, lines) = found.ok_or_else(Failure::not_found)?;
    let mut entries = vec![diff::Entry::of(file.clone(), Some(lines))];
    look.mark_brought(&code, &mut entries, options.ignore_space).await?;
    let mut files = diff::lay_out(look.shown(&ctx, &access, options), entries).await?;
    let files_here = std::slice::from_ref(&file);
    let located = ctx.app().locate(&access, &conversation, look.version, look.from, files_here).await?;
    let url = look.address.page();
    let speaker = Speaker::of_request(&access, &conversation, &url, ctx.now()).located(&located);
    let whole = Whole::of(&conversation, &look.base, |thread| stands_here(&located, thread.id));
    let speaker = speaker.whole(&ctx, &whole).await?;
    let seen = ctx.app().viewed_files(&access, number, files_here).await?;
    let mut placing = Placing::new(&conversation.item.threads, &located, &speaker);
    for shown in &mut files {
        look.complete(&speaker, &mut placing, &seen, &file, shown);
    }
    page(&ChangedFile {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::MergeRequests),
        top: Some(request_top(&access, &conversation, Tab::Changes, ctx.now())),
        whole: Link::new(format!("Changes of {}", conversation.request.item.reference()), url),
        file: files.pop().unwrap_or_default(),
        is_split: query.looks().is_split(),
    })
}
