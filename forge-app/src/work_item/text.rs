//! Title and description of an item, and whether a ticket is open.

use forge_core::ItemState;
use forge_core::work_item::{checked_body, checked_title};
use forge_store::work_item;
use serde_json::json;

use crate::access::{Read, RepoAccess};
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

    /// Closes a ticket, or opens it again.
    pub async fn set_ticket_open(&self, access: &RepoAccess<Read>, number: u64, open: bool) -> Result<()> {
        let begun = self.begin_on_item(access, ItemAddress::ticket(number)).await?;
        begun.own()?;
        let to = if open { ItemState::Open } else { ItemState::Closed };
        if begun.item.state == to {
            return Ok(());
        }
        let change = (begun.item.state, to);
        work_item::set_state(&begun.tx, begun.item.id, change, Some(begun.user), begun.now).await?;
        let (kind, told) = if open { ("reopen", Told::Reopened) } else { ("close", Told::Closed) };
        self.item_event(&begun.tx, begun.item.id, &begun.by, kind, &json!({})).await?;
        self.tell(&begun.tx, &begun.item, &begun.by, told, &[]).await?;
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
