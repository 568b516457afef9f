//! What the whole forge keeps, for administrators.

use std::path::Path;

use forge_store::storage::{self, Grouping, Kept, KeptSort};
use forge_store::{Page as Listed, PageRequest};
use time::{Date, OffsetDateTime};

use crate::access::SiteAccess;
use crate::app::App;
use crate::error::{Error, Result};
use crate::page::Page;

/// How much of a disk must be free, in parts of a hundred, before somebody is told.
const LEAST_FREE: u64 = 10;

/// A list of what is kept, and the disk that it is on.
#[derive(Debug, Clone)]
pub struct StorageOverview {
    /// The part of the list that was asked for.
    pub kept: Listed<Kept>,
    /// The day since which growth is counted; nothing before the first was noted.
    pub since: Option<Date>,
    /// The disk of the data.
    pub disk: DiskSpace,
    /// Whether packs are kept in a bucket, and the disk holds only a cache of them.
    pub is_remote: bool,
}

/// How full a disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that the forge may still write.
    pub free: u64,
    /// Bytes in all.
    pub size: u64,
}

impl DiskSpace {
    /// Whether somebody should do something about it.
    pub fn is_low(self) -> bool {
        self.free < self.size / 100 * LEAST_FREE
    }

    fn of(folder: &Path) -> std::io::Result<Self> {
        let found = rustix::fs::statvfs(folder)?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        Ok(Self { free: bytes(found.f_bavail), size: bytes(found.f_blocks) })
    }
}

impl App {
    /// What is kept, by repository or by owner, and how full the disk is.
    pub async fn storage_overview(
        &self,
        _access: &SiteAccess,
        grouping: Grouping,
        sort: KeptSort,
        page: Page,
    ) -> Result<StorageOverview> {
        let root = self.repositories().root().to_owned();
        let disk =
            self.tasks().spawn_blocking(move || DiskSpace::of(&root)).await.map_err(Error::internal)?;
        let rows = self.store().read().await?;
        let part = PageRequest { offset: page.offset, limit: page.limit };
        let first = storage::days(&rows).await?.map(|(first, _)| first);
        Ok(StorageOverview {
            kept: storage::list(&rows, grouping, sort, first, part).await?,
            since: first.and_then(date),
            disk: disk.map_err(Error::internal)?,
            is_remote: self.repositories().remote().is_some(),
        })
    }
}

impl App {
    /// Notes how large every repository is, once a day.
    pub(crate) async fn note_kept(&self) -> Result<()> {
        let today = self.ambient().now().unix_timestamp().div_euclid(SECONDS_A_DAY);
        let last = storage::days(&self.store().read().await?).await?.map(|(_, last)| last);
        if last.is_none_or(|last| last < today) {
            let tx = self.store().begin().await?;
            storage::note_day(&tx, today).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Seconds of a day.
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// The day of this number since 1970.
fn date(day: i64) -> Option<Date> {
    let moment = OffsetDateTime::from_unix_timestamp(day.checked_mul(SECONDS_A_DAY)?);
    moment.ok().map(OffsetDateTime::date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_low_when_less_than_a_tenth_is_free() {
        for (free, is_low) in [(0, true), (99_000, true), (100_000, false), (1_000_000, false)] {
            assert_eq!(DiskSpace { free, size: 1_000_000 }.is_low(), is_low, "{free}");
        }
        let here = DiskSpace::of(Path::new("/")).unwrap();
        assert!(here.size >= here.free && here.size > 0);
    }
}
