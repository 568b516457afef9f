//! Forking a repository, and its forks.

use forge_app::{MeAccess, NewFork, Page, Read, RepoAccess};
use forge_core::{OwnerId, OwnerName, RepoName, Visibility};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, Repo, again, page, see_other, wrong};
use crate::form::Form;
use crate::handler::present::{counted, paging, parsed, repo_row};
use crate::handler::repo::new::visibilities;
use crate::handler::repo::top;
use crate::page::repo::{ForkLinks, ForkRepo, Forks};
use crate::url;
use crate::view::{Choice, FormErrors, Link, RepoSection};

/// Forks that are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ForksQuery {
    page: Option<u64>,
}

pub(in crate::handler) async fn show_forks(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ForksQuery>,
) -> Answer {
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().forks(&access, Page::number(number, LISTED)).await?;
    let now = ctx.now();
    page(&Forks {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Code),
        count: counted(found.total, "fork", "forks"),
        repos: found.items.iter().map(|repo| repo_row(repo, now)).collect(),
        paging: paging(&url::forks(&access.repo().path), None, number, LISTED, found.total),
        fork_url: top::fork_url(&access),
    })
}

/// What the form has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(in crate::handler) struct ForkForm {
    owner: String,
    name: String,
    visibility: String,
}

pub(in crate::handler) async fn new_fork(ctx: Ctx, Repo(access): Repo<Read>, Me(me): Me) -> Answer {
    let form = ForkForm {
        owner: me.person().name.to_string(),
        name: access.repo().path.name.to_string(),
        visibility: Visibility::Private.name().to_owned(),
    };
    page(&view(&ctx, &me, &access, FormErrors::none(), &form).await?)
}

pub(in crate::handler) async fn create_fork(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Me(me): Me,
    Form(form): Form<ForkForm>,
) -> Answer {
    let mut errors = FormErrors::none();
    let owner = parsed(&mut errors, "owner", OwnerName::new(form.owner.as_str()));
    let name = parsed(&mut errors, "name", RepoName::new(form.name.trim()));
    let visibility = parsed(&mut errors, "visibility", form.visibility.parse::<Visibility>());
    let (Some(owner), Some(name), Some(visibility)) = (owner, name, visibility) else {
        return again(&view(&ctx, &me, &access, errors, &form).await?);
    };
    let to = ctx.app().authorize_owner(&ctx.visitor.actor, &owner).await?;
    match ctx.app().fork_repository(&access, &to, &ctx.origin, &NewFork { name, visibility }).await {
        Ok(made) => see_other(&url::repo(&made.path)),
        Err(error) => again(&view(&ctx, &me, &access, wrong(error, &[])?, &form).await?),
    }
}

async fn view(
    ctx: &Ctx,
    me: &MeAccess,
    access: &RepoAccess<Read>,
    errors: FormErrors,
    form: &ForkForm,
) -> Result<ForkRepo, Failure> {
    let source = access.repo();
    let owners = ctx.app().possible_owners(me).await?;
    // What not everybody sees goes to no other organisation.
    let is_open = source.visibility >= Visibility::Internal;
    let offered = owners
        .iter()
        .filter(|owner| is_open || owner.id == source.owner || matches!(owner.id, OwnerId::User(_)));
    let ceiling = source.visibility;
    Ok(ForkRepo {
        page: ctx.frame(),
        repo: top::header(access, RepoSection::Code),
        errors,
        owners: offered
            .map(|owner| Choice {
                value: owner.name.to_string(),
                label: owner.display_name.clone(),
                hint: String::new(),
                is_chosen: owner.name.as_str() == form.owner,
            })
            .collect(),
        name: form.name.clone(),
        visibilities: visibilities(&form.visibility, ctx.app().has_public_reading())
            .into_iter()
            .filter(|choice| choice.value.parse::<Visibility>().is_ok_and(|offered| offered <= ceiling))
            .collect(),
    })
}

/// What the first page of a repository says of forks.
pub(super) async fn links(ctx: &Ctx, access: &RepoAccess<Read>) -> Result<ForkLinks, Failure> {
    let standing = ctx.app().fork_standing(access).await?;
    let path = &access.repo().path;
    Ok(ForkLinks {
        from: standing.from.map(|from| Link::new(from.to_string(), url::repo(&from))),
        gone: standing.gone,
        forks: Link::new(counted(standing.forks, "fork", "forks"), url::forks(path)),
        fork_url: top::fork_url(access),
    })
}
