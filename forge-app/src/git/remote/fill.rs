//! Bringing packs from the bucket to the disk.

use std::collections::HashSet;
use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use forge_core::{ObjectId, RepoId, Repository};
use forge_git::{Cancel, pack as git_pack};
use forge_store::blob::{BlobKey, Bucket, Part};
use forge_store::pack::{self, StoredPack};
use forge_store::{maintenance, repository};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{Held, Lease, Place, Remote, room};
use crate::app::App;
use crate::error::{Error, Result};
use crate::maintain::delete_files;

/// Packs of one repository that are fetched at one time.
const AT_ONCE: usize = 4;
/// How often the rows are asked again when a pack went between the question and the fetching.
const TRIES: usize = 3;

impl App {
    /// Waits until every pack of a repository is on the disk, and keeps them there.
    ///
    /// Those who ask for the same repository at once wait for one download.
    pub(in crate::git) async fn lease(
        &self,
        remote: &Remote,
        repo: &Repository,
        since: u64,
    ) -> Result<Lease> {
        let place = remote.place(repo.id);
        let user = Arc::clone(&place.users).read_owned().await;
        let dir = self.repositories().dir(repo.id);
        if !dir.join("objects/pack").is_dir() {
            self.repositories().create(repo.id, repo.format)?;
        }
        let file = lock_shared(&dir).await.map_err(Error::internal)?;
        let generation = self.fill(remote, &place, repo, since).await?;
        self.make_room_later();
        Ok(Lease { generation, _user: user, _file: file })
    }

    async fn fill(&self, remote: &Remote, place: &Place, repo: &Repository, since: u64) -> Result<u64> {
        let mut held = place.held.lock().await;
        if let Some(generation) = held.generation
            && generation >= since
            && held.packs.iter().all(|pack| self.is_here(repo.id, pack))
        {
            return Ok(generation);
        }
        for _ in 0..TRIES {
            // The generation first: the packs are then of it or of a later one.
            let rows = self.store().read().await?;
            let now = repository::by_id(&rows, repo.id).await?.ok_or(Error::NotFound)?;
            let packs = pack::list(&rows, repo.id).await?;
            let mut missing = packs.clone();
            missing.retain(|pack| !self.is_here(repo.id, &pack.checksum));
            let is_changed = !missing.is_empty();
            let fetches = missing.into_iter().map(|pack| self.fetch(remote.bucket(), repo.id, pack));
            let outcome = stream::iter(fetches).buffer_unordered(AT_ONCE).try_collect::<()>().await;
            if is_changed {
                // Whoever opened the directory before saw fewer packs.
                self.repositories().forget_store(repo.id);
                self.weigh(place, repo.id).await?;
            }
            match outcome {
                Ok(()) => {
                    self.drop_copies(repo.id).await?;
                    let packs = packs.iter().map(|pack| pack.checksum).collect();
                    *held = Held { generation: Some(now.generation), packs };
                    return Ok(now.generation);
                }
                // Its row may have gone meanwhile, because others hold its objects now.
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::internal(format!("a pack of {} is not in the bucket: run forge doctor", repo.path)))
    }

    /// Removes copies of packs that neither have a row nor wait for those who may be reading them: packs that were purged through
    /// another node, and those that it has deleted in time.
    async fn drop_copies(&self, id: RepoId) -> Result<()> {
        let (app, runtime) = (self.clone(), tokio::runtime::Handle::current());
        let work = self.tasks().spawn_blocking(move || {
            // A push of this node has its pack here before it has a row, in its turn.
            let turn = app.repositories().push_turn(id);
            let _turn = match turn.try_lock() {
                Ok(turn) => turn,
                Err(std::sync::TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                // Whoever has it may be waiting for this very repository. They go another time.
                Err(std::sync::TryLockError::WouldBlock) => return Ok(()),
            };
            let known = runtime.block_on(async {
                let rows = app.store().read().await?;
                let named = pack::list(&rows, id).await?.into_iter().map(|row| row.checksum);
                let waiting = maintenance::replaced(&rows, id).await?.into_iter().map(|row| row.checksum);
                Ok::<_, Error>(named.chain(waiting).collect::<HashSet<_>>())
            })?;
            let packs = app.repositories().dir(id).join("objects/pack");
            for entry in fs::read_dir(packs).map_err(Error::internal)? {
                let path = entry.map_err(Error::internal)?.path();
                let checksum =
                    path.file_stem().and_then(|stem| stem.to_str()?.strip_prefix("pack-")?.parse().ok());
                if checksum.is_some_and(|checksum: ObjectId| !known.contains(&checksum)) {
                    delete_files(&path).map_err(Error::internal)?;
                }
            }
            Ok(())
        });
        work.await.map_err(Error::internal)?
    }

    /// Counts the bytes of a repository on the disk anew.
    pub(super) async fn weigh(&self, place: &Place, id: RepoId) -> Result<()> {
        let dir = self.repositories().dir(id);
        let bytes = self.tasks().spawn_blocking(move || room::bytes_of(&dir));
        let bytes = bytes.await.map_err(Error::internal)?.map_err(Error::internal)?;
        place.bytes.store(bytes, Ordering::Relaxed);
        Ok(())
    }

    fn is_here(&self, id: RepoId, checksum: &ObjectId) -> bool {
        let pack = self.repositories().pack_path(id, checksum);
        pack.with_extension("idx").is_file() && pack.is_file()
    }

    /// One pack: under another name, hashed, synced, then under its own.
    async fn fetch(&self, bucket: &Bucket, repo: RepoId, pack: StoredPack) -> Result<()> {
        let target = self.repositories().pack_path(repo, &pack.checksum);
        let objects = self.repositories().dir(repo).join("objects");
        // Called as a push on trial is, so that what a crash leaves is swept like one.
        let scratch =
            tempfile::Builder::new().prefix("incoming-").tempdir_in(objects).map_err(Error::internal)?;
        let arrived = fetch_into(bucket, repo, &pack, scratch.path()).await?;
        let (checksum, bytes) = (pack.checksum, pack.bytes);
        let work = self.tasks().spawn_blocking(move || {
            let _scratch = scratch;
            check(&arrived, &checksum, bytes)?;
            settle(&arrived, &target).map_err(Error::internal)
        });
        work.await.map_err(Error::internal)?
    }
}

/// Both files of a pack, as they are in the bucket, into a directory; gives the path of the first.
pub(crate) async fn fetch_into(
    bucket: &Bucket,
    repo: RepoId,
    pack: &StoredPack,
    dir: &Path,
) -> forge_store::Result<PathBuf> {
    let arrived = dir.join(format!("pack-{}.pack", pack.checksum));
    for part in Part::ALL {
        let key = BlobKey { repo, pack: pack.id, checksum: pack.checksum, part };
        bucket.fetch(&key, &arrived.with_extension(part.extension())).await?;
    }
    Ok(arrived)
}

fn check(arrived: &Path, checksum: &ObjectId, bytes: u64) -> Result<()> {
    let length = fs::metadata(arrived).map_err(Error::internal)?.len();
    if length != bytes {
        return Err(Error::internal(format!(
            "pack {checksum} has {length} bytes in the bucket instead of {bytes}"
        )));
    }
    git_pack::verify(arrived, checksum, &Cancel::new()).map_err(Error::internal)
}

fn settle(arrived: &Path, target: &Path) -> io::Result<()> {
    // The index last: a pack without one is not seen.
    for part in Part::ALL {
        let from = arrived.with_extension(part.extension());
        fs::set_permissions(&from, Permissions::from_mode(0o444))?;
        File::open(&from)?.sync_all()?;
        fs::rename(&from, target.with_extension(part.extension()))?;
    }
    Ok(())
}

/// Says to other processes that the directory is in use.
async fn lock_shared(dir: &Path) -> io::Result<File> {
    let file = room::lock_file(dir)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::Error(error)) => Err(error),
        // Somebody clears it at this moment.
        Err(TryLockError::WouldBlock) => {
            let work = tokio::task::spawn_blocking(move || file.lock_shared().map(|()| file));
            work.await.map_err(io::Error::other)?
        }
    }
}
