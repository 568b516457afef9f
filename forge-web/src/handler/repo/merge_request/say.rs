//! Threads and comments as pages show them.

use std::collections::HashMap;

use forge_app::{Conversation, Located, Read, RepoAccess};
use forge_core::merge_request::suggestion;
use forge_core::merge_request::thread::{Anchor, Comment, Side, StoredSuggestion, Thread};
use forge_core::{FilePath, Permission, RepoPath, ThreadId};
use time::OffsetDateTime;

use super::top::page_of;
use crate::SafeHtml;
use crate::markdown::{self, LinkBase};
use crate::url::{self, Rev};
use crate::view::{CommentBox, Link, SuggestionBox, ThreadBox, When};

/// What threads are shown with.
pub(super) struct Speaker<'a> {
    access: &'a RepoAccess<Read>,
    conversation: &'a Conversation,
    base: LinkBase,
    at: String,
    back: String,
    now: OffsetDateTime,
    located: HashMap<ThreadId, &'a Located>,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(
        access: &'a RepoAccess<Read>,
        conversation: &'a Conversation,
        back: &str,
        now: OffsetDateTime,
    ) -> Self {
        let repo = access.repo();
        let base = LinkBase::new(repo.path.clone(), Rev::of_ref(&repo.default_branch), FilePath::root());
        Self {
            access,
            conversation,
            base,
            at: url::merge_request(&repo.path, conversation.request.item.number),
            back: back.to_owned(),
            now,
            located: HashMap::new(),
        }
    }

    /// With the places of threads, so that it is said which were written on another version.
    pub(super) fn located(mut self, located: &'a [Located]) -> Self {
        self.located = located.iter().map(|found| (found.thread, found)).collect();
        self
    }

    /// Whether the reader may say something.
    pub(super) fn can_speak(&self) -> bool {
        let item = &self.conversation.request.item;
        self.access.actor().person().is_some()
            && !self.access.repo().archived
            && (!item.is_locked || self.access.permission() >= Permission::Write)
    }

    pub(super) fn markdown(&self, text: &str, part: usize) -> SafeHtml {
        markdown::render(text.as_bytes(), &self.base.part(part)).unwrap_or_default()
    }

    /// One thread. `part` tells the documents of a page apart.
    pub(super) fn thread(&self, thread: &Thread, part: usize) -> ThreadBox {
        let who = self.access.actor().person().map(|person| person.id);
        let began = thread.comments.first().and_then(|comment| comment.author.id);
        let is_party = who.is_some() && (who == began || who == self.conversation.request.item.author.id);
        let can_push = self.access.permission() >= Permission::Write && !self.access.repo().archived;
        let (place, place_url) = self.place(thread);
        let written_on = self.located.get(&thread.id).and_then(|found| found.written_on).map(|version| {
            let url = format!("{}/changes?version={version}#thread-{}", self.at, thread.id);
            Link::new(format!("version {version}"), url)
        });
        ThreadBox {
            id: format!("thread-{}", thread.id),
            place,
            place_url,
            excerpt: lines(&thread.excerpt),
            written_on,
            is_resolvable: thread.is_resolvable,
            resolved_by: thread.resolved.as_ref().map(|(_, by)| by.name.clone()),
            can_resolve: thread.is_resolvable && self.can_speak() && (is_party || can_push),
            can_reply: self.can_speak(),
            comments: thread
                .comments
                .iter()
                .enumerate()
                .map(|(at, comment)| self.comment(thread, comment, part * 1000 + at, can_push))
                .collect(),
            reply_url: format!("{}/comment", self.at),
            state_url: format!("{}/thread", self.at),
            has_review: self.conversation.pending.is_some(),
            back: format!("{}#thread-{}", self.back, thread.id),
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

    fn comment(&self, thread: &Thread, comment: &Comment, part: usize, can_push: bool) -> CommentBox {
        let who = self.access.actor().person().map(|person| person.id);
        let is_own = who.is_some() && comment.author.id == who && !self.access.repo().archived;
        let of = |word: &str| format!("{}/comments/{}/{word}", self.at, comment.id);
        CommentBox {
            id: format!("comment-{}", comment.id),
            author: comment.author.name.clone(),
            author_url: page_of(&comment.author),
            when: When::ago(comment.created_at, self.now),
            is_edited: comment.edited_at.is_some(),
            is_pending: comment.is_pending,
            html: if comment.suggestions.is_empty() {
                self.markdown(&comment.body, part)
            } else {
                self.markdown(&suggestion::without(&comment.body), part)
            },
            edit_url: is_own.then(|| of("edit")),
            delete_url: (is_own || can_push).then(|| of("delete")),
            suggestions: comment
                .suggestions
                .iter()
                .map(|suggestion| self.suggestion(thread, comment, suggestion, can_push))
                .collect(),
        }
    }

    fn suggestion(
        &self,
        thread: &Thread,
        comment: &Comment,
        suggestion: &StoredSuggestion,
        can_push: bool,
    ) -> SuggestionBox {
        let repo: &RepoPath = &self.access.repo().path;
        let request = &self.conversation.request;
        let is_here = request.source.repo == Some(request.item.repo);
        let can_apply = can_push
            && is_here
            && request.is_open()
            && !comment.is_pending
            && thread.resolved.is_none()
            && suggestion.applied.is_none();
        let (first, last) = suggestion.lines;
        SuggestionBox {
            value: format!("{}:{}", comment.id, suggestion.position),
            lines: if first == last { format!("line {first}") } else { format!("lines {first} to {last}") },
            old: suggestion.original.lines().map(str::to_owned).collect(),
            new: suggestion.replacement.lines().map(str::to_owned).collect(),
            applied: suggestion.applied.map(|id| Link::new(id.short(), url::commit(repo, &id))),
            apply_url: can_apply.then(|| format!("{}/suggestions", self.at)),
        }
    }
}

/// Which lines a thread is about, as people read it.
pub(super) fn of_lines(anchor: &Anchor) -> String {
    let side = match anchor.side {
        Side::Old => " (as it was)",
        Side::New => "",
    };
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
