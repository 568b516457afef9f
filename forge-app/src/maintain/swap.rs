//! The one transaction in which packs take the place of packs.

use forge_core::Repository;
use forge_git::repack::{Prepared, Repacked};
use forge_store::pack::{PackRole, StoredPack};
use forge_store::{maintenance, pack, repository};
use time::OffsetDateTime;

use crate::app::App;
use crate::error::{Error, Result};
use crate::git::NewPack;
use crate::jobs::Job;

/// What goes and what comes.
pub(super) struct Swap<P> {
    /// Packs whose objects are all in others afterwards.
    pub(super) old: Vec<StoredPack>,
    /// Packs whose objects nobody reaches, and that go with them.
    pub(super) dropped: Vec<StoredPack>,
    /// Packs that come.
    pub(super) new: Vec<(P, PackRole)>,
    /// Whether all of the repository was packed anew.
    pub(super) repacked: bool,
}

impl Swap<Prepared> {
    /// A look at a repository that needed nothing.
    pub(super) fn nothing() -> Self {
        Self { old: Vec::new(), dropped: Vec::new(), new: Vec::new(), repacked: false }
    }

    /// Makes the new packs part of the repository, durably.
    pub(super) fn publish(self) -> Result<Swap<Repacked>> {
        let mut new = Vec::new();
        for (prepared, role) in self.new {
            new.push((prepared.publish()?, role));
        }
        Ok(Swap { old: self.old, dropped: self.dropped, new, repacked: self.repacked })
    }
}

impl App {
    /// Has the new packs of a swap that did not happen deleted in time.
    ///
    /// Not at once: another process may have made the very same pack at the same moment, and its rows may name the file
    /// that this one wrote. Then the file stays, because a pack that gets a row no longer waits to be deleted.
    pub(super) async fn abandon(&self, repo: &Repository, swap: &Swap<Repacked>) -> Result<()> {
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        let rows = pack::list(&tx, repo.id).await?;
        for (new, _) in swap.new.iter().filter(|(new, _)| !new.existed) {
            if rows.iter().all(|row| row.checksum != new.checksum) {
                let row = self.row_of(new, now);
                maintenance::replace(&tx, repo.id, &row, now, false).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    fn row_of(&self, new: &Repacked, now: OffsetDateTime) -> StoredPack {
        StoredPack {
            id: self.ambient().id(),
            checksum: new.checksum,
            bytes: new.bytes,
            objects: new.objects,
            created_at: now,
        }
    }

    /// Changes the rows, all or none. `Conflict` when a pack that is to go is gone already.
    pub(super) async fn swap(&self, repo: &Repository, swap: &Swap<Repacked>) -> Result<()> {
        let now = self.ambient().now();
        let mut rows = Vec::with_capacity(swap.new.len());
        for (new, role) in &swap.new {
            let row = self.row_of(new, now);
            let kept = NewPack { repo: repo.id, row: row.clone() };
            self.keep_pack(&kept, &self.repositories().pack_path(repo.id, &new.checksum)).await?;
            rows.push((row, role));
        }
        let tx = self.store().begin().await?;
        // Pushes through other nodes wait for this lock. One that came before it may reach again what nobody reached.
        repository::lock(&tx, repo.id).await?;
        let now_at = repository::by_id(&tx, repo.id).await?.ok_or(Error::NotFound)?.generation;
        if !swap.dropped.is_empty() && now_at != repo.generation {
            return Err(Error::Conflict("the refs have changed meanwhile".to_owned()));
        }
        let is_new = |old: &&StoredPack| !swap.new.iter().any(|(new, _)| new.checksum == old.checksum);
        for (packs, dropped) in [(&swap.old, false), (&swap.dropped, true)] {
            for old in packs {
                match pack::remove(&tx, old.id).await {
                    Err(forge_store::Error::NotFound) => {
                        return Err(Error::Conflict("the packs have changed meanwhile".to_owned()));
                    }
                    removed => removed?,
                }
            }
            for old in packs.iter().filter(is_new) {
                maintenance::replace(&tx, repo.id, old, now, dropped).await?;
            }
        }
        for (row, role) in rows {
            pack::insert_as(&tx, repo.id, &row, *role).await?;
        }
        maintenance::looked_after(&tx, repo.id, now, swap.repacked).await?;
        if !swap.new.is_empty() || !swap.dropped.is_empty() {
            repository::bump(&tx, repo.id).await?;
            let wait = self.linger();
            self.enqueue_after(&tx, &Job::RemoveReplaced { repo: repo.id }, wait).await?;
        }
        Ok(tx.commit().await?)
    }
}
