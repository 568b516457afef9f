//! What somebody was told of, as far as they may still see it.

use std::collections::HashMap;

use forge_core::notification::Notification;
use forge_core::{Actor, ItemId, Person, RepoId, RepoPath, UserId, WorkItem};
use forge_store::repository::Viewer;
use forge_store::{PageRequest, notification, repository};

use crate::access::{MeAccess, Read};
use crate::app::App;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::repository::viewer;

/// Something that somebody was told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationShown {
    /// That they were told, and why.
    pub notification: Notification,
    /// Of what.
    pub item: WorkItem,
    /// Where it is.
    pub repo: RepoPath,
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationList {
    /// The part, the latest first.
    pub items: Vec<NotificationShown>,
    /// How many there are in all.
    pub total: u64,
}

/// A part of the list, with what is to be taken out of it for good.
pub(crate) struct ToldOf {
    pub(crate) items: Vec<NotificationShown>,
    total: u64,
    gone: Vec<ItemId>,
}

impl App {
    /// A part of what somebody was told of.
    pub async fn notifications(
        &self,
        me: &MeAccess,
        unread_only: bool,
        page: Page,
    ) -> Result<NotificationList> {
        let found = self.told(me.person(), unread_only, page).await?;
        self.forget_notifications(me.person().id, &found.gone).await?;
        Ok(NotificationList { items: found.items, total: found.total })
    }

    /// The same for whoever reads, without tidying up.
    pub(crate) async fn told(&self, reader: &Person, unread_only: bool, page: Page) -> Result<ToldOf> {
        let viewer = self.reader(reader);
        let rows = self.store().read().await?;
        let request = PageRequest { offset: page.offset, limit: page.limit };
        let found = notification::list(&rows, &viewer, unread_only, request).await?;
        let mut paths: HashMap<RepoId, Option<RepoPath>> = HashMap::new();
        let (mut items, mut gone) = (Vec::new(), Vec::new());
        for (notification, item) in found.items {
            if let std::collections::hash_map::Entry::Vacant(e) = paths.entry(item.repo) {
                let path = repository::by_id(&rows, item.repo).await?.map(|repo| repo.path);
                e.insert(path);
            }
            match paths.get(&item.repo).cloned().flatten() {
                Some(repo) if self.still_sees(reader, &item).await? => {
                    items.push(NotificationShown { notification, item, repo });
                }
                _ => gone.push(item.id),
            }
        }
        let total = found.total.saturating_sub(u64::try_from(gone.len()).unwrap_or(0));
        Ok(ToldOf { items, total, gone })
    }

    /// Of how many items somebody was told since they last looked. Asked with every page, so it is kept for as long as
    /// nothing is committed.
    pub async fn unread_notifications(&self, me: &MeAccess) -> Result<u64> {
        let find = async {
            let rows = self.store().read().await?;
            let viewer = self.reader(me.person());
            let mut count = notification::count_unread(&rows, &viewer).await?;
            if count > 0 {
                for item in notification::unread_confidential(&rows, me.person().id).await? {
                    if !self.still_sees(me.person(), &item).await? {
                        count = count.saturating_sub(1);
                    }
                }
            }
            Ok(Some(count))
        };
        let found = self.doorkeeper().unread.get(self.store(), me.person().id, find).await?;
        Ok(found.unwrap_or_default())
    }

    /// Notes that somebody has looked at an item.
    pub async fn mark_notification_read(&self, me: &MeAccess, item: ItemId) -> Result<()> {
        let rows = self.store().read().await?;
        if !notification::is_unread(&rows, me.person().id, item).await? {
            return Ok(());
        }
        let tx = self.store().begin().await?;
        notification::mark_read(&tx, me.person().id, item, self.ambient().now()).await?;
        Ok(tx.commit().await?)
    }

    /// Notes that somebody knows of everything.
    pub async fn mark_all_notifications_read(&self, me: &MeAccess) -> Result<()> {
        let tx = self.store().begin().await?;
        notification::mark_all_read(&tx, me.person().id, self.ambient().now()).await?;
        Ok(tx.commit().await?)
    }

    fn reader(&self, person: &Person) -> Viewer {
        viewer(&Actor::Person(person.clone()), self.ambient().now())
    }

    /// The list on rows knows who may read a repository; who sees a confidential item is looked at here.
    async fn still_sees(&self, person: &Person, item: &WorkItem) -> Result<bool> {
        if !item.is_confidential {
            return Ok(true);
        }
        let actor = Actor::Person(person.clone());
        match self.authorize_by_id::<Read>(&actor, item.repo).await {
            Ok(access) => {
                let rows = self.store().read().await?;
                self.sees(&rows, access.permission(), Some(person.id), item).await
            }
            Err(Error::NotFound | Error::Unauthenticated | Error::Forbidden(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn forget_notifications(&self, user: UserId, items: &[ItemId]) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let tx = self.store().begin().await?;
        for item in items {
            notification::forget(&tx, user, *item).await?;
        }
        Ok(tx.commit().await?)
    }
}
