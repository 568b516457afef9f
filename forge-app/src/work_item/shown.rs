//! An item with everything that its page shows.

use std::collections::HashMap;

use forge_core::merge_request::thread::Thread;
use forge_core::notification::{Subscription, Watch};
use forge_core::work_item::{ItemEvent, Label, Milestone};
use forge_core::{ItemId, ItemKind, ItemState, Permission, RepoPath, User, UserId, WorkItem};
use forge_store::{Rows, label, merge_request, milestone, notification, work_item};

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

/// Another item that names this one, or that this one names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedItem {
    /// The other one.
    pub link: ItemLink,
    /// Whether the one that names says that it closes the other.
    pub closes: bool,
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
    /// The items that it names, as far as the reader may see them.
    pub names: Vec<LinkedItem>,
    /// The items that name it, as far as the reader may see them.
    pub named_by: Vec<LinkedItem>,
    /// Whether the reader is told of what happens to it, if they chose.
    pub subscription: Option<Subscription>,
    /// Whether the reader is told of what happens to it, for whatever reason.
    pub is_told: bool,
    /// What the reader may do.
    pub rights: ItemRights,
}

impl App {
    /// An item with everything that its page shows.
    pub async fn item(&self, access: &RepoAccess<Read>, at: ItemAddress) -> Result<ItemShown> {
        self.item_shown(access, at).await
    }

    pub(crate) async fn item_shown<L: Level>(
        &self,
        access: &RepoAccess<L>,
        at: ItemAddress,
    ) -> Result<ItemShown> {
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
        let mut known = Known::default();
        let names = work_item::names(&rows, item.id).await?;
        let names = names.into_iter().map(|naming| (naming.item, naming.closes)).collect();
        let named_by = work_item::named_by(&rows, item.id).await?;
        let named_by = named_by.into_iter().map(|naming| (naming.from, naming.closes)).collect();
        Ok(ItemShown {
            labels: label::of_item(&rows, item.id).await?,
            assignees: work_item::assignees(&rows, item.id).await?,
            milestone,
            names: self.linked_items(&rows, access, &mut known, names).await?,
            named_by: self.linked_items(&rows, access, &mut known, named_by).await?,
            events: self.linked(&rows, access, &mut known, events).await?,
            threads: merge_request::threads(&rows, item.id, viewer).await?,
            is_told: match viewer {
                Some(viewer) => is_told(&rows, &item, viewer, subscription).await?,
                None => false,
            },
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

    /// The items that a text of a repository names, such as the message of a commit, as far as the reader may see them.
    pub async fn items_named(&self, access: &RepoAccess<Read>, text: &str) -> Result<Vec<LinkedItem>> {
        let named = self.items_named_in(access, text).await?;
        let items = named.into_iter().map(|named| (named.item.id, named.closes)).collect();
        let rows = self.store().read().await?;
        self.linked_items(&rows, access, &mut Known::default(), items).await
    }

    /// Joins events with the items that they are about. Where the reader may not see the other item, nothing happened.
    async fn linked<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        known: &mut Known,
        events: Vec<ItemEvent>,
    ) -> Result<Vec<ItemEventShown>> {
        let mut shown = Vec::with_capacity(events.len());
        for event in events {
            let from = if event.kind == "reference" { source(&event.detail) } else { None };
            // A commit that names it is in this very repository, and has no item.
            let Some(from) = from else {
                shown.push(ItemEventShown { event, link: None });
                continue;
            };
            if let Some(link) = self.link_known(rows, access, known, from).await? {
                shown.push(ItemEventShown { event, link: Some(link) });
            }
        }
        Ok(shown)
    }

    /// Those of some items that the reader may see.
    async fn linked_items<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        known: &mut Known,
        items: Vec<(ItemId, bool)>,
    ) -> Result<Vec<LinkedItem>> {
        let mut found = Vec::new();
        for (id, closes) in items {
            if let Some(link) = self.link_known(rows, access, known, id).await? {
                found.push(LinkedItem { link, closes });
            }
        }
        Ok(found)
    }

    async fn link_known<L: Level>(
        &self,
        rows: &impl Rows,
        access: &RepoAccess<L>,
        known: &mut Known,
        id: ItemId,
    ) -> Result<Option<ItemLink>> {
        if !known.contains_key(&id) {
            if known.len() >= MOST_LINKS {
                return Ok(None);
            }
            let link = self.link_to(rows, access, id).await?;
            known.insert(id, link);
        }
        Ok(known.get(&id).cloned().flatten())
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

/// Items that were looked at, and whether the reader sees them.
type Known = HashMap<ItemId, Option<ItemLink>>;

/// Whether somebody is told of what happens to an item, as `notification::deliver` decides it.
async fn is_told(
    rows: &impl Rows,
    item: &WorkItem,
    viewer: UserId,
    chosen: Option<Subscription>,
) -> Result<bool> {
    let watch = notification::watch(rows, viewer, item.repo).await?;
    if watch == Watch::None || chosen == Some(Subscription::None) {
        return Ok(false);
    }
    if watch == Watch::All || chosen.is_some() || item.author.id == Some(viewer) {
        return Ok(true);
    }
    if work_item::is_assigned(rows, item.id, viewer).await? {
        return Ok(true);
    }
    let reviewers = merge_request::reviewers(rows, item.id).await?;
    Ok(reviewers.iter().any(|reviewer| reviewer.id == viewer))
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
