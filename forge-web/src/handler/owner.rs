//! Pages of people and of organisations.

use axum::response::Response;
use forge_app::{Happening, OdsStanding, Page, RepoFilter, RepoSort, SignedIn as IsSignedIn};
use forge_core::{OrgName, Owner, OwnerId, Username};
use http::Uri;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Query, SignedIn, page};
use crate::handler::present::{before, counted, happening, happenings, paging, repo_row};
use crate::page::owner::{Organisation, Person, RegisterEntry};
use crate::url;
use crate::view::{Link, Paging, RepoRow};

/// How many repositories are listed at once.
const LISTED: u64 = 30;
/// How much of what happened is listed at once.
const HAPPENED: usize = 20;
/// How many members are named.
const NAMED: usize = 24;

/// What the address says.
#[derive(Deserialize)]
pub(super) struct OwnerQuery {
    page: Option<u64>,
    before: Option<String>,
}

pub(super) async fn show_owner(
    ctx: Ctx,
    SignedIn(signed_in): SignedIn,
    uri: Uri,
    Query(query): Query<OwnerQuery>,
) -> Answer {
    let name = Address::of(&uri).owner(0).ok_or_else(Failure::not_found)?;
    let owner = ctx.app().owner(&signed_in, &name).await?;
    if owner.name.key() != name.key() {
        return Err(Failure::Moved(url::owner(&owner.name)));
    }
    let number = query.page.unwrap_or(1).max(1);
    let (repos, paging) = repos_of(&ctx, &signed_in, &owner, number).await?;
    match owner.id {
        OwnerId::User(_) => {
            let moment = before(query.before.as_deref(), ctx.now());
            person(&ctx, &signed_in, &owner, repos, paging, moment).await
        }
        OwnerId::Org(_) => organisation(&ctx, &signed_in, &owner, repos, paging).await,
    }
}

async fn repos_of(
    ctx: &Ctx,
    signed_in: &IsSignedIn,
    owner: &Owner,
    number: u64,
) -> Result<(Vec<RepoRow>, Paging), Failure> {
    let now = ctx.now();
    let filter = RepoFilter { owner: Some(owner.id), sort: RepoSort::Pushed, ..RepoFilter::default() };
    let found =
        ctx.app().visible_repositories(&signed_in.looking(), &filter, Page::number(number, LISTED)).await?;
    let rows = found.items.iter().map(|repo| repo_row(repo, now)).collect();
    Ok((rows, paging(&url::owner(&owner.name), None, number, LISTED, found.total)))
}

async fn person(
    ctx: &Ctx,
    signed_in: &IsSignedIn,
    owner: &Owner,
    repos: Vec<RepoRow>,
    paging: Paging,
    before: OffsetDateTime,
) -> Result<Response, Failure> {
    let name = Username::new(owner.name.as_str()).map_err(Failure::internal)?;
    let user = ctx.app().user_by_name(&name).await?;
    let organisations = ctx.app().organisations_of(signed_in, &user).await?;
    let found = ctx.app().happenings_by(signed_in, user.id, before, HAPPENED + 1).await?;
    let row = |found: &Happening| happening(found, ctx.now());
    let (happenings, older_url) = happenings(found, HAPPENED, &url::owner(&owner.name), row);
    page(&Person {
        happenings,
        older_url,
        page: ctx.frame(),
        is_me: signed_in.person().id == user.id,
        leaving_url: ctx.app().authorize_site(&ctx.visitor.actor).is_ok().then(|| url::leaver(&user.name)),
        name: user.display_name,
        username: user.name.to_string(),
        organisations: organisations
            .iter()
            .map(|(found, _)| Link::new(&found.display_name, url::owner(&found.name.clone().into())))
            .collect(),
        repos,
        paging,
    })
}

async fn organisation(
    ctx: &Ctx,
    signed_in: &IsSignedIn,
    owner: &Owner,
    repos: Vec<RepoRow>,
    paging: Paging,
) -> Result<Response, Failure> {
    let name = OrgName::new(owner.name.as_str()).map_err(Failure::internal)?;
    let found = ctx.app().organisation(signed_in, &name).await?;
    let members = ctx.app().members(signed_in, &found).await?;
    let (above, below) = ctx.app().organisations_around(signed_in, &found).await?;
    let link =
        |org: &forge_core::Organisation| Link::new(&org.display_name, url::owner(&org.name.clone().into()));
    let mut pages = vec![
        Link::new("Teams", url::org_teams(&found.name)),
        Link::new("Policies", url::org_page(&found.name, "policies")),
        Link::new("Follow in a feed reader", url::feeds_of(found.name.as_str())),
    ];
    if ctx.app().authorize_org(&ctx.visitor.actor, &found.name).await.is_ok() {
        pages.push(Link::new("Settings", url::org_page(&found.name, "settings")));
    }
    let register = ctx.app().ods_standing(signed_in, &found).await?.map(register);
    let may_make = ctx.app().authorize_owner(&ctx.visitor.actor, &owner.name).await.is_ok();
    page(&Organisation {
        page: ctx.frame(),
        display_name: found.display_name,
        name: found.name.to_string(),
        description: found.description,
        website: Some(found.website).filter(|website| !website.is_empty()),
        above: above.as_ref().map(link),
        below: below.iter().map(link).collect(),
        pages,
        register,
        ods_code: found.ods_code.map(|code| code.as_str().to_owned()),
        member_count: counted(u64::try_from(members.len()).unwrap_or(u64::MAX), "member", "members"),
        members: members
            .iter()
            .take(NAMED)
            .map(|(user, _)| Link::new(&user.display_name, url::owner(&user.name.clone().into())))
            .collect(),
        members_url: url::org_members(&found.name),
        new_repo_url: may_make.then(|| format!("{}?owner={}", url::NEW_REPO, owner.name)),
        repos,
        paging,
    })
}

/// What the register says, as people read it.
fn register(standing: OdsStanding) -> RegisterEntry {
    let successor = standing.successor.map(|entry| format!("{} ({})", entry.name, entry.code.as_str()));
    RegisterEntry {
        name: standing.entry.name,
        is_closed: standing.entry.is_closed,
        opened: standing.entry.opened,
        closed: standing.entry.closed,
        successor,
        moved_to: standing
            .moved_to
            .map(|org| Link::new(&org.display_name, url::owner(&org.name.clone().into()))),
    }
}
