//! Merging by itself: somebody asks for it once, and a job merges as soon as nothing stands against it.
//!
//! The merge is decided like any other, in the transaction that moves the branch, with what whoever asked may do at that
//! moment. Whatever they could not have looked at ends it.

use forge_core::merge_request::check::{Check, Outcome};
use forge_core::merge_request::{AutoMerge, MergeRequest};
use forge_core::{Actor, By, Credential, ItemId, ObjectId, Permission, Person, Push, RepoId};
use forge_store::{Rows, Tx, merge_request};
use serde_json::json;

use super::check::MergeReport;
use super::{MergeOrder, by, person};
use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::jobs::{Job, JobError, Task};

/// What can come without anybody changing what was asked for.
const COMING: [&str; 6] = ["approvals", "owners", "objections", "threads", "statuses", "up-to-date"];
/// How often a merge is tried again that lost a race.
const TRIES: usize = 3;

impl MergeReport {
    /// The first check that stands against merging and that no waiting mends.
    pub fn lasting_obstacle(&self) -> Option<&Check> {
        let lasts = |check: &&Check| check.outcome == Outcome::Unsatisfied && !COMING.contains(&check.name);
        self.checks.iter().find(lasts)
    }

    /// Whether it can be asked to merge by itself: something is missing, and all of it can come.
    pub fn may_arm(&self) -> bool {
        self.target.is_some() && !self.may_merge() && self.lasting_obstacle().is_none()
    }
}

impl App {
    /// Asks for a merge request to be merged as soon as nothing stands against it.
    ///
    /// `Conflict` says what no waiting mends.
    pub async fn arm_merge(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        order: &MergeOrder,
    ) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let reading = self.authorize_by_id::<Read>(actor, access.repo().id).await?;
        let report = self.merge_report(&reading, number).await?;
        if report.target.is_none() {
            return Err(Error::Conflict(
                "Its target branch is gone. Send it to another one first.".to_owned(),
            ));
        }
        if let Some(check) = report.lasting_obstacle() {
            return Err(Error::Conflict(check.sentence.clone()));
        }
        if !report.demands.methods.contains(&order.method) {
            return Err(Error::invalid("method", "This branch does not take changes in this way."));
        }
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let newest = merge_request::version(&tx, request.item.id, request.version).await?;
        if !request.is_open() || request.is_draft || newest.is_none_or(|newest| newest.head != order.head) {
            return Err(Error::Conflict("It changed since you looked. Load the page again.".to_owned()));
        }
        let auto = AutoMerge { by: who, method: order.method, message: order.message.clone() };
        merge_request::set_auto_merge(&tx, request.item.id, Some(&auto)).await?;
        let detail = json!({ "method": order.method.name(), "head": order.head.to_string() });
        self.happened(&tx, request.item.id, &by(actor), "auto-merge", detail.clone()).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.arm", subject, detail).await?;
        self.enqueue(&tx, &Job::AutoMerge { item: request.item.id }).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Takes that back: whoever asked does, or somebody who may push.
    pub async fn disarm_merge(&self, access: &RepoAccess<Read>, origin: &Origin, number: u64) -> Result<()> {
        let actor = access.actor();
        let who = person(actor)?.id;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let Some(auto) = &request.auto_merge else { return Ok(()) };
        if auto.by != who && access.permission() < Permission::Write {
            return Err(Error::Forbidden(
                "Only whoever asked, or somebody who may push, can do this.".to_owned(),
            ));
        }
        self.end_auto_merge(&tx, &request, &by(actor), "it is not wanted any more").await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.disarm", subject, json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Ends it, if it was asked for, and says why.
    pub(super) async fn end_auto_merge(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        by: &By,
        why: &str,
    ) -> Result<()> {
        if request.auto_merge.is_none() {
            return Ok(());
        }
        merge_request::set_auto_merge(tx, request.item.id, None).await?;
        self.happened(tx, request.item.id, by, "auto-merge-end", json!({ "why": why })).await
    }

    /// Has a merge request looked at again that is to merge by itself, because something may have come that it waits for.
    pub(crate) async fn look_again(&self, tx: &Tx, item: ItemId) -> Result<()> {
        let request = merge_request::by_id(tx, item).await?;
        if request.is_some_and(|request| request.is_open() && request.auto_merge.is_some()) {
            self.enqueue(tx, &Job::AutoMerge { item }).await?;
        }
        Ok(())
    }

    /// The same for those that go to a branch which a push has moved: they may no longer fit.
    pub(crate) async fn look_again_into(&self, tx: &Tx, push: &Push) -> Result<bool> {
        let mut has_any = false;
        for (item, target) in merge_request::armed_in(tx, push.repo).await? {
            if push.updates.iter().any(|update| update.name == target) {
                self.enqueue(tx, &Job::AutoMerge { item }).await?;
                has_any = true;
            }
        }
        Ok(has_any)
    }

    /// The same for those whose newest head something was said about.
    pub(crate) async fn look_again_at(&self, tx: &Tx, repo: RepoId, head: &ObjectId) -> Result<()> {
        for (item, _) in merge_request::armed_in(tx, repo).await? {
            let Some(request) = merge_request::by_id(tx, item).await? else { continue };
            let newest = merge_request::version(tx, item, request.version).await?;
            if newest.is_some_and(|newest| newest.head == *head) {
                self.enqueue(tx, &Job::AutoMerge { item }).await?;
            }
        }
        Ok(())
    }

    /// Merge requests that are to merge by themselves, and those that something is to be carried over for: jobs may be lost.
    pub(crate) async fn merge_requests_due(&self) -> Result<(Vec<ItemId>, Vec<ItemId>)> {
        let rows = self.store().read().await?;
        Ok((merge_request::armed(&rows).await?, merge_request::with_arrivals(&rows).await?))
    }

    /// Merges what was asked to merge by itself, if it may be now.
    async fn try_auto_merge(&self, item: ItemId) -> Result<()> {
        let rows = self.store().read().await?;
        let Some(request) = merge_request::by_id(&rows, item).await? else { return Ok(()) };
        let Some(auto) = request.auto_merge.clone().filter(|_| request.is_open()) else { return Ok(()) };
        let Some(actor) = self.in_the_name_of(&rows, &auto).await? else {
            return self.give_up(&request, "the account of whoever asked is closed").await;
        };
        let number = request.item.number;
        let known = self.known(&rows, request.clone()).await?;
        drop(rows);
        let order = MergeOrder {
            head: known.version.head,
            method: auto.method,
            message: auto.message,
            delete_source: false,
        };
        let mut last = String::new();
        for _ in 0..TRIES {
            let Ok(reading) = self.authorize_by_id::<Read>(&actor, request.item.repo).await else {
                return self.give_up(&request, "whoever asked may no longer see this repository").await;
            };
            let report = self.merge_report(&reading, number).await?;
            if report.target.is_none() {
                return self.give_up(&request, "its target branch is gone").await;
            }
            if let Some(check) = report.lasting_obstacle() {
                return self.give_up(&request, &check.sentence).await;
            }
            if !report.may_merge() {
                return Ok(());
            }
            let Ok(access) = self.authorize_by_id::<Write>(&actor, request.item.repo).await else {
                return self.give_up(&request, "whoever asked may no longer push").await;
            };
            let origin = Origin::inside();
            match self.merge_for(access, &origin, number, &order, Some(auto.by)).await {
                Ok(_) => return Ok(()),
                Err(Error::Conflict(why)) => last = why,
                Err(error @ (Error::Forbidden(_) | Error::Invalid { .. } | Error::TooLarge(_))) => {
                    last = error.sentence();
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        self.give_up(&request, &last).await
    }

    /// Whoever asked, as they are now, with no more than a key of theirs can do.
    async fn in_the_name_of(&self, rows: &impl Rows, auto: &AutoMerge) -> Result<Option<Actor>> {
        let owner = self.active_user(rows, auto.by).await?;
        Ok(owner.map(|owner| {
            Actor::Person(Person {
                id: owner.id,
                name: owner.name,
                is_admin: false,
                credential: Credential::Password,
            })
        }))
    }

    /// Ends merging by itself for a reason that nobody brought about at this moment.
    async fn give_up(&self, request: &MergeRequest, why: &str) -> Result<()> {
        let tx = self.store().begin().await?;
        forge_store::repository::lock(&tx, request.item.repo).await?;
        let Some(now) = merge_request::by_id(&tx, request.item.id).await? else { return Ok(()) };
        // What was asked for again meanwhile is another thing.
        if now.is_open() && now.auto_merge == request.auto_merge && now.version == request.version {
            let by = By { id: None, name: "Forge".to_owned() };
            self.end_auto_merge(&tx, &now, &by, why).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Merges what may be merged now. Running it twice merges once.
pub(crate) async fn run(task: &Task, item: ItemId) -> Result<(), JobError> {
    Ok(task.app.try_auto_merge(item).await?)
}
