//! Items that name each other, and people who are named.

use forge_core::notification::Reason;
use forge_core::work_item::references::{mentions, references};
use forge_core::{By, ItemKind, Permission, UserId, WorkItem};
use forge_store::work_item::Naming;
use forge_store::{Tx, repository, user, work_item};
use serde_json::json;

use crate::access::{Level, Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// An item that a text names, and whether the text closes it.
pub(crate) struct NamedItem {
    pub(super) item: WorkItem,
    pub(super) closes: bool,
}

impl App {
    /// The items that a text names, as far as its writer may see them. What they may not see is not named.
    pub(crate) async fn items_named_in<L: Level>(
        &self,
        access: &RepoAccess<L>,
        text: &str,
    ) -> Result<Vec<NamedItem>> {
        let mut found = Vec::new();
        let rows = self.store().read().await?;
        let writer = access.actor().person().map(|person| person.id);
        for named in references(text) {
            let (repo, permission) = match &named.repo {
                None => (access.repo().id, access.permission()),
                Some(path) => {
                    let Some(other) = repository::by_path(&rows, path).await? else { continue };
                    match self.authorize_by_id::<Read>(access.actor(), other.id).await {
                        Ok(there) => (other.id, there.permission()),
                        Err(Error::NotFound | Error::Unauthenticated) => continue,
                        Err(error) => return Err(error),
                    }
                }
            };
            let Some(item) = work_item::by_number(&rows, repo, named.number).await? else { continue };
            if self.sees(&rows, permission, writer, &item).await? {
                let closes = named.closes && permission >= Permission::Write && item.kind == ItemKind::Ticket;
                found.push(NamedItem { item, closes });
            }
        }
        Ok(found)
    }

    /// Notes on the other items that this one names them; once for each.
    pub(crate) async fn note_named(
        &self,
        tx: &Tx,
        from: &WorkItem,
        by: &By,
        named: &[NamedItem],
    ) -> Result<()> {
        for NamedItem { item, closes } in named.iter().filter(|named| named.item.id != from.id) {
            let closes = *closes && from.kind == ItemKind::MergeRequest;
            let naming = Naming { item: item.id, from: from.id, closes, at: self.ambient().now() };
            if work_item::refer(tx, &naming).await? {
                let detail = json!({ "from": from.id.to_string(), "closes": closes });
                self.item_event(tx, item.id, by, "reference", &detail).await?;
            }
        }
        Ok(())
    }

    /// The people whose names a text has. Whether they may see it is decided when they are told.
    pub(crate) async fn mentioned_in(&self, tx: &Tx, text: &str) -> Result<Vec<(UserId, Reason)>> {
        let mut found = Vec::new();
        for name in mentions(text) {
            if let Some(person) = user::by_name(tx, &name).await? {
                found.push((person.id, Reason::Mentioned));
            }
        }
        Ok(found)
    }
}
