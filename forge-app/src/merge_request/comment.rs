//! Saying something about a merge request: at once, or as part of a review that is submitted later.

use forge_core::merge_request::review::{Review, Verdict};
use forge_core::merge_request::thread::{Comment, Side, StoredSuggestion, Thread};
use forge_core::merge_request::{MergeRequest, Version};
use forge_core::work_item::checked_body;
use forge_core::{CommentId, FilePath, ThreadId, UserId};
use forge_git::browse::Browser;
use forge_store::Tx;
use forge_store::merge_request::{self, Turn};
use serde_json::json;

use super::place::Place;
use super::{by, person};
use crate::access::{Level, Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::notification::Told;

/// Comments that one item takes.
const MOST: usize = 10_000;

/// The place that a new thread is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAnchor {
    /// The version that its author looks at.
    pub version: u32,
    /// Which side of it.
    pub side: Side,
    /// The file; nothing for the message of the newest commit.
    pub path: Option<FilePath>,
    /// The lines; nothing for the whole file.
    pub lines: Option<(u32, u32)>,
    /// A point of an image, in thousandths.
    pub point: Option<(u16, u16)>,
}

/// What is said, and where.
#[derive(Debug, Clone)]
pub struct NewComment {
    /// The thread that it answers; nothing for a new one.
    pub thread: Option<ThreadId>,
    /// What a new thread is about; nothing for the merge request as a whole.
    pub anchor: Option<NewAnchor>,
    /// What is said, in Markdown.
    pub body: String,
    /// Whether it waits for the review to be submitted.
    pub in_review: bool,
    /// Whether it resolves (`true`) or reopens (`false`) the thread.
    pub resolves: Option<bool>,
}

impl App {
    /// Adds a comment, and gives its thread and itself.
    pub async fn comment_on_merge_request(
        &self,
        access: &RepoAccess<Read>,
        _origin: &Origin,
        number: u64,
        new: &NewComment,
    ) -> Result<(ThreadId, CommentId)> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let body = checked_body(&new.body).map_err(|error| Error::invalid("body", error))?;
        if body.trim().is_empty() {
            return Err(Error::invalid("body", "Write what you want to say."));
        }
        let place = self.place(access, number, new).await?;
        let suggestions = match &place {
            Some(place) => place.suggestions(&body)?,
            None => self.suggestions_of_reply(access, number, new, &body).await?,
        };
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        self.may_speak(&tx, access, &request).await?;
        let review =
            if new.in_review { Some(self.pending(&tx, &request, actor, who).await?.id) } else { None };
        let thread = if let Some(id) = new.thread {
            merge_request::thread_by_id(&tx, request.item.id, id, Some(who)).await?.ok_or(Error::NotFound)?
        } else {
            let thread = Thread {
                id: self.ambient().id(),
                item: request.item.id,
                is_resolvable: place.is_some() || new.in_review,
                excerpt: place.as_ref().map(|place| place.excerpt.clone()).unwrap_or_default(),
                anchor: place.map(|place| place.anchor),
                resolved: None,
                created_at: now,
                comments: Vec::new(),
            };
            merge_request::add_thread(&tx, &thread).await?;
            thread
        };
        let comment = Comment {
            id: self.ambient().id(),
            thread: thread.id,
            review,
            is_pending: review.is_some(),
            author: by(actor),
            body,
            resolves: new.resolves.filter(|_| thread.is_resolvable),
            created_at: now,
            edited_at: None,
            suggestions,
        };
        merge_request::add_comment(&tx, &comment).await?;
        for suggestion in &comment.suggestions {
            merge_request::add_suggestion(&tx, comment.id, suggestion).await?;
        }
        if review.is_none() {
            self.after_comment(&tx, &request, &thread, &comment).await?;
            let what = Told::Commented { comment: comment.id };
            self.tell(&tx, &request.item, &comment.author, what, &[]).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        Ok((thread.id, comment.id))
    }

    /// Whether somebody may say something here at all.
    pub(super) async fn may_speak<L: Level>(
        &self,
        tx: &Tx,
        access: &RepoAccess<L>,
        request: &MergeRequest,
    ) -> Result<()> {
        self.check_terms(tx, access.actor()).await?;
        if request.item.is_locked && access.permission() < forge_core::Permission::Write {
            return Err(Error::Forbidden(
                "The conversation is locked: only people who may push can still comment.".to_owned(),
            ));
        }
        let threads = merge_request::threads(tx, request.item.id, None).await?;
        if threads.iter().map(|thread| thread.comments.len()).sum::<usize>() >= MOST {
            return Err(Error::TooLarge(format!("A merge request takes at most {MOST} comments.")));
        }
        Ok(())
    }

    /// What follows from a comment that everybody sees: the thread's state, and whose turn it is.
    pub(super) async fn after_comment(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        thread: &Thread,
        comment: &Comment,
    ) -> Result<()> {
        let now = self.ambient().now();
        match comment.resolves {
            Some(true) => merge_request::set_resolved(tx, thread.id, Some(&comment.author), now).await?,
            Some(false) => merge_request::set_resolved(tx, thread.id, None, now).await?,
            None => {}
        }
        forge_store::work_item::touch(tx, request.item.id, now).await?;
        let others: Vec<UserId> = thread.comments.iter().filter_map(|earlier| earlier.author.id).collect();
        self.pass_turn(tx, request, comment, &others).await
    }

    /// Replying takes its author out of those who are waited for, and brings in those who were replied to; a reviewer's
    /// remark brings in the author.
    async fn pass_turn(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        comment: &Comment,
        others: &[UserId],
    ) -> Result<()> {
        let Some(who) = comment.author.id else { return Ok(()) };
        merge_request::end_turn(tx, request.item.id, who).await?;
        if request.is_draft || !request.is_open() {
            return Ok(());
        }
        let mut next: Vec<UserId> = others.iter().copied().filter(|other| *other != who).collect();
        if request.item.author.id != Some(who) {
            next.extend(request.item.author.id);
        }
        next.sort_unstable();
        next.dedup();
        for user in next {
            let turn = Turn {
                item: request.item.id,
                put_by: comment.author.name.clone(),
                reason: "commented".to_owned(),
                since: self.ambient().now(),
            };
            merge_request::give_turn(tx, user, &turn).await?;
        }
        Ok(())
    }

    /// The pending review of somebody, begun now if there is none.
    pub(super) async fn pending(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        actor: &forge_core::Actor,
        who: UserId,
    ) -> Result<Review> {
        if let Some(review) = merge_request::pending_review(tx, request.item.id, who).await? {
            return Ok(review);
        }
        let review = Review {
            id: self.ambient().id(),
            item: request.item.id,
            author: by(actor),
            version: request.version,
            verdict: Verdict::Comment,
            body: String::new(),
            started_at: self.ambient().now(),
            submitted_at: None,
            dismissed: None,
        };
        merge_request::insert_review(tx, &review).await?;
        Ok(review)
    }

    /// Checks the place that a comment is about. Reading code takes time, so it is done before the transaction.
    async fn place(&self, access: &RepoAccess<Read>, number: u64, new: &NewComment) -> Result<Option<Place>> {
        let (Some(anchor), None) = (&new.anchor, &new.thread) else { return Ok(None) };
        let version = self.version_of(access, number, anchor.version).await?;
        let anchor = anchor.clone();
        self.read_code(access, move |browser| Place::find(browser, &version, &anchor)).await.map(Some)
    }

    /// Suggestions in an answer are about the lines of its thread.
    async fn suggestions_of_reply(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        new: &NewComment,
        body: &str,
    ) -> Result<Vec<StoredSuggestion>> {
        let Some(id) = new.thread else { return Ok(Vec::new()) };
        let rows = self.store().read().await?;
        let request =
            merge_request::by_number(&rows, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        let viewer = access.actor().person().map(|person| person.id);
        let thread = merge_request::thread_by_id(&rows, request.item.id, id, viewer).await?;
        let Some(anchor) = thread.ok_or(Error::NotFound)?.anchor else { return Ok(Vec::new()) };
        let version = self.version_of(access, number, anchor.version).await?;
        let body = body.to_owned();
        let anchor = NewAnchor {
            version: anchor.version,
            side: anchor.side,
            path: anchor.path,
            lines: anchor.lines,
            point: anchor.point,
        };
        self.read_code(access, move |browser| Place::find(browser, &version, &anchor)?.suggestions(&body))
            .await
    }

    /// The lines that a comment would be about, and what a suggestion would start from.
    pub async fn look_at(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        anchor: &NewAnchor,
    ) -> Result<(String, String)> {
        let version = self.version_of(access, number, anchor.version).await?;
        let anchor = anchor.clone();
        self.read_code(access, move |browser| {
            let place = Place::find(browser, &version, &anchor)?;
            let there = place.lines();
            Ok((place.excerpt, there))
        })
        .await
    }

    /// One version of a merge request.
    pub(super) async fn version_of(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        version: u32,
    ) -> Result<Version> {
        let rows = self.store().read().await?;
        let request =
            merge_request::by_number(&rows, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        merge_request::version(&rows, request.item.id, version)
            .await?
            .ok_or_else(|| Error::invalid("version", "There is no such version."))
    }

    /// Reads code on the blocking pool, in turn with pages.
    pub(super) async fn read_code<T: Send + 'static>(
        &self,
        access: &RepoAccess<Read>,
        read: impl FnOnce(&Browser) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.kept().turn().await?;
        let (_, objects) = self.open_repository(access.repo()).await?;
        let work = self.tasks().spawn_blocking(move || {
            let _turn = turn;
            read(&Browser::open(&objects))
        });
        work.await.map_err(Error::internal)?
    }

    /// Changes a comment. Only its author does.
    pub async fn edit_merge_request_comment(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        id: CommentId,
        body: &str,
    ) -> Result<()> {
        let who = person(access.actor())?.id;
        let body = checked_body(body).map_err(|error| Error::invalid("body", error))?;
        if body.trim().is_empty() {
            return Err(Error::invalid("body", "Write what you want to say, or delete the comment."));
        }
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let (_, comment) = merge_request::comment_by_id(&tx, request.item.id, id, Some(who))
            .await?
            .ok_or(Error::NotFound)?;
        if comment.author.id != Some(who) {
            return Err(Error::Forbidden("Only its author can change a comment.".to_owned()));
        }
        merge_request::edit_comment(&tx, id, &body, self.ambient().now()).await?;
        Ok(tx.commit().await?)
    }

    /// Removes a comment: its author does, or somebody who may push.
    pub async fn delete_merge_request_comment(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
        id: CommentId,
    ) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let (thread, comment) = merge_request::comment_by_id(&tx, request.item.id, id, Some(who))
            .await?
            .ok_or(Error::NotFound)?;
        let is_own = comment.author.id == Some(who);
        if !is_own && access.permission() < forge_core::Permission::Write {
            return Err(Error::Forbidden(
                "Only its author, or somebody who may push, can delete it.".to_owned(),
            ));
        }
        merge_request::delete_comment(&tx, id, thread.id).await?;
        if !comment.is_pending {
            let detail = json!({ "author": comment.author.name });
            self.happened(&tx, request.item.id, &by(actor), "comment-delete", detail.clone()).await?;
            if !is_own {
                let name = format!("{}{}", access.repo().path, request.item.reference());
                let subject = crate::audit::Subject::new(&request.item.id, &name);
                let action = "merge_request.comment.delete";
                crate::audit::record(&tx, self.ambient(), actor, origin, action, subject, detail).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Resolves a thread or opens it again.
    pub async fn resolve_thread(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        id: ThreadId,
        resolved: bool,
    ) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let thread = merge_request::thread_by_id(&tx, request.item.id, id, Some(who))
            .await?
            .filter(|thread| thread.is_resolvable)
            .ok_or(Error::NotFound)?;
        let began = thread.comments.first().and_then(|comment| comment.author.id);
        let is_party = request.item.author.id == Some(who) || began == Some(who);
        if !is_party && access.permission() < forge_core::Permission::Write {
            return Err(Error::Forbidden(
                "Only the author, whoever began the thread, or somebody who may push can resolve it."
                    .to_owned(),
            ));
        }
        let now = self.ambient().now();
        let by = by(actor);
        merge_request::set_resolved(&tx, id, resolved.then_some(&by), now).await?;
        self.happened(
            &tx,
            request.item.id,
            &by,
            if resolved { "resolve" } else { "reopen-thread" },
            json!({}),
        )
        .await?;
        Ok(tx.commit().await?)
    }
}
