//! The tickets of a repository.

use forge_app::{ItemList, Page, Read};
use forge_core::notification::Watch;
use forge_core::work_item::search::{Search, with_operator};
use forge_core::{ItemKind, ItemState};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, Repo, page};
use crate::form::Form;
use crate::handler::present::paging;
use crate::handler::repo::{item, top};
use crate::notice::Notice;
use crate::page::ticket::Tickets;
use crate::url;
use crate::view::{Choice, FormErrors, Link, RepoSection};

/// How many are listed at once.
const LISTED: u64 = 50;
/// What is listed when nothing is asked for.
const USUAL: &str = "is:open";

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct ListQuery {
    q: Option<String>,
    page: Option<u64>,
}

pub(in crate::handler) async fn show_tickets(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let text = query.q.as_deref().map_or(USUAL, str::trim);
    let text: String = text.chars().take(forge_core::work_item::search::MAX_SEARCH).collect();
    let search = Search::parse(&text);
    let number = query.page.unwrap_or(1).max(1);
    let found =
        ctx.app().list_items(&access, ItemKind::Ticket, &search, Page::number(number, LISTED)).await?;
    let (repo, now) = (&access.repo().path, ctx.now());
    let base = url::items(repo, ItemKind::Ticket);
    let is_browser = ctx.app().authorize_me(&ctx.visitor.actor);
    let watches = match &is_browser {
        Ok(me) => watches(ctx.app().watch(me, &access).await?),
        Err(_) => Vec::new(),
    };
    page(&Tickets {
        page: ctx.frame(),
        repo: top::header(&access, RepoSection::Tickets),
        errors: FormErrors::none(),
        is_searched: text != USUAL,
        notes: notes(&search, &found),
        tabs: tabs(&base, &text, &search, &found),
        items: found.items.iter().map(|listed| item::item_row(repo, listed, now)).collect(),
        paging: paging(&base, Some(&text), number, LISTED, found.total),
        new_url: (!access.repo().archived && is_browser.is_ok()).then(|| format!("{base}/new")),
        labels_url: url::labels(repo),
        milestones_url: url::milestones(repo),
        watch_action: url::watch(repo),
        watches,
        query: text,
        base,
    })
}

/// The states with their numbers, each leading to the same search in that state.
fn tabs(base: &str, text: &str, search: &Search, found: &ItemList) -> Vec<Link> {
    let count = |state| found.counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
    [("Open", ItemState::Open), ("Closed", ItemState::Closed)]
        .into_iter()
        .map(|(label, state)| {
            let query = with_operator(text, "is", Some(state.name()));
            let target = format!("{base}?q={}", url::encode_segment(query.as_bytes()));
            let link = Link::new(format!("{label} ({})", count(state)), target);
            Link { is_current: search.state == Some(state), ..link }
        })
        .collect()
}

/// What of a search is not known or not there.
fn notes(search: &Search, found: &ItemList) -> Vec<String> {
    let unknown =
        search.unknown.iter().map(|word| format!("“{word}” means nothing here, so it was left out."));
    unknown.chain(found.missing.iter().map(|what| format!("There is not {what}."))).collect()
}

/// Of what somebody may be told.
fn watches(chosen: Watch) -> Vec<Choice> {
    let choice = |watch: Watch| Choice {
        value: watch.name().to_owned(),
        label: match watch {
            Watch::All => "Everything",
            Watch::Participating => "What I take part in",
            Watch::None => "Nothing",
        }
        .to_owned(),
        hint: String::new(),
        is_chosen: watch == chosen,
    };
    Watch::ALL.into_iter().map(choice).collect()
}

/// What the form has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct WatchForm {
    level: String,
}

pub(in crate::handler) async fn change_watch(
    ctx: Ctx,
    Me(me): Me,
    Repo(access): Repo<Read>,
    Form(form): Form<WatchForm>,
) -> Answer {
    let level: Watch = form.level.parse().map_err(|_| Failure::bad_request("There is no such choice."))?;
    ctx.app().set_watch(&me, &access, level).await?;
    ctx.done(&url::items(&access.repo().path, ItemKind::Ticket), Notice::NotificationsSaved)
}
