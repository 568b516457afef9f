//! Every organisation, every repository, and the settings in force.

use forge_app::Page;
use serde::Deserialize;

use crate::error::Answer;
use crate::extract::{Ctx, Query, Site, page};
use crate::handler::present::{counted, paging, repo_row, searched};
use crate::page::admin::{OrganisationRow, Organisations, Repositories, Settings};
use crate::url;
use crate::view::When;

/// How many are listed at once.
const LISTED: u64 = 50;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ListQuery {
    q: Option<String>,
    page: Option<u64>,
}

pub(in crate::handler) async fn show_repositories(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<ListQuery>,
) -> Answer {
    let text = searched(query.q.as_deref());
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().every_repository(&access, text.clone(), Page::number(number, LISTED)).await?;
    let now = ctx.now();
    page(&Repositories {
        page: ctx.frame(),
        paging: paging(url::ADMIN_REPOSITORIES, text.as_deref(), number, LISTED, found.total),
        query: text.unwrap_or_default(),
        count: counted(found.total, "repository", "repositories"),
        repositories: found.items.iter().map(|repo| repo_row(repo, now)).collect(),
    })
}

pub(in crate::handler) async fn show_organisations(
    ctx: Ctx,
    Site(access): Site,
    Query(query): Query<ListQuery>,
) -> Answer {
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().every_organisation(&access, Page::number(number, LISTED)).await?;
    let row = |(org, members): (forge_core::Organisation, u64)| OrganisationRow {
        url: url::owner(&org.name.clone().into()),
        audit_url: url::org_audit(&org.name),
        ods_code: org.ods_code.map(|code| code.as_str().to_owned()).unwrap_or_default(),
        since: When::on(org.created_at),
        members: counted(members, "member", "members"),
        name: org.display_name,
    };
    page(&Organisations {
        page: ctx.frame(),
        paging: paging(url::ADMIN_ORGANISATIONS, None, number, LISTED, found.total),
        count: counted(found.total, "organisation", "organisations"),
        organisations: found.items.into_iter().map(row).collect(),
    })
}

pub(in crate::handler) async fn show_settings(ctx: Ctx, Site(_access): Site) -> Answer {
    page(&Settings { page: ctx.frame(), settings: ctx.web.options().settings.clone() })
}
