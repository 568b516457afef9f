//! Changing how a merge request stands: whether it is a draft or open, where it goes, who reviews it.

use forge_core::merge_request::{MergeRequest, VersionReason};
use forge_core::notification::Reason;
use forge_core::{By, ItemState, Permission, RefName, UserId, Username};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget};
use forge_store::merge_request::{self, Turn};
use forge_store::{Tx, git_ref, repository, user, work_item};
use serde_json::json;

use super::ahead::{Coming, is_only_moved, patch_id, tip};
use super::{by, person};
use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::notification::Told;

impl App {
    /// Marks it as a draft, or as ready. Ready, it is the reviewers' turn.
    pub async fn set_draft(&self, access: &RepoAccess<Read>, number: u64, is_draft: bool) -> Result<()> {
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        steers(access, &request)?;
        if request.is_draft == is_draft {
            return Ok(());
        }
        merge_request::set_draft(&tx, request.item.id, is_draft).await?;
        if is_draft {
            merge_request::end_turns(&tx, request.item.id).await?;
            self.end_auto_merge(&tx, &request, &by(access.actor()), "it is a draft").await?;
        } else {
            self.wait_for_reviewers(&tx, &request, &by(access.actor())).await?;
        }
        let kind = if is_draft { "draft" } else { "ready" };
        self.happened(&tx, request.item.id, &by(access.actor()), kind, json!({})).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// It is the reviewers' turn, and they are told: nobody asked them while it was a draft.
    async fn wait_for_reviewers(&self, tx: &Tx, request: &MergeRequest, put_by: &By) -> Result<()> {
        let mut people = Vec::new();
        for reviewer in merge_request::reviewers(tx, request.item.id).await? {
            let turn = Turn {
                item: request.item.id,
                put_by: put_by.name.clone(),
                reason: "asked to review it".to_owned(),
                since: self.ambient().now(),
            };
            merge_request::give_turn(tx, reviewer.id, &turn).await?;
            people.push((reviewer.id, Reason::ReviewAsked));
        }
        self.tell(tx, &request.item, put_by, Told::ReviewAsked, &people).await
    }

    /// Closes it, or opens it again.
    pub async fn set_merge_request_open(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
        open: bool,
    ) -> Result<()> {
        let actor = access.actor();
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let who = steers(access, &request)?;
        let states =
            if open { (ItemState::Closed, ItemState::Open) } else { (ItemState::Open, ItemState::Closed) };
        work_item::set_state(&tx, request.item.id, states, Some(who), self.ambient().now())
            .await
            .map_err(|_| Error::Conflict("It was merged, closed or opened meanwhile.".to_owned()))?;
        if open {
            self.refuse_second(&tx, &request).await?;
            self.catch_up(&tx, access, &request).await?;
        } else {
            merge_request::end_turns(&tx, request.item.id).await?;
            self.end_auto_merge(&tx, &request, &by(actor), "it is closed").await?;
        }
        let kind = if open { "reopen" } else { "close" };
        self.happened(&tx, request.item.id, &by(actor), kind, json!({})).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let action = if open { "merge_request.reopen" } else { "merge_request.close" };
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, action, subject, json!({})).await?;
        let told = if open { Told::Reopened } else { Told::Closed };
        self.tell(&tx, &request.item, &by(actor), told, &[]).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Two open merge requests of the same branches would fight over every push.
    async fn refuse_second(&self, tx: &Tx, request: &MergeRequest) -> Result<()> {
        let Some(source) = request.source.repo else {
            return Err(Error::Conflict("Where it came from was deleted, so it stays closed.".to_owned()));
        };
        let open =
            merge_request::open_at(tx, source, &request.source.branch, merge_request::End::Source).await?;
        let other = open.iter().find(|other| {
            other.item.id != request.item.id
                && other.item.repo == request.item.repo
                && other.target_branch == request.target_branch
        });
        match other {
            Some(other) => Err(Error::Conflict(format!(
                "There is another open merge request of these two branches: {}.",
                other.item.reference()
            ))),
            None => Ok(()),
        }
    }

    /// What was pushed while it was closed becomes a version when it is opened again; until then nobody reviewed it.
    async fn catch_up(&self, tx: &Tx, access: &RepoAccess<Read>, request: &MergeRequest) -> Result<()> {
        if request.source.repo != Some(request.item.repo) {
            return self.enqueue(tx, &Job::Deliver { item: request.item.id }).await;
        }
        let rows = git_ref::by_name(tx, request.item.repo, &request.source.branch).await?;
        let Some(head) = rows.map(|row| row.target) else {
            return Err(Error::Conflict(
                "Its source branch was deleted. Push it again before you open this again.".to_owned(),
            ));
        };
        let newest = merge_request::version(tx, request.item.id, request.version).await?;
        if newest.is_some_and(|version| version.head == head) {
            return Ok(());
        }
        let coming = self.coming_now(access, request, &request.target_branch, VersionReason::Push).await?;
        if coming.head != head {
            return Err(Error::Conflict("Somebody pushed at this moment. Try again.".to_owned()));
        }
        let changes = self.add_version(tx, &by(access.actor()), request, &coming).await?;
        git_ref::apply(tx, request.item.repo, &changes).await?;
        repository::bump(tx, request.item.repo).await?;
        Ok(())
    }

    /// Works out what the next version would be, of what the branches point at now.
    pub(super) async fn coming_now(
        &self,
        access: &RepoAccess<Read>,
        request: &MergeRequest,
        target: &RefName,
        reason: VersionReason,
    ) -> Result<Coming> {
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let gone =
            |branch: &RefName| Error::invalid("target", format!("There is no branch {}.", branch.short()));
        let target_head = tip(&refs, target).ok_or_else(|| gone(target))?;
        let newest = {
            let rows = self.store().read().await?;
            merge_request::version(&rows, request.item.id, request.version).await?
        };
        let is_here = request.source.repo == Some(request.item.repo);
        let before = newest.as_ref().map(|version| (version.base, version.head));
        let head = match tip(&refs, &request.source.branch).filter(|_| is_here) {
            Some(head) => head,
            // The branch may be gone, or be elsewhere: what was reviewed is here.
            None => newest.ok_or_else(|| Error::internal("a merge request without its version"))?.head,
        };
        let cancel = Cancel::within(std::time::Duration::from_mins(1));
        let (item, after, target) = (request.item.id, request.version, target.clone());
        let work = self.tasks().spawn_blocking(move || {
            let browser = Browser::open(&objects);
            let base = browser
                .merge_base(&target_head, &head, Budget::BACKGROUND, &cancel)?
                .ok_or_else(|| Error::invalid("target", "The two branches have no commit in common."))?;
            let patch_id = patch_id(&browser, &base, &head, &cancel)?;
            let is_only_moved = match before {
                Some(before) => is_only_moved(&browser, before, (base, head), &cancel)?,
                None => false,
            };
            Ok(Coming {
                item,
                after,
                target,
                from: None,
                base,
                target_head,
                head,
                reason,
                patch_id,
                is_only_moved,
            })
        });
        work.await.map_err(Error::internal)?
    }

    /// Makes it go to another branch. That is a new version, and every approval was of another destination.
    pub async fn retarget(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        target: &RefName,
    ) -> Result<()> {
        let actor = access.actor();
        person(actor)?;
        let reading = self.authorize::<Read>(actor, &access.repo().path).await?;
        let request = self.merge_request(&reading, number).await?.request;
        if &request.target_branch == target {
            return Ok(());
        }
        if request.source.repo == Some(request.item.repo) && &request.source.branch == target {
            return Err(Error::invalid("target", "Choose two different branches."));
        }
        let coming = self.coming_now(&reading, &request, target, VersionReason::Retarget).await?;
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        if !request.is_open() || request.version != coming.after {
            return Err(Error::Conflict("It changed meanwhile. Load the page again.".to_owned()));
        }
        merge_request::set_target(&tx, request.item.id, target).await?;
        self.end_auto_merge(&tx, &request, &by(actor), "it goes to another branch").await?;
        let from = request.target_branch.clone();
        let request = MergeRequest { target_branch: target.clone(), auto_merge: None, ..request };
        self.refuse_second(&tx, &request).await?;
        let changes = self.add_version(&tx, &by(actor), &request, &coming).await?;
        git_ref::apply(&tx, request.item.repo, &changes).await?;
        repository::bump(&tx, request.item.repo).await?;
        let detail = json!({ "from": from.short(), "to": target.short() });
        self.happened(&tx, request.item.id, &by(actor), "retarget", detail.clone()).await?;
        let name = format!("{}{}", access.repo().path, request.item.reference());
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.retarget", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Asks somebody to review.
    pub async fn ask_reviewer(&self, access: &RepoAccess<Read>, number: u64, name: &Username) -> Result<()> {
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        steers(access, &request)?;
        let asked = [(self.ask(&tx, &request, access.actor(), name).await?, Reason::ReviewAsked)];
        if !request.is_draft {
            self.tell(&tx, &request.item, &by(access.actor()), Told::ReviewAsked, &asked).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Takes the asking back. People take themselves off too.
    pub async fn take_back_reviewer(
        &self,
        access: &RepoAccess<Read>,
        number: u64,
        name: &Username,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let request = self.locked(&tx, access, number).await?;
        let reviewer = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        if person(access.actor())?.id != reviewer.id {
            steers(access, &request)?;
        }
        merge_request::take_back_reviewer(&tx, request.item.id, reviewer.id).await?;
        merge_request::end_turn(&tx, request.item.id, reviewer.id).await?;
        let detail = json!({ "user": reviewer.name.as_str() });
        self.happened(&tx, request.item.id, &by(access.actor()), "reviewer-remove", detail).await?;
        Ok(tx.commit().await?)
    }
}

/// Whether somebody may steer a merge request: its author, or somebody who may push.
fn steers(access: &RepoAccess<Read>, request: &MergeRequest) -> Result<UserId> {
    let who = person(access.actor())?.id;
    if request.item.author.id == Some(who) || access.permission() >= Permission::Write {
        Ok(who)
    } else {
        Err(Error::Forbidden("Only its author, or somebody who may push, can do this.".to_owned()))
    }
}
