//! Removing packs from the bucket that no row names: of pushes that failed, and of repositories that were deleted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use forge_core::RepoId;
use forge_store::blob::{Blob, BlobKey};
use forge_store::{maintenance, pack};
use futures::{StreamExt as _, TryStreamExt as _};

use crate::app::App;
use crate::error::Result;

/// How long a pack may be in the bucket before a row must name it. Pushes that took half as long are refused.
pub(crate) const GRACE: Duration = Duration::from_hours(24);
/// How often the bucket is swept.
const EVERY: Duration = Duration::from_hours(6);

impl App {
    /// Sweeps the bucket now and then, until the forge stops. Several nodes may do so at once.
    pub fn start_sweeping(&self) {
        if self.repositories().remote().is_none() {
            return;
        }
        let app = self.clone();
        self.tasks().spawn(async move {
            loop {
                match app.sweep_bucket(GRACE).await {
                    Ok(0) => {}
                    Ok(swept) => tracing::info!(swept, "removed blobs from the bucket that nothing names"),
                    Err(error) => tracing::warn!(%error, "the bucket could not be swept"),
                }
                tokio::select! {
                    () = app.tasks().stopping() => return,
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        });
    }

    /// Removes blobs that are older than `grace` and that no row names, and says how many.
    ///
    /// The rows are asked after the bucket was listed. A row for such a blob cannot come later: its key holds the id
    /// of the row, and the transaction that would add it was given up long ago.
    pub async fn sweep_bucket(&self, grace: Duration) -> Result<u64> {
        let Some(remote) = self.repositories().remote() else { return Ok(0) };
        let latest = self.ambient().now() - grace;
        let mut old: BTreeMap<RepoId, Vec<BlobKey>> = BTreeMap::new();
        let mut blobs = remote.bucket().list(None);
        while let Some(Blob { key, modified, .. }) = blobs.try_next().await? {
            if modified <= latest {
                old.entry(key.repo).or_default().push(key);
            }
        }
        let mut swept = 0_u64;
        for (repo, keys) in old {
            for key in self.unnamed(repo, keys).await? {
                remote.bucket().delete(&key).await?;
                swept = swept.saturating_add(1);
            }
        }
        Ok(swept)
    }

    /// Which of these keys no row names.
    async fn unnamed(&self, repo: RepoId, keys: Vec<BlobKey>) -> Result<Vec<BlobKey>> {
        let rows = self.store().read().await?;
        let named: BTreeSet<_> = pack::list(&rows, repo).await?.into_iter().map(|row| row.id).collect();
        // Packs that others replaced stay for as long as somebody may be reading them.
        let waiting = maintenance::replaced(&rows, repo).await?;
        let waiting: BTreeSet<_> = waiting.into_iter().map(|replaced| replaced.checksum).collect();
        Ok(keys
            .into_iter()
            .filter(|key| !named.contains(&key.pack) && !waiting.contains(&key.checksum))
            .collect())
    }

    /// Every blob that no row names, however new: doctor shows them.
    pub(crate) async fn unnamed_blobs(&self) -> Result<Vec<String>> {
        let Some(remote) = self.repositories().remote() else { return Ok(Vec::new()) };
        let mut all: BTreeMap<RepoId, Vec<BlobKey>> = BTreeMap::new();
        let mut blobs = remote.bucket().list(None).boxed();
        while let Some(blob) = blobs.try_next().await? {
            all.entry(blob.key.repo).or_default().push(blob.key);
        }
        let mut found = Vec::new();
        for (repo, keys) in all {
            let keys = self.unnamed(repo, keys).await?;
            found.extend(
                keys.iter().map(|key| format!("{key} in the bucket belongs to no push that was accepted")),
            );
        }
        Ok(found)
    }
}
