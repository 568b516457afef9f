//! One commit.

use forge_app::{Between, Code, Read, RepoAccess};
use forge_core::code;
use forge_core::{FilePath, ObjectId, Permission, RepoPath};
use http::Uri;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, Repo, page};
use crate::handler::repo::diff::{self, DiffAddress, LooksQuery, Shown};
use crate::handler::repo::signature::signature_tag;
use crate::handler::repo::{item, patch, status, top};
use crate::page::repo::{ChangedFile, Commit, Parent};
use crate::url::{self, Rev};
use crate::view::{Link, RepoSection, When};

pub(in crate::handler) async fn show_commit(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<LooksQuery>,
    uri: Uri,
) -> Answer {
    let text = Address::of(&uri).segment(3).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let (id, form) = patch::split(&text).map_or((&*text, None), |(id, form)| (id, Some(form)));
    let commit = code.commit(code.resolve(id).await?.commit).await?;
    match form {
        Some(form) => patch::answer(&ctx, &code, between(&commit), form, &commit.id.short()).await,
        None => page(&view(&ctx, &access, &code, &commit, &query).await?),
    }
}

pub(in crate::handler) async fn show_commit_file(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<LooksQuery>,
    uri: Uri,
) -> Answer {
    let id = Address::of(&uri).segment(3).ok_or_else(Failure::not_found)?;
    let path = query.path().ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let commit = code.commit(code.resolve(&id).await?.commit).await?;
    let shown = shown(&ctx, &access, &commit, &query);
    let whole = Link::new(format!("Commit {}", commit.id.short()), shown.address.page());
    page(&ChangedFile {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Commits),
        top: None,
        whole,
        file: diff::single(&code, between(&commit), shown, &path).await?,
        is_split: query.is_split(),
    })
}

/// A commit is shown beside its first parent.
fn between(commit: &code::Commit) -> Between {
    Between { old: commit.parents.first().copied(), new: commit.id }
}

fn address(repo: &RepoPath, id: &ObjectId) -> DiffAddress {
    let page = url::commit(repo, id);
    let file = format!("{page}/file");
    DiffAddress::new(page, file)
}

fn shown(ctx: &Ctx, access: &RepoAccess<Read>, commit: &code::Commit, query: &LooksQuery) -> Shown {
    let address = query.of(address(&access.repo().path, &commit.id));
    let rendered = format!("{}/rendered?", url::commit(&access.repo().path, &commit.id));
    Shown::new(ctx, access, commit.id, address, query.options()).with_rendered(rendered, between(commit).old)
}

async fn view(
    ctx: &Ctx,
    access: &RepoAccess<Read>,
    code: &Code,
    commit: &code::Commit,
    query: &LooksQuery,
) -> Result<Commit, Failure> {
    let (id, repo) = (commit.id, access.repo().path.clone());
    let signature = signature_tag(code.signature_state(id).await?);
    let shown = shown(ctx, access, commit, query);
    let mut changes = diff::whole(code, between(commit), shown, query).await?;
    let named = ctx.app().items_named(access, &commit.text).await?;
    let statuses = ctx.app().statuses_of(access, &[id]).await?;
    let this = url::commit(&repo, &id);
    changes.views = query.views(&address(&repo, &id));
    changes.diff_url = format!("{this}.diff");
    changes.patch_url = (commit.parents.len() == 1).then(|| format!("{this}.patch"));
    let same_person =
        commit.committer.name == commit.author.name && commit.committer.email == commit.author.email;
    Ok(Commit {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Commits),
        title: top::titled(&commit.summary()),
        body: commit.below_title().to_owned(),
        id: id.to_string(),
        author: commit.author.name.clone(),
        author_url: None,
        signature,
        authored: When::on(commit.author.at),
        committer: (!same_person).then(|| (commit.committer.name.clone(), When::on(commit.committer.at))),
        parents: commit
            .parents
            .iter()
            .map(|parent| Parent { short_id: parent.short(), url: url::commit(&repo, parent) })
            .collect(),
        browse_url: url::tree(&repo, &Rev::Commit(id), &FilePath::root()),
        statuses: status::rows(&statuses, ctx.now()),
        named: named.iter().map(|named| item::item_link(&repo, &named.link)).collect(),
        pick_url: (access.permission() >= Permission::Write && !access.repo().archived)
            .then(|| format!("{}/pick", url::commit(&repo, &id))),
        changes,
    })
}
