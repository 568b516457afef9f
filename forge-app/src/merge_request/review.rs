//! Reviews: submitting one is a single act with everything in it.

use forge_core::merge_request::MergeRequest;
use forge_core::merge_request::review::{Approval, ApprovalStatus, Dismissal, Review, Verdict};
use forge_core::work_item::checked_body;
use forge_core::{Actor, Permission, ReviewId};
use forge_store::Tx;
use forge_store::merge_request::{self, Turn};
use serde_json::json;

use super::{by, person};
use crate::access::{Maintain, Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::ItemAddress;

/// What a submitted review comes to.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The version that was looked at.
    pub version: u32,
    /// What it comes to.
    pub verdict: Verdict,
    /// What is said of the whole.
    pub body: String,
}

impl App {
    /// Keeps what somebody has typed so far, on the server.
    pub async fn save_review(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        verdict: Verdict,
        body: &str,
    ) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let body = checked_body(body).map_err(|error| Error::invalid("body", error))?;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let review = self.pending(&tx, &request, actor, who).await?;
        merge_request::set_review_text(&tx, review.id, verdict, &body).await?;
        Ok(tx.commit().await?)
    }

    /// Throws a pending review away with all its comments.
    pub async fn discard_review(&self, access: &RepoAccess<Read>, number: u64) -> Result<()> {
        let who = person(access.actor())?.id;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let review =
            merge_request::pending_review(&tx, request.item.id, who).await?.ok_or(Error::NotFound)?;
        merge_request::delete_review(&tx, request.item.id, review.id).await?;
        Ok(tx.commit().await?)
    }

    /// Submits a review: the verdict, what is said of the whole, and every comment that was waiting for it.
    ///
    /// It is about the version that was looked at. An approval of a version that is no longer the newest is kept as a
    /// review and does not count as an approval: the answer says so (`false`).
    pub async fn submit_review(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
        submission: &Submission,
    ) -> Result<bool> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let body = checked_body(&submission.body).map_err(|error| Error::invalid("body", error))?;
        let said = self.said_in_review(access, number, &body).await?;
        let named = self.items_named_in(access, &said).await?;
        let begun = self.begin_on_item(access, ItemAddress::merge_request(number)).await?;
        let (tx, now) = (&begun.tx, begun.now);
        let request = merge_request::by_id(tx, begun.item.id).await?.ok_or(Error::NotFound)?;
        self.may_speak(tx, access, &request.item).await?;
        if !request.is_open() && submission.verdict != Verdict::Comment {
            return Err(Error::Conflict("It is merged or closed. You can still comment.".to_owned()));
        }
        if submission.version == 0 || submission.version > request.version {
            return Err(Error::invalid("version", "There is no such version."));
        }
        if request.item.author.id == Some(who) && submission.verdict != Verdict::Comment {
            return Err(Error::invalid("verdict", "You opened it, so you can comment but not approve it."));
        }
        let review = self.pending(tx, &request, actor, who).await?;
        let threads = merge_request::threads(tx, request.item.id, Some(who)).await?;
        let mine = |review: &Review| {
            threads
                .iter()
                .flat_map(|thread| &thread.comments)
                .filter(|comment| comment.review == Some(review.id))
                .count()
        };
        let comments = mine(&review);
        if comments == 0 && body.trim().is_empty() && submission.verdict != Verdict::Approve {
            return Err(Error::invalid("body", "Say what you think, or what should change."));
        }
        merge_request::set_review_text(tx, review.id, submission.verdict, &body).await?;
        merge_request::submit_review(tx, review.id, submission.version, now).await?;
        let counts = self.take_verdict(tx, access, &request, submission).await?;
        let detail = json!({
            "review": review.id.to_string(), "verdict": submission.verdict.name(),
            "version": submission.version, "comments": comments,
        });
        self.happened(tx, request.item.id, &by(actor), "review", detail.clone()).await?;
        let mut people = self.mentioned_in(tx, &body).await?;
        for thread in &threads {
            for comment in thread.comments.iter().filter(|comment| comment.review == Some(review.id)) {
                people.extend(self.publish_comment(&begun, Some(&request), thread, comment, &[]).await?);
            }
        }
        self.note_named(tx, &begun.item, &begun.by, &named).await?;
        merge_request::end_turn(tx, request.item.id, who).await?;
        self.wait_for_author(tx, &request, actor, submission.verdict).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(tx, self.ambient(), actor, origin, "merge_request.review", subject, detail).await?;
        let what = Told::Reviewed { review: review.id };
        self.tell(tx, &request.item, &by(actor), what, &people).await?;
        self.finish_change(begun).await?;
        Ok(counts)
    }

    /// Everything that a review says, as far as its author has kept it: what it names is found before the transaction.
    async fn said_in_review(&self, access: &RepoAccess<Read>, number: u64, body: &str) -> Result<String> {
        let who = person(access.actor())?.id;
        let rows = self.store().read().await?;
        let item = self.seen_item(&rows, access, ItemAddress::merge_request(number)).await?;
        let threads = merge_request::threads(&rows, item.id, Some(who)).await?;
        let mine = threads.iter().flat_map(|thread| &thread.comments).filter(|comment| comment.is_pending);
        Ok(mine.map(|comment| comment.body.as_str()).chain([body]).collect::<Vec<_>>().join("\n\n"))
    }

    /// Makes an approval of a verdict; says whether the verdict counts as it was meant.
    async fn take_verdict(
        &self,
        tx: &Tx,
        access: &RepoAccess<Read>,
        request: &MergeRequest,
        submission: &Submission,
    ) -> Result<bool> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let now = self.ambient().now();
        let approvals = merge_request::approvals(tx, request.item.id).await?;
        let active = approvals
            .iter()
            .find(|approval| approval.status == ApprovalStatus::Active && approval.user.id == Some(who));
        if submission.verdict == Verdict::Comment {
            return Ok(true);
        }
        if let Some(active) = active {
            let why = "replaced by a later review";
            merge_request::end_approval(tx, active.id, ApprovalStatus::Withdrawn, why, now).await?;
        }
        if submission.verdict == Verdict::RequestChanges {
            return Ok(true);
        }
        if submission.version != request.version {
            return Ok(false);
        }
        let version = merge_request::version(tx, request.item.id, request.version)
            .await?
            .ok_or_else(|| Error::internal("a merge request without its version"))?;
        let approval = Approval {
            id: self.ambient().id(),
            item: request.item.id,
            user: by(actor),
            version: version.number,
            head: version.head,
            target_branch: request.target_branch.clone(),
            patch_id: version.patch_id,
            status: ApprovalStatus::Active,
            carried_from: None,
            reason: String::new(),
            at: now,
            ended_at: None,
        };
        merge_request::insert_approval(tx, &approval).await?;
        Ok(access.permission() >= Permission::Write)
    }

    async fn wait_for_author(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        actor: &Actor,
        verdict: Verdict,
    ) -> Result<()> {
        let (Some(author), false, true) = (request.item.author.id, request.is_draft, request.is_open())
        else {
            return Ok(());
        };
        if actor.person().is_some_and(|person| person.id == author) {
            return Ok(());
        }
        let reason = match verdict {
            Verdict::Approve => "approved it",
            Verdict::RequestChanges => "asked for changes",
            Verdict::Comment => "reviewed it",
        };
        let turn = Turn {
            item: request.item.id,
            put_by: by(actor).name,
            reason: reason.to_owned(),
            since: self.ambient().now(),
        };
        Ok(merge_request::give_turn(tx, author, &turn).await?)
    }

    /// Takes one's own approval back.
    pub async fn withdraw_approval(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
    ) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let approvals = merge_request::approvals(&tx, request.item.id).await?;
        let active = approvals
            .iter()
            .find(|approval| approval.status == ApprovalStatus::Active && approval.user.id == Some(who))
            .ok_or(Error::NotFound)?;
        let status = ApprovalStatus::Withdrawn;
        merge_request::end_approval(&tx, active.id, status, "taken back", self.ambient().now()).await?;
        let detail = json!({ "version": active.version });
        self.happened(&tx, request.item.id, &by(actor), "approval-withdraw", detail.clone()).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.withdraw", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Sets somebody's request for changes aside, with a reason.
    pub async fn dismiss_review(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        number: u64,
        id: ReviewId,
        reason: &str,
    ) -> Result<()> {
        let actor = access.actor();
        person(actor)?;
        let reason = forge_core::work_item::checked_title(reason)
            .map_err(|_| Error::invalid("reason", "Say in a line why it is set aside."))?;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let review = merge_request::review_by_id(&tx, request.item.id, id).await?.ok_or(Error::NotFound)?;
        let dismissal = Dismissal { at: self.ambient().now(), by: by(actor).name, reason: reason.clone() };
        merge_request::dismiss_review(&tx, review.id, &dismissal).await?;
        let detail = json!({ "author": review.author.name, "reason": reason });
        self.happened(&tx, request.item.id, &by(actor), "dismiss", detail.clone()).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.dismiss", subject, detail).await?;
        Ok(tx.commit().await?)
    }
}
