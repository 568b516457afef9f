//! What people say about an item.

use forge_core::merge_request::thread::{Comment, Thread};
use forge_core::notification::Reason;
use forge_core::work_item::{MAX_COMMENTS, checked_body};
use forge_core::{CommentId, Permission, WorkItem};
use forge_store::{merge_request, work_item};
use serde_json::json;

use crate::access::{Level, Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::seen::{Begun, ItemAddress};

impl App {
    /// Says something about an item as a whole.
    pub async fn add_comment(
        &self,
        access: &RepoAccess<Read>,
        at: ItemAddress,
        body: &str,
    ) -> Result<CommentId> {
        let body = said(body)?;
        let named = self.items_named_in(access, &body).await?;
        let begun = self.begin_on_item(access, at).await?;
        may_comment(&begun)?;
        self.room_for_comment(&begun).await?;
        let comment = self.plain_comment(&begun, body);
        let thread = Thread {
            id: comment.thread,
            item: begun.item.id,
            anchor: None,
            excerpt: String::new(),
            is_resolvable: false,
            resolved: None,
            created_at: begun.now,
            comments: Vec::new(),
        };
        merge_request::add_thread(&begun.tx, &thread).await?;
        merge_request::add_comment(&begun.tx, &comment).await?;
        work_item::touch(&begun.tx, begun.item.id, begun.now).await?;
        self.note_named(&begun.tx, &begun.item, &begun.by, &named).await?;
        work_item::take_part(&begun.tx, begun.item.id, begun.user, Reason::Commented).await?;
        let people = self.mentioned_in(&begun.tx, &comment.body).await?;
        self.tell(&begun.tx, &begun.item, &begun.by, Told::Commented { comment: comment.id }, &people)
            .await?;
        self.finish_change(begun).await?;
        Ok(comment.id)
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
        let begun = self.begin_on_item(access, at).await?;
        let (_, comment) = self.comment_of(&begun, id).await?;
        if comment.author.id != Some(begun.user) {
            return Err(Error::Forbidden("Only whoever wrote a comment can change it.".to_owned()));
        }
        may_comment(&begun)?;
        if !comment.suggestions.is_empty() {
            let text = "This comment suggests a change. Delete it and write another one.";
            return Err(Error::Conflict(text.to_owned()));
        }
        merge_request::edit_comment(&begun.tx, id, &body, begun.now).await?;
        self.note_named(&begun.tx, &begun.item, &begun.by, &named).await?;
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
        let detail = json!({ "author": comment.author.name });
        self.item_event(&begun.tx, begun.item.id, &begun.by, "delete-comment", &detail).await?;
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

    /// Refuses more comments than one item can have.
    pub(crate) async fn room_for_comment(&self, begun: &Begun) -> Result<()> {
        let counts = work_item::comment_counts(&begun.tx, &[begun.item.id]).await?;
        if counts.get(&begun.item.id).is_none_or(|count| *count < MAX_COMMENTS) {
            return Ok(());
        }
        let text =
            format!("There are {MAX_COMMENTS} comments, and no more fit. Open another {}.", begun.item.kind);
        Err(Error::TooLarge(text))
    }

    fn plain_comment(&self, begun: &Begun, body: String) -> Comment {
        Comment {
            id: self.ambient().id(),
            thread: self.ambient().id(),
            review: None,
            is_pending: false,
            author: begun.by.clone(),
            body,
            resolves: None,
            created_at: begun.now,
            edited_at: None,
            suggestions: Vec::new(),
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

/// Refuses those who may not speak: on a locked item, everybody who may not push.
pub(crate) fn may_comment(begun: &Begun) -> Result<()> {
    if !begun.item.is_locked || begun.permission >= Permission::Write {
        return Ok(());
    }
    let text = format!("This {} is locked: only those who may push can comment.", begun.item.kind);
    Err(Error::Forbidden(text))
}
