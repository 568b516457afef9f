//! Threads, comments and reviews of an item as pages show them.

use std::collections::HashMap;

use forge_app::{Conversation, ItemShown, Located, Maintain, Read, RepoAccess};
use forge_core::merge_request::review::{Review, Verdict};
use forge_core::merge_request::suggestion;
use forge_core::merge_request::thread::{Anchor, Comment, Side, StoredSuggestion, Thread};
use forge_core::{By, RepoPath, ThreadId};
use time::OffsetDateTime;

use super::point;
use super::timeline::Entry;
use super::whole::Whole;
use super::{laid_out, page_of};
use crate::SafeHtml;
use crate::error::Failure;
use crate::extract::Ctx;
use crate::handler::present::counted;
use crate::url;
use crate::view::{CommentBox, Link, ReviewBox, SuggestionBox, ThreadBox, When};

/// What the talk about an item is shown with.
pub(in crate::handler) struct Speaker<'a> {
    access: &'a RepoAccess<Read>,
    shown: &'a ItemShown,
    /// The merge request; nothing for a ticket.
    request: Option<&'a Conversation>,
    at: String,
    back: String,
    now: OffsetDateTime,
    /// What was written, laid out, by its place on the page.
    html: HashMap<String, SafeHtml>,
    located: HashMap<ThreadId, &'a Located>,
    /// Where threads are read that are not shown whole.
    links: HashMap<ThreadId, String>,
    has_batch: bool,
}

/// The place of the description on its page.
const DESCRIPTION: &str = "description";

impl<'a> Speaker<'a> {
    /// For the page of an item to which forms come back.
    pub(in crate::handler) fn new(
        access: &'a RepoAccess<Read>,
        shown: &'a ItemShown,
        back: &str,
        now: OffsetDateTime,
    ) -> Self {
        let at = url::item(&access.repo().path, shown.item.kind, shown.item.number);
        Self {
            access,
            shown,
            request: None,
            at,
            back: back.to_owned(),
            now,
            html: HashMap::new(),
            located: HashMap::new(),
            links: HashMap::new(),
            has_batch: false,
        }
    }

    /// The same for a merge request.
    pub(in crate::handler) fn of_request(
        access: &'a RepoAccess<Read>,
        conversation: &'a Conversation,
        back: &str,
        now: OffsetDateTime,
    ) -> Self {
        Self { request: Some(conversation), ..Self::new(access, &conversation.item, back, now) }
    }

    /// With the places of threads, so that it is said which were written on another version.
    pub(in crate::handler) fn located(mut self, located: &'a [Located]) -> Self {
        self.located = located.iter().map(|found| (found.thread, found)).collect();
        self
    }

    /// With a form below the entries that applies several suggestions at once, if these have several; says whether.
    pub(in crate::handler) fn with_batch(mut self, entries: &[Entry<'_>]) -> (Self, bool) {
        let threads = entries.iter().filter_map(|entry| match entry {
            Entry::Thread(thread) => Some(*thread),
            _ => None,
        });
        let of_thread = |thread: &Thread| -> usize {
            let comments = thread.comments.iter();
            comments
                .map(|comment| {
                    let all = comment.suggestions.iter();
                    all.filter(|one| self.can_apply(thread, comment, one)).count()
                })
                .sum()
        };
        self.has_batch = threads.map(of_thread).sum::<usize>() > 1;
        let has_batch = self.has_batch;
        (self, has_batch)
    }

    /// Whether the reader may apply a suggestion. Whether it still fits is seen when they do.
    fn can_apply(&self, thread: &Thread, comment: &Comment, suggestion: &StoredSuggestion) -> bool {
        let fits = |conversation: &Conversation| {
            conversation.request.is_open() && conversation.may_change_source(self.access)
        };
        self.request.is_some_and(fits)
            && !comment.is_pending
            && thread.resolved.is_none()
            && suggestion.applied.is_none()
    }

    /// Lays out the threads of a page that are shown whole; of the others it says where they are read.
    pub(in crate::handler) async fn whole(mut self, ctx: &Ctx, whole: &Whole<'_>) -> Result<Self, Failure> {
        self.links.clone_from(whole.links());
        self.laid_out(ctx, whole.entries()).await
    }

    /// Lays out the description and what these entries say, all at once.
    pub(in crate::handler) async fn laid_out(
        mut self,
        ctx: &Ctx,
        entries: impl IntoIterator<Item = Entry<'_>>,
    ) -> Result<Self, Failure> {
        let mut places = vec![DESCRIPTION.to_owned()];
        let mut texts = vec![self.shown.item.body.clone()];
        for entry in entries {
            match entry {
                Entry::Event(_) => {}
                Entry::Review(review) => {
                    places.push(format!("review-{}", review.id));
                    texts.push(review.body.clone());
                }
                Entry::Thread(thread) => {
                    places.extend(thread.comments.iter().map(|comment| format!("comment-{}", comment.id)));
                    texts.extend(thread.comments.iter().map(said));
                }
            }
        }
        let laid = laid_out(ctx, self.access.repo(), texts).await?;
        let laid = places.into_iter().zip(laid).filter_map(|(place, html)| Some((place, html?)));
        self.html = laid.collect();
        Ok(self)
    }

    /// Whether the reader may say something.
    pub(in crate::handler) fn can_speak(&self) -> bool {
        self.shown.rights.comment
    }

    pub(super) fn repo(&self) -> &RepoPath {
        &self.access.repo().path
    }

    pub(super) fn address(&self) -> &str {
        &self.at
    }

    pub(super) fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// The description, as the first thing that was said.
    pub(in crate::handler) fn description(&self) -> CommentBox {
        let item = &self.shown.item;
        self.said_by(DESCRIPTION.to_owned(), &item.author, item.created_at, &item.body)
    }

    fn said_by(&self, id: String, author: &By, at: OffsetDateTime, text: &str) -> CommentBox {
        let html = self.html.get(&id).cloned();
        CommentBox {
            id,
            author: author.name.clone(),
            author_url: page_of(author),
            when: When::ago(at, self.now),
            plain: if html.is_none() { text.to_owned() } else { String::new() },
            html: html.unwrap_or_default(),
            ..CommentBox::default()
        }
    }

    /// A submitted review.
    pub(super) fn review(&self, review: &Review) -> ReviewBox {
        let (word, colour) = match review.verdict {
            Verdict::Approve => ("approved", "green"),
            Verdict::RequestChanges => ("asked for changes to", "orange"),
            Verdict::Comment => ("reviewed", "blue"),
        };
        let standing = review.verdict == Verdict::RequestChanges && review.dismissed.is_none();
        let may_dismiss = standing
            && self.request.is_some_and(|conversation| conversation.request.is_open())
            && self.access.permission() >= <Maintain as forge_app::access::Level>::PERMISSION
            && self.access.actor().person().is_some();
        ReviewBox {
            id: review.id.to_string(),
            author: review.author.name.clone(),
            author_url: page_of(&review.author),
            verdict: format!("{word} version {}", review.version),
            colour: colour.to_owned(),
            when: When::ago(review.submitted_at.unwrap_or(review.started_at), self.now),
            html: self.html.get(&format!("review-{}", review.id)).cloned().unwrap_or_default(),
            dismissed: review
                .dismissed
                .as_ref()
                .map(|set| format!("{} set it aside: {}", set.by, set.reason)),
            dismiss_url: may_dismiss.then(|| format!("{}/dismiss", self.at)),
        }
    }

    /// One thread.
    pub(in crate::handler) fn thread(&self, thread: &Thread) -> ThreadBox {
        let who = self.access.actor().person().map(|person| person.id);
        let began = thread.comments.first().and_then(|comment| comment.author.id);
        let is_party = who.is_some() && (who == began || who == self.shown.item.author.id);
        let (place, place_url) = self.place(thread);
        let written_on = self.located.get(&thread.id).and_then(|found| found.written_on).map(|version| {
            let url = format!("{}/changes?version={version}#thread-{}", self.at, thread.id);
            Link::new(format!("version {version}"), url)
        });
        let shown = ThreadBox {
            id: format!("thread-{}", thread.id),
            place,
            place_url,
            written_on,
            is_resolvable: thread.is_resolvable,
            resolved_by: thread.resolved.as_ref().map(|(_, by)| by.name.clone()),
            elsewhere: self.links.get(&thread.id).map(|url| Link::new(briefly(thread), url)),
            ..ThreadBox::default()
        };
        if shown.elsewhere.is_some() {
            return shown;
        }
        ThreadBox {
            excerpt: lines(&thread.excerpt),
            can_resolve: thread.is_resolvable && self.can_speak() && (is_party || self.shown.rights.write),
            can_reply: self.can_speak() && self.request.is_some(),
            comments: thread.comments.iter().map(|comment| self.comment(thread, comment)).collect(),
            reply_url: format!("{}/comment", self.at),
            state_url: format!("{}/thread", self.at),
            has_review: self.request.is_some_and(|conversation| conversation.pending.is_some()),
            back: format!("{}#thread-{}", self.back, thread.id),
            ..shown
        }
    }

    fn place(&self, thread: &Thread) -> (String, Option<String>) {
        let Some(anchor) = &thread.anchor else { return (String::new(), None) };
        let what = match &anchor.path {
            Some(path) => path.to_text(),
            None => "The commit message".to_owned(),
        };
        let url = format!("{}/changes?version={}#thread-{}", self.at, anchor.version, thread.id);
        (format!("{what}{}", of_lines(anchor)), Some(url))
    }

    fn comment(&self, thread: &Thread, comment: &Comment) -> CommentBox {
        let who = self.access.actor().person().map(|person| person.id);
        let can = who.is_some() && comment.author.id == who && self.can_speak();
        let of = |word: &str| format!("{}/comments/{}/{word}", self.at, comment.id);
        let id = format!("comment-{}", comment.id);
        CommentBox {
            edited: comment.edited_at.map(|at| When::ago(at, self.now)),
            is_pending: comment.is_pending,
            edit_url: (can && comment.is_changeable()).then(|| of("edit")),
            delete_url: (can || self.shown.rights.write).then(|| of("delete")),
            suggestions: comment
                .suggestions
                .iter()
                .map(|suggestion| self.suggestion(thread, comment, suggestion))
                .collect(),
            ..self.said_by(id, &comment.author, comment.created_at, &comment.body)
        }
    }

    fn suggestion(&self, thread: &Thread, comment: &Comment, suggestion: &StoredSuggestion) -> SuggestionBox {
        let can_apply = self.can_apply(thread, comment, suggestion);
        let (first, last) = suggestion.lines;
        SuggestionBox {
            // Whoever applies it applies what they saw: a button of an earlier edition does nothing.
            value: format!("{}:{}:{}", comment.id, suggestion.position, comment.edition()),
            lines: if first == last { format!("line {first}") } else { format!("lines {first} to {last}") },
            old: suggestion.original.lines().map(str::to_owned).collect(),
            new: suggestion.replacement.lines().map(str::to_owned).collect(),
            applied: suggestion.applied.map(|id| Link::new(id.short(), url::commit(self.repo(), &id))),
            apply_url: can_apply.then(|| format!("{}/suggestions", self.at)),
            is_choosable: can_apply && self.has_batch,
        }
    }
}

/// A thread in one line.
fn briefly(thread: &Thread) -> String {
    let count = counted(u64::try_from(thread.comments.len()).unwrap_or(u64::MAX), "comment", "comments");
    let author = thread.comments.first().map_or("somebody", |comment| comment.author.name.as_str());
    format!("{count}, begun by {author}: read the conversation")
}

/// What a comment says beside what it suggests, which is shown by itself.
fn said(comment: &Comment) -> String {
    if comment.suggestions.is_empty() { comment.body.clone() } else { suggestion::without(&comment.body) }
}

/// Which lines a thread is about, as people read it.
pub(in crate::handler) fn of_lines(anchor: &Anchor) -> String {
    let side = match anchor.side {
        Side::Old => " (as it was)",
        Side::New => "",
    };
    if let Some((x, y)) = anchor.point {
        let (x, y) = (point::shown(x), point::shown(y));
        return format!(", point {x}% from the left and {y}% from the top{side}");
    }
    match anchor.lines {
        Some((first, last)) if first == last => format!(", line {first}{side}"),
        Some((first, last)) => format!(", lines {first} to {last}{side}"),
        None => side.to_owned(),
    }
}

/// Kept lines, each apart from its number.
pub(super) fn lines(excerpt: &str) -> Vec<(String, String)> {
    excerpt
        .lines()
        .map(|line| {
            line.split_once('\t')
                .map_or((String::new(), line.to_owned()), |(n, text)| (n.into(), text.into()))
        })
        .collect()
}
