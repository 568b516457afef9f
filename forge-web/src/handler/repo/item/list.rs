//! The tickets or the merge requests of a repository.

use forge_app::{ItemList, Page, Read, RepoAccess};
use forge_core::notification::Watch;
use forge_core::work_item::search::{Search, with_operator};
use forge_core::{ItemKind, ItemState};
use http::Uri;
use serde::Deserialize;

use super::{item_row, kind, section};
use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Me, Query, Repo, page};
use crate::form::Form;
use crate::handler::present::paging;
use crate::handler::repo::top;
use crate::notice::Notice;
use crate::page::item::Items;
use crate::url;
use crate::view::{Choice, FormErrors, Link};

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

pub(in crate::handler) async fn show_items(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    Query(query): Query<ListQuery>,
    uri: Uri,
) -> Answer {
    let kind = kind(&uri)?;
    let text = query.q.as_deref().map_or(USUAL, str::trim);
    let text: String = text.chars().take(forge_core::work_item::search::MAX_SEARCH).collect();
    let search = Search::parse(&text);
    let number = query.page.unwrap_or(1).max(1);
    let found = ctx.app().list_items(&access, kind, &search, Page::number(number, LISTED)).await?;
    let (repo, now) = (&access.repo().path, ctx.now());
    let base = url::items(repo, kind);
    let me = ctx.app().authorize_me(&ctx.visitor.actor);
    let watches = match &me {
        Ok(me) => watches(ctx.app().watch(me, &access).await?),
        Err(_) => Vec::new(),
    };
    page(&Items {
        page: ctx.frame(),
        repo: top::header(&access, section(kind)),
        errors: FormErrors::none(),
        are_requests: kind == ItemKind::MergeRequest,
        is_searched: text != USUAL,
        notes: notes(&search, &found),
        tabs: tabs(kind, &base, &text, &search, &found),
        items: found.items.iter().map(|listed| item_row(repo, listed, now)).collect(),
        paging: paging(&base, Some(&text), number, LISTED, found.total),
        new_url: (me.is_ok() && may_open(&access)).then(|| format!("{base}/new")),
        labels_url: url::labels(repo),
        milestones_url: url::milestones(repo),
        watch_action: url::watch(repo),
        watches,
        query: text,
        base,
    })
}

/// Whoever reads a repository opens tickets there; a merge request comes from a branch that they have pushed,
/// there or to a fork.
fn may_open(access: &RepoAccess<Read>) -> bool {
    !access.repo().archived
}

/// The states with their numbers, each leading to the same search in that state.
fn tabs(kind: ItemKind, base: &str, text: &str, search: &Search, found: &ItemList) -> Vec<Link> {
    let count = |state| found.counts.iter().find(|(of, _)| *of == state).map_or(0, |(_, count)| *count);
    let states: &[(&str, ItemState)] = match kind {
        ItemKind::Ticket => &[("Open", ItemState::Open), ("Closed", ItemState::Closed)],
        ItemKind::MergeRequest => {
            &[("Open", ItemState::Open), ("Merged", ItemState::Merged), ("Closed", ItemState::Closed)]
        }
    };
    states
        .iter()
        .map(|(label, state)| {
            let query = with_operator(text, "is", Some(state.name()));
            let target = format!("{base}?q={}", url::encode_segment(query.as_bytes()));
            let link = Link::new(format!("{label} ({})", count(*state)), target);
            Link { is_current: search.state == Some(*state), ..link }
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
