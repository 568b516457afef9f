//! What happened and what was said, in the order of time.

use forge_app::{Conversation, Maintain, Read, RepoAccess};
use forge_core::merge_request::review::{Review, Verdict};
use forge_core::work_item::ItemEvent;
use serde_json::Value;
use time::OffsetDateTime;

use super::say::Speaker;
use super::top::page_of;
use crate::url;
use crate::view::{EventRow, Link, RequestEntry, ReviewBox, When};

/// What is told elsewhere: a review has an entry of its own.
const UNTOLD: [&str; 1] = ["review"];

/// Everything about one merge request, the oldest first.
pub(super) fn timeline(
    access: &RepoAccess<Read>,
    conversation: &Conversation,
    speaker: &Speaker<'_>,
    now: OffsetDateTime,
) -> Vec<RequestEntry> {
    let mut entries: Vec<(OffsetDateTime, RequestEntry)> = Vec::new();
    for event in conversation.events.iter().filter(|event| !UNTOLD.contains(&event.kind.as_str())) {
        entries.push((event.at, RequestEntry::Event(told(access, conversation, event, now))));
    }
    for (part, review) in conversation.reviews.iter().enumerate() {
        let at = review.submitted_at.unwrap_or(review.started_at);
        let shown = reviewed(access, conversation, speaker, review, part + 1, now);
        entries.push((at, RequestEntry::Review(shown)));
    }
    for (part, thread) in conversation.threads.iter().enumerate() {
        let at = thread.comments.first().map_or(thread.created_at, |comment| comment.created_at);
        entries.push((at, RequestEntry::Thread(speaker.thread(thread, part + 1001))));
    }
    // A stable sort keeps a review before the threads that came with it.
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn reviewed(
    access: &RepoAccess<Read>,
    conversation: &Conversation,
    speaker: &Speaker<'_>,
    review: &Review,
    part: usize,
    now: OffsetDateTime,
) -> ReviewBox {
    let (word, colour) = match review.verdict {
        Verdict::Approve => ("approved", "green"),
        Verdict::RequestChanges => ("asked for changes to", "orange"),
        Verdict::Comment => ("reviewed", "blue"),
    };
    let standing = review.verdict == Verdict::RequestChanges && review.dismissed.is_none();
    let may_dismiss = standing
        && conversation.request.is_open()
        && access.permission() >= <Maintain as forge_app::access::Level>::PERMISSION
        && access.actor().person().is_some();
    let base = url::merge_request(&access.repo().path, conversation.request.item.number);
    ReviewBox {
        id: review.id.to_string(),
        author: review.author.name.clone(),
        author_url: page_of(&review.author),
        verdict: format!("{word} version {}", review.version),
        colour: colour.to_owned(),
        when: When::ago(review.submitted_at.unwrap_or(review.started_at), now),
        html: speaker.markdown(&review.body, part),
        dismissed: review.dismissed.as_ref().map(|set| format!("{} set it aside: {}", set.by, set.reason)),
        dismiss_url: may_dismiss.then(|| format!("{base}/dismiss")),
    }
}

/// One event in a sentence.
fn told(
    access: &RepoAccess<Read>,
    conversation: &Conversation,
    event: &ItemEvent,
    now: OffsetDateTime,
) -> EventRow {
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let text = |key: &str| detail.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = |key: &str| detail.get(key).and_then(Value::as_u64).unwrap_or_default();
    let base = url::merge_request(&access.repo().path, conversation.request.item.number);
    let mut link = None;
    let sentence = match event.kind.as_str() {
        "version" => {
            let number = count("version");
            link = Some(Link::new(
                "see what changed",
                format!("{base}/changes?from={}&version={number}", number - 1),
            ));
            let how = match text("reason").as_str() {
                "force" => "made the branch anew",
                "retarget" => "sent it to another branch",
                "web-edit" => "edited it in the browser",
                "suggestion" => "applied suggestions",
                _ => "pushed",
            };
            format!("{how}: version {number}")
        }
        "title" => format!("changed the title from “{}”", text("from")),
        "draft" => "marked it as a draft".to_owned(),
        "ready" => "marked it as ready for review".to_owned(),
        "close" => "closed it".to_owned(),
        "reopen" => "opened it again".to_owned(),
        "merge" => {
            let commit = text("commit");
            if let Ok(id) = commit.parse::<forge_core::ObjectId>() {
                link = Some(Link::new(id.short(), url::commit(&access.repo().path, &id)));
            }
            if detail.get("by_push").is_some() { "pushed the change to its target" } else { "merged it" }
                .to_owned()
        }
        "reviewer" => format!("asked {} to review it", text("user")),
        "reviewer-remove" => format!("took {} off the reviewers", text("user")),
        "retarget" => format!("sent it to {} instead of {}", text("to"), text("from")),
        "approval-lapse" => format!("ended the approval of {} by this: {}", text("user"), text("why")),
        "approval-withdraw" => format!("took their approval of version {} back", count("version")),
        "dismiss" => format!("set the request for changes of {} aside: {}", text("author"), text("reason")),
        "comment-delete" => format!("deleted a comment of {}", text("author")),
        "resolve" => "resolved a thread".to_owned(),
        "reopen-thread" => "opened a thread again".to_owned(),
        "auto-merge" => "asked for it to be merged as soon as it may be".to_owned(),
        "auto-merge-end" => format!("ended merging by itself: {}", text("why")),
        other => other.replace('-', " "),
    };
    EventRow {
        actor: event.actor.name.clone(),
        actor_url: page_of(&event.actor),
        text: sentence,
        link,
        when: When::ago(event.at, now),
    }
}
