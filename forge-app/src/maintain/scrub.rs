//! Reading packs again, to find a flipped bit before somebody needs it.

use std::path::Path;
use std::time::Duration;

use forge_core::RepoPath;
use forge_git::{Cancel, pack as git_pack};
use forge_store::pack::{self, StoredPack};
use forge_store::repository;
use metrics::{counter, gauge};
use time::OffsetDateTime;

use crate::access::SiteAccess;
use crate::app::App;
use crate::error::{Error, Result};
use crate::git::fetch_into;

/// Damaged packs that are listed.
const LISTED: u64 = 100;
/// The longest rest between two packs.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// A pack whose bytes are not those that were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedPack {
    /// Whose it is.
    pub repo: RepoPath,
    /// The hash that names it.
    pub checksum: String,
    /// What is wrong with it.
    pub damage: String,
}

impl App {
    /// Packs in which damage was found and that are still in use.
    pub async fn damaged_packs(&self, _site: &SiteAccess) -> Result<Vec<DamagedPack>> {
        let rows = self.store().read().await?;
        let mut found = Vec::new();
        for (repo, pack, damage) in pack::damaged(&rows, LISTED).await? {
            let Some(repo) = repository::by_id(&rows, repo).await? else { continue };
            found.push(DamagedPack { repo: repo.path, checksum: pack.checksum.to_string(), damage });
        }
        Ok(found)
    }

    /// Whether a pack was not read for longer than it should.
    pub(crate) async fn is_scrub_due(&self) -> Result<bool> {
        let rows = self.store().read().await?;
        Ok(!pack::unverified_since(&rows, self.scrub_moment(), 1).await?.is_empty())
    }

    /// The moment since which every pack should have been read.
    pub(crate) fn scrub_moment(&self) -> OffsetDateTime {
        self.ambient().now() - self.maintenance().scrub_every
    }

    /// Reads the pack again that was not read for longest; says whether there was one not read since the moment.
    pub(crate) async fn scrub_one(&self, moment: OffsetDateTime, cancel: &Cancel) -> Result<bool> {
        let rows = self.store().read().await?;
        let Some((repo, stored)) = pack::unverified_since(&rows, moment, 1).await?.pop() else {
            return Ok(false);
        };
        let mut file = self.repositories().pack_path(repo, &stored.checksum);
        let mut scratch = None;
        if let Some(remote) = self.repositories().remote() {
            // A copy on the disk proves nothing of what is in the bucket.
            let place = tempfile::tempdir_in(self.repositories().root()).map_err(Error::internal)?;
            file = place.path().join(format!("pack-{}.pack", stored.checksum));
            match fetch_into(remote.bucket(), repo, &stored, place.path()).await {
                // It shows as missing.
                Err(forge_store::Error::NotFound) => {}
                fetched => drop(fetched?),
            }
            scratch = Some(place);
        }
        let (of, stop) = (stored.clone(), cancel.clone());
        let begun = self.ambient().now();
        let work = self.tasks().spawn_blocking(move || {
            let _scratch = scratch;
            damage_of(&file, &of, &stop)
        });
        let damage = work.await.map_err(Error::internal)??;
        let tx = self.store().begin().await?;
        match pack::verified(&tx, stored.id, self.ambient().now(), damage.as_deref()).await {
            // It was replaced while it was read, and so may its files have been.
            Err(forge_store::Error::NotFound) => return Ok(true),
            noted => noted?,
        }
        tx.commit().await?;
        counter!("forge_scrubbed_packs_total").increment(1);
        counter!("forge_scrubbed_bytes_total").increment(stored.bytes);
        if let Some(damage) = damage {
            counter!("forge_damaged_packs_found_total").increment(1);
            tracing::error!(%repo, pack = %stored.checksum, damage, "a pack is damaged: restore it from a backup");
        }
        let damaged = pack::damaged(&rows, LISTED).await?.len();
        gauge!("forge_damaged_packs").set(f64::from(u32::try_from(damaged).unwrap_or(u32::MAX)));
        // As long at rest as at work: people come first.
        let took = Duration::try_from(self.ambient().now() - begun).unwrap_or_default();
        tokio::select! {
            () = self.tasks().stopping() => {}
            () = tokio::time::sleep(took.min(LONGEST_REST)) => {}
        }
        Ok(true)
    }
}

/// What is wrong with the files of a pack, if anything is.
pub(crate) fn damage_of(
    file: &Path,
    stored: &StoredPack,
    cancel: &Cancel,
) -> forge_git::Result<Option<String>> {
    let length = match std::fs::metadata(file) {
        Ok(metadata) => metadata.len(),
        Err(error) => return Ok(Some(format!("{} is missing: {error}", file.display()))),
    };
    if length != stored.bytes {
        return Ok(Some(format!("{} has {length} bytes instead of {}", file.display(), stored.bytes)));
    }
    match git_pack::verify(file, &stored.checksum, cancel) {
        Ok(()) => Ok(None),
        Err(forge_git::Error::Cancelled) => Err(forge_git::Error::Cancelled),
        Err(error) => Ok(Some(format!("{}: {error}", file.display()))),
    }
}
