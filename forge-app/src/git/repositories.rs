//! Where the objects of repositories are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io};

use forge_core::{ObjectFormat, ObjectId, RepoId, Repository};
use forge_git::{Limits, ObjectStore, RefSnapshot, durable};
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::git::remote::{PackStorage, Remote};

/// What fetches and pushes may use together.
#[derive(Debug, Clone)]
pub struct TransferLimits {
    /// Bounds on a single fetch or push.
    pub git: Limits,
    /// Fetches and pushes at one time; the rest wait for their turn.
    pub at_once: usize,
    /// How long one may wait for its turn.
    pub patience: Duration,
    /// How long one may take.
    pub longest: Duration,
    /// The size of a repository's large pack from which on clients are offered it as a bundle; nothing for never.
    pub bundle_from: Option<u64>,
    /// Disk for packs that were sent before; 0 keeps none.
    pub answer_bytes: u64,
    /// How often a running one asks again whether it may go on.
    pub recheck: Duration,
}

impl Default for TransferLimits {
    fn default() -> Self {
        Self {
            git: Limits::default(),
            at_once: 128,
            patience: Duration::from_mins(1),
            longest: Duration::from_hours(2),
            bundle_from: Some(64 << 20),
            answer_bytes: 2 << 30,
            recheck: Duration::from_secs(20),
        }
    }
}

/// Object stores kept open.
const OPEN_STORES: u64 = 512;

/// The repositories on this machine's disk, and what is remembered of them.
pub(crate) struct Repositories {
    root: PathBuf,
    limits: TransferLimits,
    stores: Cache<RepoId, (u64, ObjectStore)>,
    refs: Cache<RepoId, RememberedRefs>,
    turns: Arc<Semaphore>,
    push_turns: Cache<RepoId, Arc<Mutex<()>>>,
    remote: Option<Remote>,
}

/// Refs and the generation that they were asked for at.
#[derive(Clone)]
struct RememberedRefs {
    asked: u64,
    /// They are of this generation or of an earlier one.
    latest: u64,
    refs: Arc<RefSnapshot>,
}

impl Repositories {
    pub(crate) fn open(data_dir: &Path, limits: TransferLimits, storage: &PackStorage) -> Result<Self> {
        let root = data_dir.join("repositories");
        fs::create_dir_all(&root).map_err(Error::internal)?;
        let remote = match storage {
            PackStorage::Directory => None,
            PackStorage::Bucket { bucket, cache } => {
                Some(Remote::open(bucket.clone(), *cache, &root).map_err(Error::internal)?)
            }
        };
        Ok(Self {
            root,
            stores: Cache::new(OPEN_STORES),
            refs: Cache::new(OPEN_STORES),
            turns: Arc::new(Semaphore::new(limits.at_once.max(1))),
            push_turns: Cache::builder().time_to_idle(limits.longest).build(),
            limits,
            remote,
        })
    }

    /// The bucket behind the disk, if there is one.
    pub(crate) fn remote(&self) -> Option<&Remote> {
        self.remote.as_ref()
    }

    pub(crate) fn limits(&self) -> &TransferLimits {
        &self.limits
    }

    /// Waits for a place among the running transfers.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(self.limits.patience, turn).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::Unavailable("Too many transfers are running. Try again in a minute.".to_owned())),
        }
    }

    /// The lock under which packs of a repository are published and its refs moved.
    pub(crate) fn push_turn(&self, id: RepoId) -> Arc<Mutex<()>> {
        self.push_turns.get_with(id, Arc::default)
    }

    /// Makes the directory of a new repository: a bare repository in an administrator's eyes, durable before it counts.
    pub(crate) fn create(&self, id: RepoId, format: ObjectFormat) -> Result<()> {
        let dir = self.dir(id);
        write_bare(&dir, format).map_err(Error::internal)?;
        ObjectStore::create(&dir.join("objects"), format, &self.limits.git)?;
        durable::sync_dir(&dir).and_then(|()| durable::sync_dir(&self.root))?;
        Ok(())
    }

    /// Deletes the directory of a repository that has no row any more.
    pub(crate) fn remove(&self, id: RepoId) -> Result<()> {
        if let Some(remote) = &self.remote {
            remote.forget(id);
        }
        self.stores.invalidate(&id);
        self.refs.invalidate(&id);
        match fs::remove_dir_all(self.dir(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::internal(error)),
            _ => Ok(()),
        }
    }

    /// What is on the disk of a repository at a generation.
    ///
    /// An open store looks at the directory of packs once. A pack that came later, here or on another node, came with a
    /// new generation, so a store of an older one is opened anew.
    pub(crate) fn store_at(&self, repo: &Repository, generation: u64) -> Result<ObjectStore> {
        let store = match self.stores.get(&repo.id) {
            Some((opened_at, store)) if opened_at == generation => return Ok(store),
            Some((_, store)) => store.reopen()?,
            None => ObjectStore::open(&self.dir(repo.id).join("objects"), repo.format, &self.limits.git)?,
        };
        self.stores.insert(repo.id, (generation, store.clone()));
        Ok(store)
    }

    /// Makes the next to open a repository look at its directory again.
    pub(crate) fn forget_store(&self, id: RepoId) {
        self.stores.invalidate(&id);
    }

    /// Closes packs that are no longer in the directory: the disk has their bytes for as long as they are open.
    pub(crate) fn let_go(&self, id: RepoId) -> Result<()> {
        if let Some((_, store)) = self.stores.get(&id) {
            store.reopen()?;
        }
        Ok(())
    }

    /// The refs of a repository if those remembered are of its present generation, and the latest one they may be of.
    pub(crate) fn remembered_refs(&self, repo: &Repository) -> Option<(Arc<RefSnapshot>, u64)> {
        let found = self.refs.get(&repo.id)?;
        (found.asked == repo.generation).then_some((found.refs, found.latest))
    }

    pub(crate) fn remember_refs(&self, repo: &Repository, refs: Arc<RefSnapshot>, latest: u64) {
        self.refs.insert(repo.id, RememberedRefs { asked: repo.generation, latest, refs });
    }

    /// Removes what crashed pushes and deleted repositories left behind. Only at start, before anything is served.
    pub(crate) fn sweep(&self, known: &[Repository]) -> Result<Swept> {
        let mut swept = Swept::default();
        for entry in fs::read_dir(&self.root).map_err(Error::internal)? {
            let entry = entry.map_err(Error::internal)?;
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|name| name.parse::<RepoId>().ok()) else { continue };
            if known.iter().any(|repo| repo.id == id) {
                swept.transfers += ObjectStore::sweep_incoming(&entry.path().join("objects"))?;
            } else {
                self.remove(id)?;
                swept.repositories += 1;
            }
        }
        Ok(swept)
    }

    /// Where all repositories are.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the file of a pack is, or would be.
    pub(crate) fn pack_path(&self, id: RepoId, checksum: &ObjectId) -> PathBuf {
        self.dir(id).join(format!("objects/pack/pack-{checksum}.pack"))
    }

    pub(crate) fn dir(&self, id: RepoId) -> PathBuf {
        self.root.join(id.to_string())
    }
}

/// What a sweep removed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Swept {
    /// Directories without a row.
    pub(crate) repositories: usize,
    /// Pushes that never ended.
    pub(crate) transfers: usize,
}

fn write_bare(dir: &Path, format: ObjectFormat) -> io::Result<()> {
    fs::create_dir_all(dir.join("refs"))?;
    fs::write(dir.join("HEAD"), "ref: refs/heads/main\n")?;
    let config = match format {
        ObjectFormat::Sha1 => "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
        ObjectFormat::Sha256 => {
            "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
        }
    };
    fs::write(dir.join("config"), config)
}
