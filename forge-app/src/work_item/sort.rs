//! Sorting an item: its people, labels and milestone, and who may see it and speak. All in one change.

use forge_core::{ItemKind, LabelId, MilestoneId, Username};
use forge_store::{milestone, work_item};
use serde_json::json;

use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::work_item::ItemShown;
use crate::work_item::seen::{Begun, ItemAddress};

/// How an item is sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemSorting {
    /// Its labels.
    pub labels: Vec<LabelId>,
    /// Who works on it.
    pub assignees: Vec<Username>,
    /// What it is a part of.
    pub milestone: Option<MilestoneId>,
    /// Whether only those who may push may still comment.
    pub is_locked: bool,
    /// Whether only few may see it. Merge requests never are.
    pub is_confidential: bool,
}

impl ItemSorting {
    /// How an item is sorted now.
    pub fn of(shown: &ItemShown) -> Self {
        Self {
            labels: shown.labels.iter().map(|label| label.id).collect(),
            assignees: shown.assignees.iter().map(|user| user.name.clone()).collect(),
            milestone: shown.item.milestone,
            is_locked: shown.item.is_locked,
            is_confidential: shown.item.is_confidential,
        }
    }
}

impl App {
    /// Sorts an item. Either everything is as it should be afterwards, or nothing has changed.
    pub async fn sort_item(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        at: ItemAddress,
        to: &ItemSorting,
    ) -> Result<()> {
        let begun = self.begin_on_item(access, at).await?;
        self.assign_people(&begun, &to.assignees).await?;
        self.label_item(&begun, &to.labels).await?;
        self.put_into(&begun, to.milestone).await?;
        if begun.item.is_locked != to.is_locked {
            work_item::set_locked(&begun.tx, begun.item.id, to.is_locked, begun.now).await?;
            let kind = if to.is_locked { "lock" } else { "unlock" };
            self.note_sorted(&begun, access, origin, kind, &format!("item.{kind}")).await?;
        }
        if begun.item.kind == ItemKind::Ticket && begun.item.is_confidential != to.is_confidential {
            work_item::set_confidential(&begun.tx, begun.item.id, to.is_confidential, begun.now).await?;
            let kind = if to.is_confidential { "hide" } else { "show" };
            self.note_sorted(&begun, access, origin, kind, &format!("ticket.{kind}")).await?;
        }
        self.finish_change(begun).await
    }

    async fn put_into(&self, begun: &Begun, to: Option<MilestoneId>) -> Result<()> {
        if begun.item.milestone == to {
            return Ok(());
        }
        let title = match to {
            Some(id) => {
                let found = milestone::by_id(&begun.tx, begun.item.repo, id).await?;
                let gone =
                    || Error::invalid("milestone", "This milestone was deleted meanwhile. Choose again.");
                Some(found.ok_or_else(gone)?.title)
            }
            None => None,
        };
        work_item::set_milestone(&begun.tx, begun.item.id, to, begun.now).await?;
        let detail = json!({ "title": title });
        self.item_event(&begun.tx, begun.item.id, &begun.by, "milestone", &detail).await
    }

    async fn note_sorted(
        &self,
        begun: &Begun,
        access: &RepoAccess<Write>,
        origin: &Origin,
        kind: &str,
        action: &str,
    ) -> Result<()> {
        self.item_event(&begun.tx, begun.item.id, &begun.by, kind, &json!({})).await?;
        let detail = json!({ "item": begun.item.reference() });
        self.record_change(&begun.tx, access, origin, action, detail).await
    }
}
