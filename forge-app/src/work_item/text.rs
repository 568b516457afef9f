//! Title, description, and whether an item is open, locked or confidential.

use forge_core::work_item::{checked_body, checked_title};
use forge_core::{ItemKind, ItemState};
use forge_store::work_item;
use serde_json::json;

use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::comment::sentence;
use crate::work_item::seen::ItemAddress;

impl App {
    /// Changes the title and the description of an item.
    pub async fn edit_item(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        at: ItemAddress,
        title: &str,
        body: &str,
    ) -> Result<()> {
        let (title, body) = checked_text(title, body)?;
        let named = self.items_named_in(access, &body).await?;
        let begun = self.begin_on_item(access, at).await?;
        begun.own()?;
        if begun.item.title == title && begun.item.body == body {
            return Ok(());
        }
        work_item::set_text(&begun.tx, begun.item.id, &title, &body, begun.now).await?;
        if begun.item.title != title {
            let detail = json!({ "from": begun.item.title, "to": title });
            self.item_event(&begun.tx, begun.item.id, &begun.by, "title", &detail).await?;
        }
        if begun.item.body != body {
            self.item_event(&begun.tx, begun.item.id, &begun.by, "description", &json!({})).await?;
        }
        self.note_named(&begun.tx, &begun.item, &begun.by, &named).await?;
        if begun.item.author.id != Some(begun.user) {
            let detail = json!({ "item": begun.item.reference() });
            self.record_change(&begun.tx, access, origin, "item.edit", detail).await?;
        }
        self.finish_change(begun).await
    }

    /// Closes an item, or opens it again. What was merged stays merged.
    pub async fn set_item_open(&self, access: &RepoAccess<Read>, at: ItemAddress, open: bool) -> Result<()> {
        let begun = self.begin_on_item(access, at).await?;
        begun.own()?;
        let to = if open { ItemState::Open } else { ItemState::Closed };
        if begun.item.state == to {
            return Ok(());
        }
        if begun.item.state == ItemState::Merged {
            return Err(Error::Conflict("This merge request was merged, and that stays.".to_owned()));
        }
        let change = (begun.item.state, to);
        work_item::set_state(&begun.tx, begun.item.id, change, Some(begun.user), begun.now).await?;
        let (kind, told) = if open { ("reopen", Told::Reopened) } else { ("close", Told::Closed) };
        self.item_event(&begun.tx, begun.item.id, &begun.by, kind, &json!({})).await?;
        self.tell(&begun.tx, &begun.item, &begun.by, told, &[]).await?;
        self.finish_change(begun).await
    }

    /// Says whether only those who may push may still comment.
    pub async fn set_item_locked(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        at: ItemAddress,
        is_locked: bool,
    ) -> Result<()> {
        let begun = self.begin_on_item(access, at).await?;
        if begun.item.is_locked == is_locked {
            return Ok(());
        }
        work_item::set_locked(&begun.tx, begun.item.id, is_locked, begun.now).await?;
        let kind = if is_locked { "lock" } else { "unlock" };
        self.item_event(&begun.tx, begun.item.id, &begun.by, kind, &json!({})).await?;
        let detail = json!({ "item": begun.item.reference() });
        self.record_change(&begun.tx, access, origin, &format!("item.{kind}"), detail).await?;
        self.finish_change(begun).await
    }

    /// Says whether a ticket is confidential.
    pub async fn set_ticket_confidential(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        number: u64,
        is_confidential: bool,
    ) -> Result<()> {
        let begun = self.begin_on_item(access, ItemAddress { kind: ItemKind::Ticket, number }).await?;
        if begun.item.is_confidential == is_confidential {
            return Ok(());
        }
        work_item::set_confidential(&begun.tx, begun.item.id, is_confidential, begun.now).await?;
        let kind = if is_confidential { "hide" } else { "show" };
        self.item_event(&begun.tx, begun.item.id, &begun.by, kind, &json!({})).await?;
        let detail = json!({ "item": begun.item.reference() });
        self.record_change(&begun.tx, access, origin, &format!("ticket.{kind}"), detail).await?;
        self.finish_change(begun).await
    }
}

/// Title and description of an item, checked.
pub(crate) fn checked_text(title: &str, body: &str) -> Result<(String, String)> {
    let title =
        checked_title(title).map_err(|error| Error::invalid("title", sentence(&error.to_string())))?;
    let body = checked_body(body).map_err(|error| Error::invalid("body", sentence(&error.to_string())))?;
    Ok((title, body))
}
