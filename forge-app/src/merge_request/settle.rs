//! The moment of merging: the last look, inside the transaction that moves the target branch.

use forge_core::merge_request::check::{Fit, OwnerGroup, obstacles};
use forge_core::merge_request::{MergeMethod, Merged};
use forge_core::{By, ItemId, ObjectId, UserId};
use forge_store::{Tx, merge_request, repository};
use serde_json::json;

use super::facts::Read;
use crate::app::App;
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::ClosedBy;

/// A merge that is about to happen: what was merged, and what was true when it was.
#[derive(Debug, Clone)]
pub(crate) struct Merging {
    /// Which merge request.
    pub(crate) item: ItemId,
    /// The version that was merged.
    pub(crate) version: u32,
    /// Its head.
    pub(crate) head: ObjectId,
    /// How.
    pub(crate) method: MergeMethod,
    /// What the target branch points at afterwards.
    pub(crate) commit: ObjectId,
    /// Whether the source had everything of the target; the branch has not moved since, or it is not moved.
    pub(crate) is_up_to_date: bool,
    /// Who asked for it to be merged by itself, if it is that.
    pub(crate) armed_by: Option<UserId>,
    /// Whose approval the changed files need.
    pub(crate) owners: Option<Vec<OwnerGroup>>,
}

impl App {
    /// Decides for the last time. The repository is locked: what is read here is what is merged.
    ///
    /// `Conflict` says what stands against it, and the transaction must be dropped.
    pub(crate) async fn settle_merge(&self, tx: &Tx, by: &By, merging: &Merging) -> Result<()> {
        let request = merge_request::by_id(tx, merging.item).await?.ok_or(Error::NotFound)?;
        if !request.is_open() {
            return Err(Error::Conflict("it was merged or closed meanwhile".to_owned()));
        }
        if merging.armed_by.is_some() && request.auto_merge.as_ref().map(|auto| auto.by) != merging.armed_by {
            return Err(Error::Conflict("nobody asks for it any more".to_owned()));
        }
        let known = self.known(tx, request).await?;
        if known.version.number != merging.version || known.version.head != merging.head {
            return Err(Error::Conflict(
                "somebody pushed to it meanwhile: look at the new version, and merge that".to_owned(),
            ));
        }
        if !known.demands.methods.contains(&merging.method) {
            return Err(Error::Conflict("the branch no longer takes changes in this way".to_owned()));
        }
        let read = Read {
            // It was joined with the very commit that the branch is compared and swapped from.
            fit: Fit::Clean,
            is_up_to_date: merging.is_up_to_date,
            owners: merging.owners.clone(),
        };
        let against = obstacles(&known.facts(&read));
        if let Some(first) = against.first() {
            return Err(Error::Conflict(first.clone()));
        }
        let merged =
            Merged { at: self.ambient().now(), by: by.id, commit: merging.commit, method: merging.method };
        merge_request::set_merged(tx, merging.item, &merged).await?;
        merge_request::end_turns(tx, merging.item).await?;
        self.tell(tx, &known.request.item, by, Told::Merged, &[]).await?;
        let item = &known.request.item;
        let texts = [item.title.as_str(), item.body.as_str()];
        let closed_by = ClosedBy::MergeRequest(item.number);
        let repo = repository::by_id(tx, item.repo).await?.ok_or(Error::NotFound)?;
        if known.request.target_branch == repo.default_branch {
            self.close_referenced(tx, item.repo, by, closed_by, &texts).await?;
        }
        let approved: Vec<String> = known.approvals.iter().map(|(user, _)| user.to_string()).collect();
        let detail = json!({
            "commit": merging.commit.to_string(),
            "head": merging.head.to_string(),
            "version": merging.version,
            "method": merging.method.name(),
            "approved_by": approved,
        });
        self.happened(tx, merging.item, by, "merge", detail).await
    }
}
