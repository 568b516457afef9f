//! Merge requests that stand on the branch of another one: when that is merged and its branch deleted, they go where it
//! went.

use forge_core::merge_request::VersionReason;
use forge_core::{By, MergeRequest};
use forge_git::browse::{Browser, Budget};
use forge_store::Tx;
use forge_store::git_ref::RefChange;
use forge_store::merge_request::{self, End, OpenEnds};
use serde_json::json;

use super::ahead::{Coming, is_only_moved, patch_id};
use crate::app::App;
use crate::error::Result;
use crate::git::push::{Purpose, PushDoor};

impl PushDoor {
    /// The versions of those that went to a branch which a merge deletes: each is held against the merged branch.
    pub(super) fn stacked(
        &self,
        browser: &Browser,
        ends: &[OpenEnds],
        changes: &[RefChange],
    ) -> Result<Vec<Coming>> {
        let Purpose::Merge(merging) = &self.purpose else { return Ok(Vec::new()) };
        let repo = self.access.repo().id;
        let Some(merged) = ends.iter().find(|end| end.item == merging.item) else { return Ok(Vec::new()) };
        let is_deleted = changes
            .iter()
            .any(|change| change.update.name == merged.source_branch && change.update.new.is_none());
        if !is_deleted || merged.source_repo != Some(repo) {
            return Ok(Vec::new());
        }
        let target_head = merging.commit;
        let on_it = ends.iter().filter(|end| {
            let comes_back = end.source_repo == Some(repo) && end.source_branch == merged.target_branch;
            end.repo == repo && end.target_branch == merged.source_branch && !comes_back
        });
        let mut found = Vec::new();
        for end in on_it {
            let head = end.head;
            let Some(base) = browser.merge_base(&target_head, &head, Budget::BACKGROUND, &self.cancel)?
            else {
                continue;
            };
            found.push(Coming {
                item: end.item,
                after: end.version,
                target: merged.target_branch.clone(),
                from: Some(end.target_branch.clone()),
                base,
                target_head,
                head,
                reason: VersionReason::Retarget,
                patch_id: patch_id(browser, &base, &head, &self.cancel)?,
                is_only_moved: is_only_moved(browser, (end.base, end.head), (base, head), &self.cancel)?,
            });
        }
        Ok(found)
    }
}

impl App {
    /// Sends a merge request where the one that it stood on went. Nothing where another one of the same branches is open.
    pub(super) async fn follow(
        &self,
        tx: &Tx,
        by: &By,
        request: &MergeRequest,
        coming: &Coming,
    ) -> Result<Option<MergeRequest>> {
        if let Some(source) = request.source.repo {
            let open = merge_request::open_at(tx, source, &request.source.branch, End::Source).await?;
            let is_taken = |other: &MergeRequest| {
                other.item.repo == request.item.repo && other.target_branch == coming.target
            };
            if open.iter().any(is_taken) {
                return Ok(None);
            }
        }
        merge_request::set_target(tx, request.item.id, &coming.target).await?;
        self.end_auto_merge(tx, request, by, "it goes to another branch").await?;
        let from = request.target_branch.short();
        let detail = json!({ "from": from, "to": coming.target.short(), "why": "merged" });
        self.happened(tx, request.item.id, by, "retarget", detail).await?;
        let target_branch = coming.target.clone();
        Ok(Some(MergeRequest { target_branch, auto_merge: None, ..request.clone() }))
    }
}
