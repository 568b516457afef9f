//! One entry of a feed.

use forge_app::{Awaited, Happening, NotificationShown};
use forge_core::{ItemState, RepoPath, WorkItem};
use time::OffsetDateTime;

use crate::handler::present;
use crate::page::feed::Entry;
use crate::url;
use crate::web::Web;

/// Something that somebody was told of. What happens to the same item later is another entry.
pub(super) fn notification(web: &Web, shown: NotificationShown) -> Entry {
    let NotificationShown { notification, item, repo } = shown;
    let state = match item.state {
        ItemState::Open => "open",
        ItemState::Closed => "closed",
        ItemState::Merged => "merged",
    };
    Entry {
        id: web.lasting_id(&format!("notification/{}/{}", item.id, micros(notification.at))),
        url: absolute(web, &url::item(&repo, item.kind, item.number)),
        author: None,
        summary: format!("Because {}. The {} is {state}.", notification.reason.sentence(), item.kind),
        at: notification.at,
        title: named(&repo, &item),
    }
}

/// Something that waits for somebody.
pub(super) fn turn(web: &Web, turn: Awaited) -> Entry {
    let Awaited { repo, request, turn } = turn;
    Entry {
        id: web.lasting_id(&format!("turn/{}/{}", turn.item, micros(turn.since))),
        url: absolute(web, &url::merge_request(&repo, request.item.number)),
        title: named(&repo, &request.item),
        summary: format!("{} {}", turn.put_by, turn.reason),
        author: Some(turn.put_by),
        at: turn.since,
    }
}

/// Something that happened in a repository.
pub(super) fn happening(web: &Web, found: &Happening) -> Entry {
    let row = present::happening(found, found.at);
    let title = format!("{} {} {}", row.who, row.did, row.target.label);
    Entry {
        id: web.lasting_id(&found.id),
        url: absolute(web, &row.target.url),
        summary: title.clone(),
        title,
        author: Some(row.who),
        at: found.at,
    }
}

fn named(repo: &RepoPath, item: &WorkItem) -> String {
    format!("{} ({repo}{})", item.title, item.reference())
}

fn absolute(web: &Web, path: &str) -> String {
    format!("{}{path}", web.site())
}

fn micros(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000
}
