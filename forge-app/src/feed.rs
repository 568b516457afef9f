//! What feeds tell, decided anew each time that one is fetched: what somebody may no longer see is no longer in it,
//! whatever they could see when they made its address.

use forge_core::{Owner, OwnerName, RepoPath, Repository};
use forge_store::owner;
use forge_store::work_item::Whose;
use time::{Duration, OffsetDateTime};

use crate::access::{FeedAccess, Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::merge_request::Awaited;
use crate::notification::NotificationShown;
use crate::page::Page;
use crate::repository::{Happening, viewer};

/// The most that a feed holds. Programs ask often, and keep what they have had.
const MOST: u64 = 50;

/// What happened somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityOf<T> {
    /// Where.
    pub place: T,
    /// What, the latest first.
    pub happenings: Vec<Happening>,
}

impl App {
    /// What somebody was told of, the latest first.
    pub async fn feed_of_notifications(&self, access: &FeedAccess) -> Result<Vec<NotificationShown>> {
        let found = self.told(access.reader(), false, Page::number(1, MOST)).await?;
        Ok(found.items)
    }

    /// What waits for somebody, the longest first.
    pub async fn feed_of_turns(&self, access: &FeedAccess) -> Result<Vec<Awaited>> {
        self.turns_of(access.reader()).await
    }

    /// What happened in a repository that the owner of the feed reads.
    pub async fn feed_of_repository(
        &self,
        access: &FeedAccess,
        path: &RepoPath,
    ) -> Result<ActivityOf<Repository>> {
        let reading = self.authorize::<Read>(&access.actor(), path).await?;
        self.feed_of_reading(&reading).await
    }

    /// What happened in a repository.
    pub async fn feed_of_reading(&self, access: &RepoAccess<Read>) -> Result<ActivityOf<Repository>> {
        let happenings = self.happenings_in(access, self.after_now(), most()).await?;
        Ok(ActivityOf { place: access.repo().clone(), happenings })
    }

    /// What happened in the repositories of an organisation or a person, as far as the owner of the feed may see them.
    pub async fn feed_of_owner(&self, access: &FeedAccess, name: &OwnerName) -> Result<ActivityOf<Owner>> {
        let rows = self.store().read().await?;
        let place = owner::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        drop(rows);
        let reader = viewer(&access.actor(), self.ambient().now());
        let happenings = self.happenings(Whose::Owner(place.id, &reader), self.after_now(), most()).await?;
        Ok(ActivityOf { place, happenings })
    }

    /// What happens while the feed is made belongs to it.
    fn after_now(&self) -> OffsetDateTime {
        self.ambient().now() + Duration::minutes(1)
    }
}

fn most() -> usize {
    usize::try_from(MOST).unwrap_or(usize::MAX)
}
