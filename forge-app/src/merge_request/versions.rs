//! Making versions in the transaction of a push, and what becomes of the approvals of the one before.

use forge_core::merge_request::review::{Approval, ApprovalStatus, Fate, fate};
use forge_core::merge_request::{Merged, Version, head_ref, version_ref};
use forge_core::work_item::By;
use forge_core::{MergeMethod, MergeRequest, RefName, RefUpdate};
use forge_store::git_ref::RefChange;
use forge_store::merge_request::{self, Turn};
use forge_store::{Tx, git_ref, repository};
use serde_json::json;

use super::ahead::{Ahead, Coming, Landed};
use crate::app::App;
use crate::error::{Error, Result};
use crate::notification::Told;

impl App {
    /// Writes the versions that a push makes, and gives the hidden refs that keep their heads. The repository is locked.
    pub(crate) async fn add_versions(&self, tx: &Tx, by: &By, ahead: &Ahead) -> Result<Vec<RefChange>> {
        let mut changes = Vec::new();
        for coming in &ahead.versions {
            let Some(request) = merge_request::by_id(tx, coming.item).await? else { continue };
            if !request.is_open() {
                continue;
            }
            let there = coming.from.as_ref().unwrap_or(&coming.target);
            if request.version != coming.after || request.target_branch != *there {
                return Err(Error::Conflict(format!(
                    "the merge request {} changed meanwhile: push again",
                    request.item.reference()
                )));
            }
            let request = match coming.from {
                None => Some(request),
                Some(_) => self.follow(tx, by, &request, coming).await?,
            };
            if let Some(request) = request {
                changes.extend(self.add_version(tx, by, &request, coming).await?);
            }
        }
        Ok(changes)
    }

    /// Writes one version, and gives the changes of the refs that keep its head.
    pub(super) async fn add_version(
        &self,
        tx: &Tx,
        by: &By,
        request: &MergeRequest,
        coming: &Coming,
    ) -> Result<Vec<RefChange>> {
        let now = self.ambient().now();
        let version = Version {
            item: request.item.id,
            number: request.version + 1,
            base: coming.base,
            target_head: coming.target_head,
            head: coming.head,
            reason: coming.reason,
            patch_id: coming.patch_id,
            pushed_by: by.clone(),
            pushed_at: now,
        };
        merge_request::insert_version(tx, &version).await?;
        let detail = json!({
            "version": version.number,
            "reason": version.reason.name(),
            "head": version.head.to_string(),
        });
        self.happened(tx, request.item.id, by, "version", detail).await?;
        self.settle_approvals(tx, request, &version, coming.is_only_moved).await?;
        self.disarm_if_foreign(tx, request, by).await?;
        self.tell(tx, &request.item, by, Told::NewVersion { version: version.number }, &[]).await?;
        kept_heads(tx, request, &version).await
    }

    /// Carries the approvals of the version before where the change is the same, and ends the others.
    async fn settle_approvals(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        version: &Version,
        is_only_moved: bool,
    ) -> Result<()> {
        let now = self.ambient().now();
        let repo = repository::by_id(tx, request.item.repo).await?.ok_or(Error::NotFound)?;
        let stays = !self.demands_of(tx, &repo, &request.target_branch).await?.approvals_lapse;
        for approval in merge_request::approvals(tx, request.item.id).await? {
            if approval.status != ApprovalStatus::Active {
                continue;
            }
            let fate = fate(&approval, version.patch_id.as_ref(), &request.target_branch, is_only_moved);
            match fate {
                Fate::Lapsed(_) if stays && approval.target_branch == request.target_branch => {
                    self.carry(tx, &approval, version, "approvals stay on this branch").await?;
                }
                Fate::Carried => {
                    self.carry(tx, &approval, version, "rebase only").await?;
                }
                Fate::Lapsed(why) => {
                    let status = ApprovalStatus::Lapsed;
                    merge_request::end_approval(tx, approval.id, status, why, now).await?;
                    if let Some(user) = approval.user.id {
                        let turn = Turn {
                            item: request.item.id,
                            put_by: version.pushed_by.name.clone(),
                            reason: format!("your approval no longer counts: {why}"),
                            since: now,
                        };
                        merge_request::give_turn(tx, user, &turn).await?;
                    }
                    let detail =
                        json!({ "user": approval.user.name, "why": why, "version": approval.version });
                    self.happened(tx, request.item.id, &version.pushed_by, "approval-lapse", detail).await?;
                }
            }
        }
        Ok(())
    }

    async fn carry(&self, tx: &Tx, approval: &Approval, version: &Version, why: &str) -> Result<()> {
        let now = self.ambient().now();
        let from = approval.carried_from.unwrap_or(approval.version);
        let next = Approval {
            id: self.ambient().id(),
            version: version.number,
            head: version.head,
            patch_id: version.patch_id,
            carried_from: Some(from),
            reason: format!("carried from version {from}: {why}"),
            at: now,
            ..approval.clone()
        };
        Ok(merge_request::carry_approval(tx, approval, &next, now).await?)
    }

    /// A push by somebody who could not merge it themself ends merging by itself.
    async fn disarm_if_foreign(&self, tx: &Tx, request: &MergeRequest, by: &By) -> Result<()> {
        let is_trusted = match by.id {
            Some(id) => self.may_write(tx, request.item.repo, id).await?,
            None => false,
        };
        if is_trusted {
            return Ok(());
        }
        self.end_auto_merge(tx, request, by, &format!("{} pushed to it", by.name)).await
    }

    /// Notes that the target branch has the change, because somebody pushed it there.
    pub(crate) async fn note_landed(&self, tx: &Tx, by: &By, landed: &[Landed]) -> Result<()> {
        for landed in landed {
            let Some(request) = merge_request::by_id(tx, landed.item).await? else { continue };
            if !request.is_open() || request.version != landed.version {
                continue;
            }
            let merged = Merged {
                at: self.ambient().now(),
                by: by.id,
                commit: landed.tip,
                method: MergeMethod::FastForward,
            };
            merge_request::set_merged(tx, landed.item, &merged).await?;
            merge_request::end_turns(tx, landed.item).await?;
            let detail = json!({ "commit": landed.tip.to_string(), "by_push": true });
            self.happened(tx, landed.item, by, "merge", detail).await?;
            self.tell(tx, &request.item, by, Told::Merged, &[]).await?;
        }
        Ok(())
    }
}

/// The refs that keep a version's head: one for itself, and the one that people fetch.
pub(super) async fn kept_heads(tx: &Tx, request: &MergeRequest, version: &Version) -> Result<Vec<RefChange>> {
    let number = request.item.number;
    let name = |text: String| RefName::new(text).map_err(Error::internal);
    let newest = name(head_ref(number))?;
    let old = git_ref::by_name(tx, request.item.repo, &newest).await?.map(|found| found.target);
    let change = |name: RefName, old| RefChange {
        update: RefUpdate { name, old, new: Some(version.head) },
        peeled: None,
    };
    Ok(vec![change(newest, old), change(name(version_ref(number, version.number))?, None)])
}
