//! The start page.

use forge_app::{Awaited, Page, RepoFilter, RepoSort};

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, page};
use crate::handler::present::{pushed, repo_row};
use crate::page::home::{Home, Waiting, Welcome};
use crate::url;
use crate::view::{HappeningRow, Link, When};

/// How many repositories and events are listed.
const LISTED: u64 = 20;

pub(super) async fn show_home(ctx: Ctx) -> Answer {
    if ctx.visitor.user.is_some() {
        return page(&own_page(&ctx).await?);
    }
    let has_public = ctx.app().looking(&ctx.visitor.actor).is_ok();
    page(&Welcome { page: ctx.frame(), has_public })
}

async fn own_page(ctx: &Ctx) -> Result<Home, Failure> {
    let (app, now) = (ctx.app(), ctx.now());
    let me = app.authorize_me(&ctx.visitor.actor)?;
    let signed_in = app.signed_in(&ctx.visitor.actor)?;
    let user = app.my_account(&me).await?;
    let filter = RepoFilter { member_only: true, sort: RepoSort::Pushed, ..RepoFilter::default() };
    let repos = app.visible_repositories(&signed_in.looking(), &filter, Page::number(1, LISTED)).await?;
    let organisations = app.organisations_of(&signed_in, &user).await?;
    let activity = app.recent_activity(&me, LISTED).await?;
    let waiting = app.waiting_for(&me).await?;
    Ok(Home {
        page: ctx.frame(),
        name: user.display_name,
        all_url: (repos.total > LISTED).then(|| url::EXPLORE.to_owned()),
        repos: repos.items.iter().map(|repo| repo_row(repo, now)).collect(),
        organisations: organisations
            .iter()
            .map(|(found, _)| Link::new(&found.display_name, url::owner(&found.name.clone().into())))
            .collect(),
        waiting: waiting
            .into_iter()
            .map(|Awaited { repo, request, turn }| Waiting {
                link: Link::new(
                    format!("{} ({repo}{})", request.item.title, request.item.reference()),
                    url::merge_request(&repo, request.item.number),
                ),
                why: format!("{} {}", turn.put_by, turn.reason),
                since: When::ago(turn.since, now),
            })
            .collect(),
        activity: activity
            .into_iter()
            .map(|event| HappeningRow {
                who: event.user.map_or_else(|| "Somebody".to_owned(), |user| user.display_name),
                did: pushed(&event.push.updates),
                target: Link::new(event.repo.path.to_string(), url::repo(&event.repo.path)),
                when: When::ago(event.push.at, now),
            })
            .collect(),
    })
}
