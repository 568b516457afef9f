//! Looking after a repository now, because an administrator asks.

use std::sync::Arc;
use std::time::Duration;

use forge_core::RepoPath;
use forge_git::Cancel;
use forge_store::repository;

use super::figures::{StorageFigures, figures};
use super::look_after::Extent;
use crate::access::SiteAccess;
use crate::app::App;
use crate::error::{Error, Result};

/// Whether what is no longer needed goes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// When its time of grace is over, and no transfer can need it.
    InTime,
    /// At once. A push or fetch that runs meanwhile may fail.
    Now,
}

/// What looking after a repository did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// How much there was.
    pub before: StorageFigures,
    /// How much there is.
    pub after: StorageFigures,
    /// Replaced packs whose files were deleted.
    pub deleted: usize,
    /// How long it took.
    pub took: Duration,
}

impl App {
    /// Packs all of a repository anew, sweeps what nobody reached for the time of grace, and deletes what was replaced long
    /// enough ago. With `Haste::Now` nothing waits: only for when nobody pushes or fetches. `progress` hears now and then
    /// how many objects were met.
    pub async fn collect_garbage(
        &self,
        _site: &SiteAccess,
        path: &RepoPath,
        haste: Haste,
        progress: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Collected> {
        let begun = self.ambient().now();
        let rows = self.store().read().await?;
        let repo = repository::by_path(&rows, path).await?.ok_or(Error::NotFound)?.id;
        let before = figures(&rows, repo).await?;
        let cancel = Cancel::new();
        let (grace, linger) = match haste {
            Haste::InTime => (self.maintenance().grace, self.linger()),
            Haste::Now => (Duration::ZERO, Duration::ZERO),
        };
        self.look_after(repo, Extent::Everything { grace }, &cancel, Arc::clone(&progress)).await?;
        if haste == Haste::Now && figures(&rows, repo).await?.unreachable_objects > 0 {
            // What was found to be left over a moment ago.
            self.look_after(repo, Extent::Everything { grace }, &cancel, progress).await?;
        }
        let deleted = self.remove_replaced(repo, linger, &cancel).await?;
        let after = figures(&rows, repo).await?;
        let took = Duration::try_from(self.ambient().now() - begun).unwrap_or_default();
        Ok(Collected { before, after, deleted, took })
    }
}
