//! What was said about an item and what happened to it, in the order of time.

use forge_app::{ItemEventShown, ItemShown};
use forge_core::merge_request::review::Review;
use forge_core::merge_request::thread::Thread;
use forge_core::{ItemKind, ObjectId, RepoPath};
use serde_json::Value;
use time::OffsetDateTime;

use super::page_of;
use super::side::item_link;
use super::speaker::Speaker;
use crate::url;
use crate::view::{EventRow, Link, TimelineEntry, When};

/// Entries that a page shows.
pub(in crate::handler) const LISTED: u64 = 100;
/// What is told elsewhere: a review has an entry of its own.
const UNTOLD: [&str; 1] = ["review"];

/// Something that was said or that happened.
#[derive(Clone, Copy)]
pub(in crate::handler) enum Entry<'a> {
    /// Something that happened.
    Event(&'a ItemEventShown),
    /// A submitted review as a whole.
    Review(&'a Review),
    /// Comments that answer one another.
    Thread(&'a Thread),
}

impl Entry<'_> {
    fn at(&self) -> OffsetDateTime {
        match self {
            Self::Event(shown) => shown.event.at,
            Self::Review(review) => review.submitted_at.unwrap_or(review.started_at),
            Self::Thread(thread) => {
                thread.comments.first().map_or(thread.created_at, |comment| comment.created_at)
            }
        }
    }
}

/// Everything about an item, the oldest first.
pub(in crate::handler) fn entries<'a>(shown: &'a ItemShown, reviews: &'a [Review]) -> Vec<Entry<'a>> {
    let events = shown.events.iter().filter(|shown| !UNTOLD.contains(&shown.event.kind.as_str()));
    let mut entries: Vec<Entry<'_>> = events
        .map(Entry::Event)
        .chain(reviews.iter().map(Entry::Review))
        .chain(shown.threads.iter().map(Entry::Thread))
        .collect();
    // A stable sort keeps a review before the threads that came with it.
    entries.sort_by_key(Entry::at);
    entries
}

/// The entries of a page, and its number. Without a number it is the last one, where the talk goes on.
pub(in crate::handler) fn part<'a, 'b>(
    entries: &'b [Entry<'a>],
    number: Option<u64>,
) -> (u64, &'b [Entry<'a>]) {
    let total = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let number = number.unwrap_or_else(|| total.div_ceil(LISTED)).max(1);
    let size = usize::try_from(LISTED).unwrap_or(usize::MAX);
    let skipped = usize::try_from((number - 1).saturating_mul(LISTED)).unwrap_or(usize::MAX);
    let rest = entries.get(skipped.min(entries.len())..).unwrap_or_default();
    (number, rest.get(..rest.len().min(size)).unwrap_or_default())
}

/// A part of the entries as pages show them.
pub(in crate::handler) fn timeline(speaker: &Speaker<'_>, entries: &[Entry<'_>]) -> Vec<TimelineEntry> {
    let one = |entry: &Entry<'_>| match entry {
        Entry::Event(shown) => {
            TimelineEntry::Event(event_row(speaker.repo(), speaker.address(), shown, speaker.now()))
        }
        Entry::Review(review) => TimelineEntry::Review(speaker.review(review)),
        Entry::Thread(thread) => TimelineEntry::Thread(speaker.thread(thread)),
    };
    entries.iter().map(one).collect()
}

/// Something that happened, as a sentence that a link may go on with.
fn event_row(repo: &RepoPath, base: &str, shown: &ItemEventShown, now: OffsetDateTime) -> EventRow {
    let event = &shown.event;
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let (text, link) = match event.kind.as_str() {
        "close" => closed(repo, &detail),
        "reference" => named(repo, &detail, shown),
        "merge" => merged(repo, &detail),
        "version" => version(base, &detail),
        kind => (did(kind, &detail), None),
    };
    EventRow {
        actor: event.actor.name.clone(),
        actor_url: page_of(&event.actor),
        text,
        link,
        when: When::ago(event.at, now),
    }
}

/// What somebody did, where there is nothing to link to.
fn did(kind: &str, detail: &Value) -> String {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let version = || detail.get("version").and_then(Value::as_u64).unwrap_or_default();
    match kind {
        "title" => format!("changed the title from “{}” to “{}”", text("from"), text("to")),
        "description" => "changed the description".to_owned(),
        "label" => changed(detail, "label ", ("added", "took off")),
        "assign" => changed(detail, "", ("assigned", "unassigned")),
        "milestone" if text("title").is_empty() => "took it out of its milestone".to_owned(),
        "milestone" => format!("put it into the milestone {}", text("title")),
        "reopen" => "opened it again".to_owned(),
        "lock" => "locked it, so that only those who may push can comment".to_owned(),
        "unlock" => "unlocked it".to_owned(),
        "hide" => "made it confidential".to_owned(),
        "show" => "made it visible to all who can read this repository".to_owned(),
        "delete-comment" | "comment-delete" => format!("deleted a comment by {}", text("author")),
        "draft" => "marked it as a draft".to_owned(),
        "ready" => "marked it as ready for review".to_owned(),
        "reviewer" => format!("asked {} to review it", text("user")),
        "reviewer-remove" => format!("took {} off the reviewers", text("user")),
        "retarget" => format!("sent it to {} instead of {}", text("to"), text("from")),
        "approval-lapse" => format!("ended the approval of {} by this: {}", text("user"), text("why")),
        "approval-withdraw" => format!("took their approval of version {} back", version()),
        "dismiss" => format!("set the request for changes of {} aside: {}", text("author"), text("reason")),
        "resolve" => "resolved a thread".to_owned(),
        "reopen-thread" => "opened a thread again".to_owned(),
        "auto-merge" => "asked for it to be merged as soon as it may be".to_owned(),
        "auto-merge-end" => format!("ended merging by itself: {}", text("why")),
        "arrival-refuse" => format!("pushed to the fork, which made no version: {}", text("why")),
        other => other.replace('-', " "),
    }
}

/// What was added and what was removed, in one sentence.
fn changed(detail: &Value, what: &str, verbs: (&str, &str)) -> String {
    let list = |name: &str| {
        let names = detail.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
    };
    let part = |verb: &str, names: String| (!names.is_empty()).then(|| format!("{verb} {what}{names}"));
    let parts = [part(verbs.0, list("added")), part(verbs.1, list("removed"))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

fn commit_link(repo: &RepoPath, detail: &Value) -> Option<Link> {
    let commit: ObjectId = detail.get("commit").and_then(Value::as_str)?.parse().ok()?;
    Some(Link::new(format!("commit {}", commit.short()), url::commit(repo, &commit)))
}

fn closed(repo: &RepoPath, detail: &Value) -> (String, Option<Link>) {
    if let Some(link) = commit_link(repo, detail) {
        return ("closed it with".to_owned(), Some(link));
    }
    if let Some(number) = detail.get("merge_request").and_then(Value::as_u64) {
        let link = Link::new(format!("!{number}"), url::item(repo, ItemKind::MergeRequest, number));
        return ("closed it by merging".to_owned(), Some(link));
    }
    ("closed it".to_owned(), None)
}

fn merged(repo: &RepoPath, detail: &Value) -> (String, Option<Link>) {
    let verb =
        if detail.get("by_push").is_some() { "pushed the change to its target as" } else { "merged it as" };
    (verb.to_owned(), commit_link(repo, detail))
}

fn named(repo: &RepoPath, detail: &Value, shown: &ItemEventShown) -> (String, Option<Link>) {
    if let Some(link) = &shown.link {
        let closes = detail.get("closes").and_then(Value::as_bool).unwrap_or_default();
        let verb = if closes { "will close this with" } else { "mentioned this in" };
        return (verb.to_owned(), Some(item_link(repo, link)));
    }
    match commit_link(repo, detail) {
        Some(link) => ("mentioned this in".to_owned(), Some(link)),
        None => ("mentioned this".to_owned(), None),
    }
}

fn version(base: &str, detail: &Value) -> (String, Option<Link>) {
    let number = detail.get("version").and_then(Value::as_u64).unwrap_or_default();
    let how = match detail.get("reason").and_then(Value::as_str).unwrap_or_default() {
        "force" => "made the branch anew",
        "retarget" => "sent it to another branch",
        "web-edit" => "edited it in the browser",
        "suggestion" => "applied suggestions",
        _ => "pushed",
    };
    let before = number.saturating_sub(1);
    let link = Link::new("see what changed", format!("{base}/changes?from={before}&version={number}"));
    (format!("{how}, version {number}:"), Some(link))
}

#[cfg(test)]
mod tests {
    use forge_core::work_item::ItemEvent;
    use forge_core::{By, ItemEventId, ItemId};

    use super::*;

    fn sentence(kind: &str, detail: &str) -> (String, Option<Link>) {
        let event = ItemEvent {
            id: ItemEventId::new(1, [1; 10]),
            item: ItemId::new(1, [1; 10]),
            at: OffsetDateTime::UNIX_EPOCH,
            actor: By { id: None, name: "ann".to_owned() },
            kind: kind.to_owned(),
            detail: detail.to_owned(),
        };
        let shown = ItemEventShown { event, link: None };
        let path = "ann/beds".parse().unwrap();
        let view = event_row(&path, "/ann/beds/merge-requests/1", &shown, OffsetDateTime::UNIX_EPOCH);
        (view.text, view.link)
    }

    #[test]
    fn what_happened_reads_well() {
        for (kind, detail, expected) in [
            (
                "label",
                r#"{"added":["bug","new"],"removed":["old"]}"#,
                "added label bug, new and took off label old",
            ),
            ("assign", r#"{"added":[],"removed":["bob"]}"#, "unassigned bob"),
            ("milestone", r#"{"title":null}"#, "took it out of its milestone"),
            ("milestone", r#"{"title":"V1"}"#, "put it into the milestone V1"),
            ("close", "{}", "closed it"),
            ("new-thing", "{}", "new thing"),
            ("title", "not json", "changed the title from “” to “”"),
        ] {
            assert_eq!(sentence(kind, detail), (expected.to_owned(), None), "{kind}");
        }
        let (_, link) = sentence("close", r#"{"merge_request":7}"#);
        assert_eq!(link, Some(Link::new("!7", "/ann/beds/merge-requests/7")));
        let commit = format!(r#"{{"commit":"{}"}}"#, "a".repeat(40));
        for kind in ["close", "reference", "merge"] {
            let (_, link) = sentence(kind, &commit);
            assert_eq!(link.unwrap().url, format!("/ann/beds/commit/{}", "a".repeat(40)), "{kind}");
        }
        let (text, link) = sentence("version", r#"{"version":2,"reason":"force"}"#);
        assert_eq!(text, "made the branch anew, version 2:");
        assert_eq!(link.unwrap().url, "/ann/beds/merge-requests/1/changes?from=1&version=2");
    }

    #[test]
    fn without_a_number_the_last_part_is_shown() {
        let many: Vec<Entry<'_>> = Vec::new();
        assert_eq!(part(&many, None).0, 1);
        let event = ItemEvent {
            id: ItemEventId::new(1, [1; 10]),
            item: ItemId::new(1, [1; 10]),
            at: OffsetDateTime::UNIX_EPOCH,
            actor: By { id: None, name: "ann".to_owned() },
            kind: "lock".to_owned(),
            detail: String::new(),
        };
        let shown = ItemEventShown { event, link: None };
        let many = vec![Entry::Event(&shown); 205];
        let sizes = [None, Some(0), Some(1), Some(3), Some(9), Some(u64::MAX)]
            .map(|number| (part(&many, number).0, part(&many, number).1.len()));
        assert_eq!(sizes, [(3, 5), (1, 100), (1, 100), (3, 5), (9, 0), (u64::MAX, 0)]);
    }
}
