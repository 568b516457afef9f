//! One commit.

use forge_app::Read;
use forge_core::FilePath;
use http::Uri;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo, page};
use crate::handler::present::counted;
use crate::handler::repo::{diff, top};
use crate::page::repo::{Commit, Parent};
use crate::url::{self, Rev};
use crate::view::{RepoSection, When};

pub(in crate::handler) async fn show_commit(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let id = Address::of(&uri).segment(3).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let id = code.resolve(&id).await?.commit;
    let (commit, changes) = futures::try_join!(code.commit(id), code.diff(id))?;
    let repo = access.repo().path.clone();
    let (added, removed, left_out) = (changes.added, changes.removed, diff::left_out(&changes));
    let count = u64::try_from(changes.files.len()).unwrap_or(u64::MAX);
    let at = repo.clone();
    let files = ctx.web.render(move || diff::files(&at, id, &changes)).await?;
    let same_person =
        commit.committer.name == commit.author.name && commit.committer.email == commit.author.email;
    page(&Commit {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Commits),
        title: top::titled(&commit.summary()),
        body: commit.body().to_owned(),
        id: id.to_string(),
        author: commit.author.name.clone(),
        author_url: None,
        authored: When::on(commit.author.at),
        committer: (!same_person).then(|| (commit.committer.name.clone(), When::on(commit.committer.at))),
        parents: commit
            .parents
            .iter()
            .map(|parent| Parent { short_id: parent.short(), url: url::commit(&repo, parent) })
            .collect(),
        browse_url: url::tree(&repo, &Rev::Commit(id), &FilePath::root()),
        patch_url: None,
        summary: counted(count, "file changed", "files changed"),
        added,
        removed,
        files,
        left_out,
    })
}
