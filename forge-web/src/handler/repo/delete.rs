//! Deleting a repository, after asking.

use forge_app::{Admin, Code, Read, RepoAccess};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, MeRecently, Repo, again, page};
use crate::form::Form;
use crate::handler::present::counted;
use crate::handler::repo::place::Place;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::repo::DeleteRepo;
use crate::url;
use crate::view::{FormErrors, RepoSection};

pub(in crate::handler) async fn ask_delete(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(_): MeRecently,
) -> Answer {
    page(&view(&ctx, &access.lower(), FormErrors::none()).await?)
}

/// What has to be typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct DeleteForm {
    confirmation: String,
}

pub(in crate::handler) async fn delete_repo(
    ctx: Ctx,
    Repo(access): Repo<Admin>,
    MeRecently(_): MeRecently,
    Form(form): Form<DeleteForm>,
) -> Answer {
    let expected = access.repo().path.to_string();
    if form.confirmation.trim() != expected {
        let errors = FormErrors::one("confirmation", format!("Type {expected} to delete it."));
        return again(&view(&ctx, &access.lower(), errors).await?);
    }
    ctx.app().delete_repository(access, &ctx.origin).await?;
    ctx.done(url::HOME, Notice::RepoDeleted)
}

async fn view(ctx: &Ctx, access: &RepoAccess<Read>, errors: FormErrors) -> Result<DeleteRepo, Failure> {
    let path = &access.repo().path;
    let code = ctx.app().code(access).await?;
    Ok(DeleteRepo {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Settings),
        errors,
        action: url::repo_settings_action(path, "delete"),
        expected: path.to_string(),
        losses: losses(&code, Place::default(&code, path).await?.as_ref()).await?,
    })
}

/// `1,204 commits on 3 branches`
async fn losses(code: &Code, place: Option<&Place>) -> Result<String, Failure> {
    let Some(place) = place else { return Ok("an empty repository".to_owned()) };
    let commits = code.count(place.commit).await?;
    let (branches, _) = code.ref_names();
    let more = if commits.complete { "" } else { "more than " };
    let branches = u64::try_from(branches.len()).unwrap_or(u64::MAX);
    Ok(format!(
        "{more}{} on {}",
        counted(commits.commits, "commit", "commits"),
        counted(branches, "branch", "branches")
    ))
}
