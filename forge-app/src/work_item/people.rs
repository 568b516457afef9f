//! Who works on an item, its labels, and who is told.

use forge_core::notification::{Reason, Subscription};
use forge_core::work_item::{MAX_LABELS, MAX_PEOPLE};
use forge_core::{LabelId, User, Username};
use forge_store::{label, user, work_item};
use serde_json::json;

use crate::access::{MeAccess, Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::seen::{Begun, ItemAddress};

impl App {
    /// Gives an item to these people and takes it away from all others.
    pub(crate) async fn assign_people(&self, begun: &Begun, names: &[Username]) -> Result<()> {
        if names.len() > MAX_PEOPLE {
            return Err(Error::invalid("assignees", format!("Name at most {MAX_PEOPLE} people.")));
        }
        let before = work_item::assignees(&begun.tx, begun.item.id).await?;
        let mut after: Vec<User> = Vec::new();
        for name in names {
            let found = user::by_name(&begun.tx, name).await?;
            let found = match found {
                Some(found) if self.may_be_given(&found, &begun.item).await? => found,
                // Somebody who may not see the repository looks like nobody.
                _ => {
                    return Err(Error::invalid(
                        "assignees",
                        format!("Nobody called {name} can see this repository."),
                    ));
                }
            };
            if !after.iter().any(|user| user.id == found.id) {
                after.push(found);
            }
        }
        let added: Vec<&User> =
            after.iter().filter(|one| !before.iter().any(|old| old.id == one.id)).collect();
        let removed: Vec<&User> =
            before.iter().filter(|one| !after.iter().any(|new| new.id == one.id)).collect();
        if added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        for one in &removed {
            work_item::unassign(&begun.tx, begun.item.id, one.id).await?;
        }
        for one in &added {
            work_item::assign(&begun.tx, begun.item.id, one.id, begun.now).await?;
            work_item::take_part(&begun.tx, begun.item.id, one.id, Reason::Assigned).await?;
        }
        work_item::touch(&begun.tx, begun.item.id, begun.now).await?;
        let words = |people: &[&User]| people.iter().map(|one| one.name.to_string()).collect::<Vec<_>>();
        let detail = json!({ "added": words(&added), "removed": words(&removed) });
        self.item_event(&begun.tx, begun.item.id, &begun.by, "assign", &detail).await?;
        let people: Vec<_> = added.iter().map(|one| (one.id, Reason::Assigned)).collect();
        if !people.is_empty() {
            self.tell(&begun.tx, &begun.item, &begun.by, Told::Assigned, &people).await?;
        }
        Ok(())
    }

    /// Puts these labels on an item and takes all others off.
    pub(crate) async fn label_item(&self, begun: &Begun, labels: &[LabelId]) -> Result<()> {
        let mut wanted = labels.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.len() > MAX_LABELS {
            return Err(Error::invalid("labels", format!("Choose at most {MAX_LABELS} labels.")));
        }
        let all = label::of_repository(&begun.tx, begun.item.repo).await?;
        let before = label::of_item(&begun.tx, begun.item.id).await?;
        let after: Vec<_> = all.iter().filter(|label| wanted.contains(&label.id)).collect();
        if after.len() != wanted.len() {
            return Err(Error::invalid("labels", "One of these labels was deleted meanwhile. Choose again."));
        }
        let added: Vec<_> = after
            .iter()
            .filter(|one| !before.iter().any(|old| old.id == one.id))
            .map(|one| one.name.clone())
            .collect();
        let removed: Vec<_> =
            before.iter().filter(|one| !wanted.contains(&one.id)).map(|one| one.name.clone()).collect();
        if added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        label::set_of_item(&begun.tx, begun.item.id, &wanted).await?;
        work_item::touch(&begun.tx, begun.item.id, begun.now).await?;
        let detail = json!({ "added": added, "removed": removed });
        self.item_event(&begun.tx, begun.item.id, &begun.by, "label", &detail).await
    }

    /// Says whether somebody is told of what happens to an item.
    pub async fn subscribe(
        &self,
        me: &MeAccess,
        access: &RepoAccess<Read>,
        at: ItemAddress,
        level: Subscription,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let item = self.seen_item(&tx, access, at).await?;
        work_item::subscribe(&tx, item.id, me.person().id, level, Reason::Subscribed).await?;
        Ok(tx.commit().await?)
    }
}
