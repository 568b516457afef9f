//! What is particular about comments on merge requests: the lines that they are about, and whose turn they make it.

use forge_core::merge_request::review::{Review, Verdict};
use forge_core::merge_request::thread::{Anchor, Comment, Side, StoredSuggestion, Thread};
use forge_core::merge_request::{MergeRequest, Version};
use forge_core::{FilePath, ItemKind, ThreadId, UserId};
use forge_git::browse::Browser;
use forge_store::Tx;
use forge_store::merge_request::{self, Turn};
use serde_json::json;

use super::place::Place;
use super::{by, person};
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::work_item::{ItemAddress, NewComment};

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

/// What a new comment has to do with code: where it stands, and what it suggests.
#[derive(Debug, Default)]
pub(crate) struct OnCode {
    /// The place of a new thread.
    pub(crate) anchor: Option<Anchor>,
    /// The lines around it.
    pub(crate) excerpt: String,
    /// What should stand there instead.
    pub(crate) suggestions: Vec<StoredSuggestion>,
}

impl App {
    /// Finds the code that a comment is about, or says why it is not there.
    pub(crate) async fn code_meant(
        &self,
        access: &RepoAccess<Read>,
        at: ItemAddress,
        new: &NewComment,
        body: &str,
    ) -> Result<OnCode> {
        let has_code = new.anchor.is_some() || new.in_review || new.resolves.is_some();
        if at.kind != ItemKind::MergeRequest {
            return if has_code { Err(Error::NotFound) } else { Ok(OnCode::default()) };
        }
        let Some(place) = self.place(access, at.number, new).await? else {
            let suggestions = self.suggestions_of_reply(access, at.number, new, body).await?;
            return Ok(OnCode { suggestions, ..OnCode::default() });
        };
        let suggestions = place.suggestions(body)?;
        Ok(OnCode { suggestions, excerpt: place.excerpt, anchor: Some(place.anchor) })
    }

    /// What follows from a comment that everybody sees: the thread's state, and whose turn it is.
    pub(crate) async fn after_comment(
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
        let is_new = thread.comments.first().is_none_or(|first| first.id == comment.id);
        if is_new && thread.is_resolvable {
            let why = format!("{} began a thread", comment.author.name);
            self.end_auto_merge(tx, request, &comment.author, &why).await?;
        } else {
            self.look_again(tx, request.item.id).await?;
        }
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
    pub(crate) async fn pending(
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
