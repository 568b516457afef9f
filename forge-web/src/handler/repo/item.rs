//! What pages of tickets and of merge requests have in common: rows, labels, and what was said and done in order.

use forge_app::{ItemEventShown, ItemShown, ListedItem};
use forge_core::merge_request::thread::Comment;
use forge_core::work_item::{Label, search};
use forge_core::{By, FilePath, ItemKind, ItemState, RepoPath, Repository, User, WorkItem};
use serde_json::Value;
use time::OffsetDateTime;

use crate::SafeHtml;
use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::present::counted;
use crate::render::markdown::{self, LinkBase};
use crate::url::{self, Rev};
use crate::view::{CommentView, EventView, ItemRow, LabelTag, Link, StateTag, TimelineEntry, When};

/// How far an item is, as a tag.
pub(in crate::handler) fn state_tag(state: ItemState) -> StateTag {
    let (label, colour) = match state {
        ItemState::Open => ("Open", "green"),
        ItemState::Closed => ("Closed", "grey"),
        ItemState::Merged => ("Merged", "purple"),
    };
    StateTag { label, colour }
}

/// A label, as a tag that leads to the items of its kind that have it.
pub(in crate::handler) fn label_tag(repo: &RepoPath, kind: ItemKind, label: &Label) -> LabelTag {
    let query = format!("is:open label:{}", search::quoted(&label.name));
    LabelTag {
        name: label.name.clone(),
        colour: label.colour.name(),
        url: format!("{}?q={}", url::items(repo, kind), url::encode_segment(query.as_bytes())),
    }
}

/// An item in a list.
pub(in crate::handler) fn item_row(repo: &RepoPath, listed: &ListedItem, now: OffsetDateTime) -> ItemRow {
    let item = &listed.item;
    ItemRow {
        title: item.title.clone(),
        url: url::item(repo, item.kind, item.number),
        reference: item.reference(),
        state: state_tag(item.state),
        is_confidential: item.is_confidential,
        labels: listed.labels.iter().map(|label| label_tag(repo, item.kind, label)).collect(),
        author: item.author.name.clone(),
        opened: When::ago(item.created_at, now),
        comments: if listed.comments == 0 {
            String::new()
        } else {
            counted(listed.comments, "comment", "comments")
        },
        assignees: listed.assignees.iter().map(|user| user.name.to_string()).collect::<Vec<_>>().join(", "),
        milestone: listed.milestone.clone().unwrap_or_default(),
    }
}

/// A person, as a link.
pub(in crate::handler) fn person_link(user: &User) -> Link {
    Link::new(&user.display_name, url::owner(&user.name.clone().into()))
}

fn page_of(by: &By) -> Option<String> {
    by.id.and_then(|_| Some(url::owner(&by.name.parse().ok()?)))
}

/// Lays out what people wrote, each text with a number of its own, on the blocking pool. What cannot be laid out is
/// nothing.
pub(in crate::handler) async fn laid_out(
    ctx: &Ctx,
    repo: &Repository,
    texts: Vec<String>,
) -> Result<Vec<Option<SafeHtml>>, Failure> {
    let rev = Rev::Name(repo.default_branch.short().to_owned());
    let base = LinkBase::new(repo.path.clone(), rev, FilePath::root()).with_items();
    let work = move || {
        let one =
            |(number, text): (usize, &String)| markdown::render(text.as_bytes(), &base.part(number)).ok();
        texts.iter().enumerate().map(one).collect()
    };
    ctx.web.render(work).await
}

/// Lays out one text, for somebody who wants to see how it will look.
pub(in crate::handler) async fn preview(
    ctx: &Ctx,
    repo: &Repository,
    text: &str,
) -> Result<SafeHtml, Failure> {
    let laid = laid_out(ctx, repo, vec![text.to_owned()]).await?;
    Ok(laid.into_iter().next().flatten().unwrap_or_default())
}

/// The description of an item, as the first thing that was said.
pub(in crate::handler) fn description(
    item: &WorkItem,
    html: Option<SafeHtml>,
    now: OffsetDateTime,
) -> CommentView {
    CommentView {
        id: String::new(),
        anchor: "description".to_owned(),
        author: item.author.name.clone(),
        author_url: page_of(&item.author),
        when: When::ago(item.created_at, now),
        edited: None,
        plain: if html.is_none() { item.body.clone() } else { String::new() },
        html: html.unwrap_or_default(),
        edit_url: None,
        delete_action: None,
    }
}

/// A comment.
pub(in crate::handler) fn comment_view(
    comment: &Comment,
    html: Option<SafeHtml>,
    now: OffsetDateTime,
) -> CommentView {
    CommentView {
        id: comment.id.to_string(),
        anchor: format!("comment-{}", comment.id),
        author: comment.author.name.clone(),
        author_url: page_of(&comment.author),
        when: When::ago(comment.created_at, now),
        edited: comment.edited_at.map(|at| When::ago(at, now)),
        plain: if html.is_none() { comment.body.clone() } else { String::new() },
        html: html.unwrap_or_default(),
        edit_url: None,
        delete_action: None,
    }
}

/// What was said about an item as a whole and what happened to it.
pub(in crate::handler) enum Entry<'a> {
    /// A comment.
    Said(&'a Comment),
    /// An event.
    Done(&'a ItemEventShown),
}

impl Entry<'_> {
    fn at(&self) -> OffsetDateTime {
        match self {
            Self::Said(comment) => comment.created_at,
            Self::Done(shown) => shown.event.at,
        }
    }
}

/// What was said about an item as a whole and what happened to it, the oldest first.
pub(in crate::handler) fn entries(shown: &ItemShown) -> Vec<Entry<'_>> {
    let plain = shown.threads.iter().filter(|thread| thread.anchor.is_none());
    let said = plain.flat_map(|thread| &thread.comments).map(Entry::Said);
    let mut entries: Vec<Entry<'_>> = said.chain(shown.events.iter().map(Entry::Done)).collect();
    entries.sort_by_key(Entry::at);
    entries
}

/// Lays a part of the entries out. The caller says where a comment is changed and deleted.
pub(in crate::handler) async fn timeline(
    ctx: &Ctx,
    repo: &Repository,
    entries: &[Entry<'_>],
    links: impl Fn(&Comment, &mut CommentView),
) -> Result<Vec<TimelineEntry>, Failure> {
    let said = |entry: &Entry<'_>| match entry {
        Entry::Said(comment) => Some(comment.body.clone()),
        Entry::Done(_) => None,
    };
    let mut laid = laid_out(ctx, repo, entries.iter().filter_map(said).collect()).await?.into_iter();
    let now = ctx.now();
    let view = |entry: &Entry<'_>| match entry {
        Entry::Said(comment) => {
            let mut view = comment_view(comment, laid.next().flatten(), now);
            links(comment, &mut view);
            TimelineEntry::Comment(view)
        }
        Entry::Done(shown) => TimelineEntry::Event(event_view(&repo.path, shown, now)),
    };
    Ok(entries.iter().map(view).collect())
}

/// Something that happened, as a sentence.
pub(in crate::handler) fn event_view(
    repo: &RepoPath,
    shown: &ItemEventShown,
    now: OffsetDateTime,
) -> EventView {
    let event = &shown.event;
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
    let (did, link) = did(repo, &event.kind, &detail, shown);
    EventView {
        who: event.actor.name.clone(),
        who_url: page_of(&event.actor),
        did,
        link,
        when: When::ago(event.at, now),
    }
}

fn did(repo: &RepoPath, kind: &str, detail: &Value, shown: &ItemEventShown) -> (String, Option<Link>) {
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let changed = |what: &str, verbs: (&str, &str)| {
        let list = |name: &str| {
            let names = detail.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        };
        let part = |verb: &str, names: String| (!names.is_empty()).then(|| format!("{verb} {what}{names}"));
        let parts = [part(verbs.0, list("added")), part(verbs.1, list("removed"))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    };
    let sentence = match kind {
        "title" => format!("changed the title from “{}” to “{}”", text("from"), text("to")),
        "description" => "changed the description".to_owned(),
        "label" => changed("label ", ("added", "took off")),
        "assign" => changed("", ("assigned", "unassigned")),
        "milestone" if text("title").is_empty() => "took it out of its milestone".to_owned(),
        "milestone" => format!("put it into the milestone {}", text("title")),
        "close" => return closed(repo, detail),
        "reopen" => "opened it again".to_owned(),
        "lock" => "locked it, so that only those who may push can comment".to_owned(),
        "unlock" => "unlocked it".to_owned(),
        "hide" => "made it confidential".to_owned(),
        "show" => "made it visible to all who can read this repository".to_owned(),
        "delete-comment" => format!("deleted a comment by {}", text("author")),
        "reference" => {
            let Some(link) = &shown.link else { return ("mentioned this".to_owned(), None) };
            let closes = detail.get("closes").and_then(Value::as_bool).unwrap_or_default();
            let verb = if closes { "will close this with" } else { "mentioned this in" };
            let place = if link.repo == *repo { String::new() } else { link.repo.to_string() };
            let label = format!("{place}{}{} {}", link.kind.mark(), link.number, link.title);
            let target = url::item(&link.repo, link.kind, link.number);
            return (verb.to_owned(), Some(Link::new(label, target)));
        }
        other => other.replace('-', " "),
    };
    (sentence, None)
}

fn closed(repo: &RepoPath, detail: &Value) -> (String, Option<Link>) {
    let commit = detail.get("commit").and_then(Value::as_str).and_then(|id| id.parse().ok());
    if let Some(commit) = commit {
        let commit: forge_core::ObjectId = commit;
        let link = Link::new(format!("commit {}", commit.short()), url::commit(repo, &commit));
        return ("closed it with".to_owned(), Some(link));
    }
    if let Some(number) = detail.get("merge_request").and_then(Value::as_u64) {
        let link = Link::new(format!("!{number}"), url::item(repo, ItemKind::MergeRequest, number));
        return ("closed it by merging".to_owned(), Some(link));
    }
    ("closed it".to_owned(), None)
}

#[cfg(test)]
mod tests {
    use forge_core::work_item::ItemEvent;
    use forge_core::{ItemEventId, ItemId};

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
        let view = event_view(&"ann/beds".parse().unwrap(), &shown, OffsetDateTime::UNIX_EPOCH);
        (view.did, view.link)
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
            ("new-version", "{}", "new version"),
            ("title", "not json", "changed the title from “” to “”"),
        ] {
            assert_eq!(sentence(kind, detail), (expected.to_owned(), None), "{kind}");
        }
        let (_, link) = sentence("close", r#"{"merge_request":7}"#);
        assert_eq!(link, Some(Link::new("!7", "/ann/beds/merge-requests/7")));
        let (_, link) = sentence("close", &format!(r#"{{"commit":"{}"}}"#, "a".repeat(40)));
        assert_eq!(link.unwrap().url, format!("/ann/beds/commit/{}", "a".repeat(40)));
    }
}
