//! Making a new pack durable before a row names it, and taking it back when none will.

use std::path::Path;

use forge_core::{ObjectId, PackId, RepoId};
use forge_store::blob::{BlobKey, Part};
use forge_store::pack::{self, StoredPack};
use forge_store::repository;

use crate::app::App;
use crate::error::{Error, Result};

/// A pack in quarantine, with the row that it will have.
#[derive(Debug, Clone)]
pub(crate) struct NewPack {
    /// Whose it will be.
    pub(crate) repo: RepoId,
    /// What the transaction adds.
    pub(crate) row: StoredPack,
}

impl App {
    /// Sends a pack to the bucket, if there is one. On return it is safe there, under a key of its own: no push that
    /// brings the same pack at the same moment, here or on another node, has anything to do with it.
    ///
    /// `pack` is the file of its objects; its index lies beside it.
    pub(crate) async fn keep_pack(&self, new: &NewPack, pack: &Path) -> Result<()> {
        let Some(remote) = self.repositories().remote() else { return Ok(()) };
        let [one, two] = new.keys();
        let index = pack.with_extension(Part::Index.extension());
        let sent = tokio::try_join!(remote.bucket().put(&one, pack), remote.bucket().put(&two, &index));
        if let Err(error) = sent {
            self.drop_blobs(new).await;
            return Err(error.into());
        }
        Ok(())
    }

    /// Copies a pack of another repository within the bucket, if there is one, under a key of its own.
    pub(crate) async fn copy_in_bucket(&self, new: &NewPack, from: RepoId, row: PackId) -> Result<()> {
        let Some(remote) = self.repositories().remote() else { return Ok(()) };
        for to in new.keys() {
            let there = BlobKey { repo: from, pack: row, ..to };
            if !remote.bucket().copy(&there, &to).await? {
                let pack = self.repositories().pack_path(from, &new.row.checksum);
                remote.bucket().put(&to, &pack.with_extension(to.part.extension())).await?;
            }
        }
        Ok(())
    }

    /// Removes a pack from the bucket that no row names. Never fails: what stays is swept later.
    async fn drop_blobs(&self, new: &NewPack) {
        let Some(remote) = self.repositories().remote() else { return };
        for key in new.keys() {
            if let Err(error) = remote.bucket().delete(&key).await {
                tracing::info!(%key, %error, "a pack that is not needed stays in the bucket until it is swept");
            }
        }
    }

    /// Takes back a pack whose transaction failed, unless a row names it after all; `files` removes it from the disk.
    ///
    /// A transaction may fail on our side and succeed in the database, and another process may have brought the very
    /// same pack. So it is the database that decides, under the lock that every change of the repository takes: once
    /// we hold it, the failed transaction has ended one way or the other.
    pub(crate) async fn take_pack_back(
        &self,
        new: &NewPack,
        files: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let is_there = match repository::lock(&tx, new.repo).await {
            Ok(()) => true,
            Err(forge_store::Error::NotFound) => false,
            Err(error) => return Err(error.into()),
        };
        let rows = pack::list(&tx, new.repo).await?;
        let is_named = rows.iter().any(|row| row.checksum == new.row.checksum);
        if is_there && !is_named {
            // Still under the lock: whoever waits for it looks whether the files are there.
            files()?;
        }
        drop(tx);
        if !rows.iter().any(|row| row.id == new.row.id) {
            self.drop_blobs(new).await;
        }
        Ok(())
    }

    /// Removes a pack that came a second time: the row of the first stays.
    pub(crate) async fn drop_duplicate(&self, new: &NewPack) {
        self.drop_blobs(new).await;
    }

    /// Removes packs from the bucket that no row names any more, whatever keys they have, at once.
    pub(crate) async fn drop_packs(&self, repo: RepoId, packs: &[ObjectId]) -> Result<()> {
        use futures::TryStreamExt as _;
        let Some(remote) = self.repositories().remote() else { return Ok(()) };
        let blobs: Vec<_> = remote.bucket().list(Some(repo)).try_collect().await.map_err(Error::from)?;
        for blob in blobs.iter().filter(|blob| packs.contains(&blob.key.checksum)) {
            remote.bucket().delete(&blob.key).await?;
        }
        Ok(())
    }

    /// Removes every pack of a repository that has no row any more from the bucket. What stays is swept later.
    pub(crate) async fn drop_repository(&self, repo: RepoId) -> Result<()> {
        use futures::TryStreamExt as _;
        let Some(remote) = self.repositories().remote() else { return Ok(()) };
        let blobs: Vec<_> = remote.bucket().list(Some(repo)).try_collect().await.map_err(Error::from)?;
        for blob in blobs {
            remote.bucket().delete(&blob.key).await?;
        }
        Ok(())
    }
}

impl NewPack {
    fn keys(&self) -> [BlobKey; 2] {
        Part::ALL.map(|part| BlobKey {
            repo: self.repo,
            pack: self.row.id,
            checksum: self.row.checksum,
            part,
        })
    }
}
