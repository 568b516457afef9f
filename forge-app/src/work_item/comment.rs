//! What people say about an item: as a whole, in answer to others, and on the lines of a merge request.

use forge_core::merge_request::MergeRequest;
use forge_core::merge_request::thread::{Comment, Thread};
use forge_core::notification::Reason;
use forge_core::work_item::{MAX_COMMENTS, checked_body};
use forge_core::{CommentId, ItemKind, Permission, ReviewId, ThreadId, UserId, WorkItem};
use forge_store::{Tx, merge_request, work_item};
use serde_json::json;

use crate::access::{Level, Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::merge_request::{NewAnchor, OnCode};
use crate::notification::Told;
use crate::work_item::naming::NamedItem;
use crate::work_item::seen::{Begun, ItemAddress};

/// What is said, and where.
#[derive(Debug, Clone, Default)]
pub struct NewComment {
    /// The thread that it answers; nothing for a new one.
    pub thread: Option<ThreadId>,
    /// What a new thread is about; nothing for the item as a whole. Only merge requests have places.
    pub anchor: Option<NewAnchor>,
    /// What is said, in Markdown.
    pub body: String,
    /// Whether it waits for a review to be submitted.
    pub in_review: bool,
    /// Whether it resolves (`true`) or reopens (`false`) the thread.
    pub resolves: Option<bool>,
}

impl NewComment {
    /// Something about the item as a whole, said at once.
    pub fn whole(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::default() }
    }
}

impl App {
    /// Says something about an item, and gives the thread and the comment.
    pub async fn add_comment(
        &self,
        access: &RepoAccess<Read>,
        at: ItemAddress,
        new: &NewComment,
    ) -> Result<(ThreadId, CommentId)> {
        let body = said(&new.body)?;
        let named = self.items_named_in(access, &body).await?;
        // Reading code takes time, so it is done before the transaction.
        let on_code = self.code_meant(access, at, new, &body).await?;
        let begun = self.begin_on_item(access, at).await?;
        self.may_speak(&begun.tx, access, &begun.item).await?;
        let request = self.request_of(&begun).await?;
        let review = match &request {
            Some(request) if new.in_review => {
                Some(self.pending(&begun.tx, request, access.actor(), begun.user).await?.id)
            }
            _ => None,
        };
        let thread = self.thread_for(&begun, new, &on_code).await?;
        let comment = self.comment_in(&begun, &thread, review, new, body, on_code);
        merge_request::add_comment(&begun.tx, &comment).await?;
        for suggestion in &comment.suggestions {
            merge_request::add_suggestion(&begun.tx, comment.id, suggestion).await?;
        }
        if !comment.is_pending {
            let people = self.publish_comment(&begun, request.as_ref(), &thread, &comment, &named).await?;
            let told = Told::Commented { comment: comment.id };
            self.tell(&begun.tx, &begun.item, &begun.by, told, &people).await?;
        }
        self.finish_change(begun).await?;
        Ok((thread.id, comment.id))
    }

    /// What follows from a comment that others see from now on; gives whom it names.
    pub(crate) async fn publish_comment(
        &self,
        begun: &Begun,
        request: Option<&MergeRequest>,
        thread: &Thread,
        comment: &Comment,
        named: &[NamedItem],
    ) -> Result<Vec<(UserId, Reason)>> {
        work_item::touch(&begun.tx, begun.item.id, begun.now).await?;
        self.note_named(&begun.tx, &begun.item, &begun.by, named).await?;
        work_item::take_part(&begun.tx, begun.item.id, begun.user, Reason::Commented).await?;
        if let Some(request) = request {
            self.after_comment(&begun.tx, request, thread, comment).await?;
        }
        self.mentioned_in(&begun.tx, &comment.body).await
    }

    /// Changes what one said oneself.
    pub async fn edit_comment(
        &self,
        access: &RepoAccess<Read>,
        at: ItemAddress,
        id: CommentId,
        body: &str,
    ) -> Result<()> {
        let body = said(body)?;
        let named = self.items_named_in(access, &body).await?;
        let (_, seen) = self.comment(access, at, id).await?;
        // Reading code takes time, so it is done before the transaction.
        let of_thread = NewComment { thread: Some(seen.thread), ..NewComment::default() };
        let on_code = self.code_meant(access, at, &of_thread, &body).await?;
        let begun = self.begin_on_item(access, at).await?;
        let (_, comment) = self.comment_of(&begun, id).await?;
        if comment.author.id != Some(begun.user) {
            return Err(Error::Forbidden("Only whoever wrote a comment can change it.".to_owned()));
        }
        self.may_speak(&begun.tx, access, &begun.item).await?;
        if !comment.is_changeable() {
            let text = "What it suggests was applied, so it stays as it is. Write another comment.";
            return Err(Error::Conflict(text.to_owned()));
        }
        merge_request::edit_comment(&begun.tx, id, &body, begun.now).await?;
        for suggestion in &on_code.suggestions {
            merge_request::add_suggestion(&begun.tx, id, suggestion).await?;
        }
        if !comment.is_pending {
            self.note_named(&begun.tx, &begun.item, &begun.by, &named).await?;
        }
        self.finish_change(begun).await
    }

    /// Takes a comment back: one's own, or anybody's for those who may push.
    pub async fn delete_comment(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        at: ItemAddress,
        id: CommentId,
    ) -> Result<()> {
        let begun = self.begin_on_item(access, at).await?;
        let (thread, comment) = self.comment_of(&begun, id).await?;
        let is_own = comment.author.id == Some(begun.user);
        if !is_own {
            begun.writes()?;
        }
        merge_request::delete_comment(&begun.tx, id, thread.id).await?;
        if !comment.is_pending {
            let detail = json!({ "author": comment.author.name });
            self.item_event(&begun.tx, begun.item.id, &begun.by, "delete-comment", &detail).await?;
        }
        if !is_own {
            let detail = json!({ "item": begun.item.reference(), "author": comment.author.name });
            self.record_change(&begun.tx, access, origin, "comment.delete", detail).await?;
        }
        self.finish_change(begun).await
    }

    /// A comment that somebody may see, for the form that changes it.
    pub async fn comment<L: Level>(
        &self,
        access: &RepoAccess<L>,
        at: ItemAddress,
        id: CommentId,
    ) -> Result<(WorkItem, Comment)> {
        let rows = self.store().read().await?;
        let item = self.seen_item(&rows, access, at).await?;
        let viewer = access.actor().person().map(|person| person.id);
        let found = merge_request::comment_by_id(&rows, item.id, id, viewer).await?;
        let (_, comment) = found.ok_or(Error::NotFound)?;
        Ok((item, comment))
    }

    async fn comment_of(&self, begun: &Begun, id: CommentId) -> Result<(Thread, Comment)> {
        let found = merge_request::comment_by_id(&begun.tx, begun.item.id, id, Some(begun.user)).await?;
        found.ok_or(Error::NotFound)
    }

    /// Whether somebody may say something: not what the site's terms forbid, not where it is locked, not without end.
    pub(crate) async fn may_speak<L: Level>(
        &self,
        tx: &Tx,
        access: &RepoAccess<L>,
        item: &WorkItem,
    ) -> Result<()> {
        self.check_terms(tx, access.actor()).await?;
        if item.is_locked && access.permission() < Permission::Write {
            let text = format!("This {} is locked: only those who may push can comment.", item.kind);
            return Err(Error::Forbidden(text));
        }
        let counts = work_item::comment_counts(tx, &[item.id]).await?;
        if counts.get(&item.id).is_none_or(|count| *count < MAX_COMMENTS) {
            return Ok(());
        }
        let text = format!("There are {MAX_COMMENTS} comments, and no more fit. Open another {}.", item.kind);
        Err(Error::TooLarge(text))
    }

    async fn request_of(&self, begun: &Begun) -> Result<Option<MergeRequest>> {
        match begun.item.kind {
            ItemKind::MergeRequest => Ok(merge_request::by_id(&begun.tx, begun.item.id).await?),
            ItemKind::Ticket => Ok(None),
        }
    }

    /// The thread that a comment answers, or a new one.
    async fn thread_for(&self, begun: &Begun, new: &NewComment, on_code: &OnCode) -> Result<Thread> {
        if let Some(id) = new.thread {
            let found = merge_request::thread_by_id(&begun.tx, begun.item.id, id, Some(begun.user)).await?;
            return found.ok_or(Error::NotFound);
        }
        let thread = Thread {
            id: self.ambient().id(),
            item: begun.item.id,
            is_resolvable: on_code.anchor.is_some() || new.in_review,
            anchor: on_code.anchor.clone(),
            excerpt: on_code.excerpt.clone(),
            resolved: None,
            created_at: begun.now,
            comments: Vec::new(),
        };
        merge_request::add_thread(&begun.tx, &thread).await?;
        Ok(thread)
    }

    fn comment_in(
        &self,
        begun: &Begun,
        thread: &Thread,
        review: Option<ReviewId>,
        new: &NewComment,
        body: String,
        on_code: OnCode,
    ) -> Comment {
        Comment {
            id: self.ambient().id(),
            thread: thread.id,
            review,
            is_pending: review.is_some(),
            author: begun.by.clone(),
            body,
            resolves: new.resolves.filter(|_| thread.is_resolvable),
            created_at: begun.now,
            edited_at: None,
            suggestions: on_code.suggestions,
        }
    }
}

/// What was said, if it says anything.
fn said(body: &str) -> Result<String> {
    let body = checked_body(body).map_err(|error| Error::invalid("body", sentence(&error.to_string())))?;
    if body.trim().is_empty() {
        return Err(Error::invalid("body", "Write something first."));
    }
    Ok(body)
}

/// An error as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase).into_iter().flatten();
    format!("{}.", first.chain(chars).collect::<String>())
}
