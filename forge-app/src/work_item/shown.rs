//! An item with everything that its page shows.

use std::collections::HashMap;

use forge_core::merge_request::thread::Thread;
use forge_core::notification::Subscription;
use forge_core::work_item::{ItemEvent, Label, Milestone};
use forge_core::{ItemId, ItemKind, ItemState, Permission, RepoPath, User, WorkItem};
use forge_store::{Rows, label, merge_request, milestone, work_item};

use crate::access::{Level, Read, RepoAccess, Write};
use crate::app::App;
use crate::error::{Error, Result};
use crate::work_item::seen::ItemAddress;

/// Other items of one timeline that are looked up.
const MOST_LINKS: usize = 200;

/// An item elsewhere, as a link shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLink {
    /// In which repository.
    pub repo: RepoPath,
    /// What kind.
    pub kind: ItemKind,
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub state: ItemState,
}

/// Something that happened, and the other item that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemEventShown {
    /// What happened.
    pub event: ItemEvent,
    /// The item that names this one.
    pub link: Option<ItemLink>,
}

/// What the reader may do with an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemRights {
    /// Say something about it.
    pub comment: bool,
    /// Change its text, close it and open it again.
    pub own: bool,
    /// Label it, give it to people, lock it, delete what others said.
    pub write: bool,
}

/// An item with everything that its page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemShown {
    /// The item.
    pub item: WorkItem,
    /// Its labels.
    pub labels: Vec<Label>,
    /// Who works on it.
    pub assignees: Vec<User>,
    /// What it is a part of.
    pub milestone: Option<Milestone>,
    /// What happened to it, the oldest first.
    pub events: Vec<ItemEventShown>,
    /// What was said about it.
    pub threads: Vec<Thread>,
    /// Whether the reader is told of what happens to it, if they chose.
    pub subscription: Option<Subscription>,
    /// What the reader may do.
    pub rights: ItemRights,
}

impl App {
    /// An item with everything that its page shows.
    pub async fn item(&self, access: &RepoAccess<Read>, at: ItemAddress) -> Result<ItemShown> {
        self.item_shown(access, at).await
    }

    async fn item_shown<L: Level>(&self, access: &RepoAccess<L>, at: ItemAddress) -> Result<ItemShown> {
        let rows = self.store().read().await?;
        let item = self.seen_item(&rows, access, at).await?;
        let viewer = access.actor().person().map(|person| person.id);
        let milestone = match item.milestone {
            Some(id) => milestone::by_id(&rows, item.repo, id).await?,
            None => None,
        };
        let subscription = match viewer {
            Some(viewer) => work_item::subscription(&rows, item.id, viewer).await?,
            None => None,
        };
        let events = work_item::events(&rows, item.id).await?;
        Ok(ItemShown {
            labels: label::of_item(&rows, item.id).await?,
            assignees: work_item::assignees(&rows, item.id).await?,
            milestone,
            events: self.linked(&rows, access, events).await?,
            threads: merge_request::threads(&rows, item.id, viewer).await?,
            subscription,
            rights: rights(access, &item),
            item,
        })
    }

    /// The same for whoever may push, who changes it.
    pub async fn item_for_writing(&self, access: &RepoAccess<Write>, at: ItemAddress) -> Result<ItemShown> {
        self.item_shown(access, at).await
    }

    /// The kind of the item of a number, for an address that has the wrong one.
    pub async fn kind_of_item(&self, access: &RepoAccess<Read>, number: u64) -> Result<ItemKind> {
        let rows = self.store().read().await?;
        let found = work_item::by_number(&rows, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        let at = ItemAddress { kind: found.kind, number };
        Ok(self.seen_item(&rows, access, at).await?.kind)
    }

    /// Joins events with the items that they are about. Where the reader may not see the other item, nothing happened.
    async fn linked<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        events: Vec<ItemEvent>,
    ) -> Result<Vec<ItemEventShown>> {
        let mut known: HashMap<ItemId, Option<ItemLink>> = HashMap::new();
        let mut shown = Vec::with_capacity(events.len());
        for event in events {
            if event.kind != "reference" {
                shown.push(ItemEventShown { event, link: None });
                continue;
            }
            let Some(from) = source(&event.detail) else { continue };
            if !known.contains_key(&from) {
                if known.len() >= MOST_LINKS {
                    continue;
                }
                let link = self.link_to(rows, access, from).await?;
                known.insert(from, link);
            }
            if let Some(link) = known.get(&from).cloned().flatten() {
                shown.push(ItemEventShown { event, link: Some(link) });
            }
        }
        Ok(shown)
    }

    async fn link_to<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        id: ItemId,
    ) -> Result<Option<ItemLink>> {
        let Some(item) = work_item::by_id(rows, id).await? else { return Ok(None) };
        let there = match self.authorize_by_id::<Read>(access.actor(), item.repo).await {
            Ok(there) => there,
            Err(Error::NotFound | Error::Unauthenticated) => return Ok(None),
            Err(error) => return Err(error),
        };
        let viewer = access.actor().person().map(|person| person.id);
        if !self.sees(rows, there.permission(), viewer, &item).await? {
            return Ok(None);
        }
        Ok(Some(ItemLink {
            repo: there.repo().path.clone(),
            kind: item.kind,
            number: item.number,
            title: item.title,
            state: item.state,
        }))
    }
}

fn source(detail: &str) -> Option<ItemId> {
    let detail: serde_json::Value = serde_json::from_str(detail).ok()?;
    detail.get("from")?.as_str()?.parse().ok()
}

fn rights<L: Level>(access: &RepoAccess<L>, item: &WorkItem) -> ItemRights {
    let Some(person) = access.actor().person() else { return ItemRights::default() };
    if access.repo().archived || !person.credential.is_browser() {
        return ItemRights::default();
    }
    let write = access.permission() >= Permission::Write;
    ItemRights { comment: write || !item.is_locked, own: write || item.author.id == Some(person.id), write }
}
