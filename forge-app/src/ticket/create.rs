//! Opening a ticket. Whoever reads a repository and is signed in may.

use forge_core::notification::Reason;
use forge_core::{By, ItemKind, ItemState, LabelId, MilestoneId, Permission, Username, WorkItem};
use forge_store::{milestone, work_item};

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::notification::Told;
use crate::work_item::{Begun, speaker};

/// What a ticket is to be.
#[derive(Debug, Clone, Default)]
pub struct NewTicket {
    /// A line about it.
    pub title: String,
    /// What it is about, in Markdown.
    pub body: String,
    /// Whether only few may see it.
    pub is_confidential: bool,
    /// Its labels; only from those who may push.
    pub labels: Vec<LabelId>,
    /// Who is to work on it; only from those who may push.
    pub assignees: Vec<Username>,
    /// What it is a part of; only from those who may push.
    pub milestone: Option<MilestoneId>,
}

impl App {
    /// Opens a ticket and gives its number.
    pub async fn open_ticket(&self, access: &RepoAccess<Read>, new: &NewTicket) -> Result<u64> {
        let (title, body) = crate::work_item::checked_text(&new.title, &new.body)?;
        let named = self.items_named_in(access, &body).await?;
        let person = speaker(access.actor())?.clone();
        let sorts = !new.labels.is_empty() || !new.assignees.is_empty() || new.milestone.is_some();
        if sorts && access.permission() < Permission::Write {
            let text = "Only those who may push can label a new ticket or give it to somebody.";
            return Err(Error::Forbidden(text.to_owned()));
        }
        let tx = self.begin_in_repository(access).await?;
        let now = self.ambient().now();
        if let Some(id) = new.milestone
            && milestone::by_id(&tx, access.repo().id, id).await?.is_none()
        {
            return Err(Error::invalid("milestone", "This milestone was deleted meanwhile. Choose again."));
        }
        let by = By { id: Some(person.id), name: person.name.to_string() };
        let item = WorkItem {
            id: self.ambient().id(),
            repo: access.repo().id,
            number: work_item::next_number(&tx, access.repo().id).await?,
            kind: ItemKind::Ticket,
            title,
            body,
            author: by.clone(),
            state: ItemState::Open,
            is_confidential: new.is_confidential,
            is_locked: false,
            milestone: new.milestone,
            created_at: now,
            updated_at: now,
            closed_at: None,
        };
        work_item::insert(&tx, &item).await?;
        work_item::take_part(&tx, item.id, person.id, Reason::Author).await?;
        let begun = Begun { tx, item, by, user: person.id, permission: access.permission(), now };
        self.label_item(&begun, &new.labels).await?;
        let people = self.mentioned_in(&begun.tx, &begun.item.body).await?;
        self.tell(&begun.tx, &begun.item, &begun.by, Told::Opened, &people).await?;
        self.assign_people(&begun, &new.assignees).await?;
        self.note_named(&begun.tx, &begun.item, &begun.by, &named).await?;
        let number = begun.item.number;
        self.finish_change(begun).await?;
        Ok(number)
    }
}
