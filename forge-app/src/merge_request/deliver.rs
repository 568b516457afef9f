//! Versions of what was pushed to a fork: made at the target by a job, in the order of the pushes.
//!
//! The push leaves a row that says what is to come, in its own transaction, so none is lost. Whether the pusher may still
//! offer anything to the target is decided here, in the transaction that makes the version.

use forge_core::merge_request::{Version, VersionReason};
use forge_core::{Actor, By, ItemId, MergeRequest, ObjectId, Push, PushId, RefName, Repository};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget};
use forge_store::merge_request::{self, Arrival};
use forge_store::{Tx, git_ref, push, repository, user};
use serde_json::json;
use tokio::runtime::Handle;

use super::ahead::{Coming, is_only_moved, patch_id, tip};
use super::by;
use super::carry::Carried;
use crate::app::App;
use crate::error::{Error, Result};
use crate::git::{Landing, NewPack};
use crate::jobs::{Job, JobError, Task};

/// A head that is to become a version.
#[derive(Debug, Clone)]
struct Next {
    /// The push that left a row; nothing if it was pushed while the merge request was closed.
    push: Option<PushId>,
    head: ObjectId,
    by: By,
}

/// Carries everything over that waits for a merge request. Running it twice makes no version twice.
pub(crate) async fn run(task: &Task, item: ItemId) -> Result<(), JobError> {
    while let Some((request, ends, next)) = task.app.next_arrival(item).await? {
        if !task.app.deliver(&request, &ends, &next, &task.cancel).await? {
            break;
        }
    }
    Ok(())
}

impl App {
    /// Notes in the transaction of a push what is to be carried to other repositories because of it.
    pub(crate) async fn note_arrivals(&self, tx: &Tx, actor: &Actor, push: &Push) -> Result<bool> {
        let moved = |name: &RefName| {
            push.updates.iter().find(|update| update.name == *name).and_then(|update| update.new)
        };
        let by = by(actor);
        let mut has_any = false;
        for end in merge_request::open_ends(tx, push.repo).await? {
            if end.repo == push.repo || end.source_repo != Some(push.repo) {
                continue;
            }
            let Some(head) = moved(&end.source_branch) else { continue };
            merge_request::add_arrival(tx, push.id, end.item, &head, &by.name).await?;
            self.enqueue(tx, &Job::Deliver { item: end.item }).await?;
            has_any = true;
        }
        Ok(has_any)
    }

    /// What is to be carried next; nothing where nothing is, or nothing may be for now.
    async fn next_arrival(
        &self,
        item: ItemId,
    ) -> Result<Option<(MergeRequest, (Repository, Repository), Next)>> {
        let tx = self.store().begin().await?;
        let Some(request) = merge_request::by_id(&tx, item).await? else { return Ok(None) };
        let Some(source) = request.source.repo else { return Ok(None) };
        // So that no push comes between what waits and where the branch is.
        repository::lock(&tx, source).await?;
        let (Some(source), Some(target)) =
            (repository::by_id(&tx, source).await?, repository::by_id(&tx, request.item.repo).await?)
        else {
            return Ok(None);
        };
        if target.archived || source.id == target.id {
            return Ok(None);
        }
        if let Some(arrival) = merge_request::arrivals(&tx, item).await?.into_iter().next() {
            let Arrival { push, head, pushed_by: by, .. } = arrival;
            return Ok(Some((request, (source, target), Next { push: Some(push), head, by })));
        }
        let now = git_ref::by_name(&tx, source.id, &request.source.branch).await?.map(|row| row.target);
        let newest = merge_request::version(&tx, item, request.version).await?;
        let missed = now.filter(|head| newest.is_some_and(|newest| newest.head != *head));
        let Some(head) = missed.filter(|_| request.is_open()) else { return Ok(None) };
        let by = self.who_pushed(&tx, &source, &request, &head).await?;
        Ok(Some((request, (source, target), Next { push: None, head, by })))
    }

    /// Who brought the source branch to a head; where nobody did, it is the author's.
    async fn who_pushed(
        &self,
        tx: &Tx,
        source: &Repository,
        request: &MergeRequest,
        head: &ObjectId,
    ) -> Result<By> {
        let moved = push::moved_to(tx, source.id, &request.source.branch, head).await?;
        let who = match moved.and_then(|moved| moved.by) {
            Some(id) => user::by_id(tx, id).await?,
            None => None,
        };
        let found = who.map(|found| By { id: Some(found.id), name: found.name.to_string() });
        Ok(found.unwrap_or_else(|| request.item.author.clone()))
    }

    /// Makes one version, or says in the timeline why there is none. False where there is no use in going on.
    async fn deliver(
        &self,
        request: &MergeRequest,
        (source, target): &(Repository, Repository),
        next: &Next,
        cancel: &Cancel,
    ) -> Result<bool> {
        let newest = {
            let rows = self.store().read().await?;
            merge_request::version(&rows, request.item.id, request.version).await?
        };
        let newest = newest.ok_or_else(|| Error::internal("a merge request without its version"))?;
        if !request.is_open() || newest.head == next.head {
            return self.refuse_arrival(request, next, None).await;
        }
        let carried = match self.carry_over(source, target, next.head, cancel).await {
            Err(Error::Invalid { message, .. } | Error::TooLarge(message)) => {
                return self.refuse_arrival(request, next, Some(&message)).await;
            }
            carried => carried?,
        };
        let (app, request, next, cancel) = (self.clone(), request.clone(), next.clone(), cancel.clone());
        let (runtime, repo) = (Handle::current(), target.id);
        let work = self.tasks().spawn_blocking(move || {
            let coming = coming(&carried, &request, &newest, next.head, &cancel)?;
            let landing = Landing { app: &app, repo, opened_at: carried.opened_at, runtime: &runtime };
            let settle =
                |pack: Option<&NewPack>| runtime.block_on(app.settle_arrival(&request, &next, &coming, pack));
            match landing.land(carried.quarantine, settle)? {
                Ok(true) => Ok(true),
                // It was refused in its transaction, and the row is gone where there was one.
                Ok(false) => Ok(next.push.is_some()),
                Err(why) => runtime.block_on(app.refuse_arrival(&request, &next, Some(&why))),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// The transaction that makes the version. False if the pusher may no longer offer anything.
    async fn settle_arrival(
        &self,
        request: &MergeRequest,
        next: &Next,
        coming: &Coming,
        pack: Option<&NewPack>,
    ) -> Result<bool> {
        let repo = request.item.repo;
        let tx = self.store().begin().await?;
        repository::lock(&tx, repo).await?;
        let now = merge_request::by_id(&tx, request.item.id).await?.ok_or(Error::NotFound)?;
        if !now.is_open() || now.version != coming.after || now.target_branch != coming.target {
            return Err(Error::Conflict("the merge request changed meanwhile".to_owned()));
        }
        // A program pushes for whoever opened it.
        let who = next.by.id.or(now.item.author.id);
        let may_offer = match who {
            Some(who) => self.may_read(&tx, repo, who).await?,
            None => false,
        };
        if !may_offer {
            drop(tx);
            let why = format!("{} may no longer see this repository", next.by.name);
            self.refuse_arrival(request, next, Some(&why)).await?;
            return Ok(false);
        }
        let changes = self.add_version(&tx, &next.by, &now, coming).await?;
        git_ref::apply(&tx, repo, &changes).await?;
        let is_duplicate = match pack {
            Some(pack) => !self.add_pack(&tx, pack, self.ambient().now()).await?,
            None => false,
        };
        repository::bump(&tx, repo).await?;
        if let Some(push) = next.push {
            merge_request::remove_arrival(&tx, push, request.item.id).await?;
        }
        if pack.is_some() {
            self.enqueue(&tx, &Job::Maintain { repo }).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        if let Some(pack) = pack {
            self.pack_settled(pack, is_duplicate).await;
        }
        Ok(true)
    }

    /// Forgets what waits, and says why where there is something to say. False where nothing waited.
    async fn refuse_arrival(&self, request: &MergeRequest, next: &Next, why: Option<&str>) -> Result<bool> {
        let Some(push) = next.push else { return Ok(false) };
        let tx = self.store().begin().await?;
        repository::lock(&tx, request.item.repo).await?;
        match merge_request::remove_arrival(&tx, push, request.item.id).await {
            // Somebody else was as quick.
            Err(forge_store::Error::NotFound) => return Ok(true),
            removed => removed?,
        }
        if let Some(why) = why {
            let detail = json!({ "head": next.head.to_string(), "why": why });
            self.happened(&tx, request.item.id, &next.by, "arrival-refuse", detail).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// The version that a head becomes. Where the target branch is gone, it is held against what it was.
fn coming(
    carried: &Carried,
    request: &MergeRequest,
    newest: &Version,
    head: ObjectId,
    cancel: &Cancel,
) -> Result<Coming> {
    let browser = Browser::open(carried.quarantine.store());
    let target_head = tip(&carried.refs, &request.target_branch).unwrap_or(newest.base);
    let base = browser.merge_base(&target_head, &head, Budget::BACKGROUND, cancel)?.unwrap_or(newest.base);
    let forward = browser.is_ancestor(&newest.head, &head, Budget::BACKGROUND, cancel)?;
    Ok(Coming {
        item: request.item.id,
        after: request.version,
        target: request.target_branch.clone(),
        from: None,
        base,
        target_head,
        head,
        reason: if forward { VersionReason::Push } else { VersionReason::Force },
        patch_id: patch_id(&browser, &base, &head, cancel)?,
        is_only_moved: is_only_moved(&browser, (newest.base, newest.head), (base, head), cancel)?,
    })
}
