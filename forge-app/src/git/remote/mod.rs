//! Packs in a bucket, and this machine's disk as a cache of them.
//!
//! The bucket is the truth about packs, and the rows are the truth about which of them a repository has. A repository
//! is used under a [`Lease`]: while one is held, every pack that the rows named is on the disk, whole, and stays there.
//! Two locks make it so. Within the process, a lease holds the reading side of a lock whose writing side the clearing
//! of space needs; between processes that share a data directory, such as the server and a command, a lock on a file
//! does the same.
//!
//! *Invariant:* a file with the name of a pack has the bytes of that pack. It arrives under another name, is hashed and
//! synced, and only then renamed.

mod fill;
mod keep;
mod room;
mod sweep;

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use forge_core::{ObjectId, RepoId};
use forge_store::blob::Bucket;
use moka::future::Cache;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

pub(crate) use fill::fetch_into;
pub(crate) use keep::NewPack;
pub(crate) use sweep::GRACE;

/// How long an answer about the bucket's health is good for: anybody may ask, and each question costs a request.
const HEALTH: Duration = Duration::from_secs(5);

/// Where packs are kept.
#[derive(Debug, Clone, Default)]
pub enum PackStorage {
    /// In the data directory, and nowhere else.
    #[default]
    Directory,
    /// In a bucket; the data directory holds copies of what is in use.
    Bucket {
        /// The bucket.
        bucket: Bucket,
        /// Bytes of copies that are kept, but for what is in use at the moment.
        cache: u64,
    },
}

/// A bucket with the disk in front of it.
pub(crate) struct Remote {
    bucket: Bucket,
    most: u64,
    places: Mutex<HashMap<RepoId, Arc<Place>>>,
    ticks: AtomicU64,
    is_clearing: AtomicBool,
    health: Cache<(), bool>,
}

/// What is on the disk of one repository.
#[derive(Debug, Default)]
struct Place {
    users: Arc<RwLock<()>>,
    /// Locked while packs come or go.
    held: tokio::sync::Mutex<Held>,
    bytes: AtomicU64,
    /// When it was last used, in uses of anything.
    used: AtomicU64,
}

/// Which packs are there, as of which generation of the rows.
#[derive(Debug, Default)]
struct Held {
    generation: Option<u64>,
    packs: Vec<ObjectId>,
}

/// The right to find a repository's packs on the disk.
#[derive(Debug)]
pub(crate) struct Lease {
    generation: u64,
    _user: OwnedRwLockReadGuard<()>,
    _file: File,
}

impl Lease {
    /// Of which generation, or of a later one, the packs are.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }
}

impl Remote {
    /// Looks at what an earlier process left on the disk: it is good for as long as the rows name it.
    pub(crate) fn open(bucket: Bucket, most: u64, root: &Path) -> std::io::Result<Self> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(root)? {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(|name| name.parse::<RepoId>().ok());
            if let Some(id) = id {
                found.push((entry.metadata()?.modified()?, id, room::bytes_of(&entry.path())?));
            }
        }
        found.sort();
        let places = found.iter().zip(0_u64..).map(|((_, id, bytes), tick)| {
            let place = Place { bytes: (*bytes).into(), used: tick.into(), ..Place::default() };
            (*id, Arc::new(place))
        });
        Ok(Self {
            bucket,
            most,
            places: Mutex::new(places.collect()),
            ticks: AtomicU64::new(u64::try_from(found.len()).unwrap_or(u64::MAX / 2)),
            is_clearing: AtomicBool::new(false),
            health: Cache::builder().time_to_live(HEALTH).build(),
        })
    }

    /// The bucket itself.
    pub(crate) fn bucket(&self) -> &Bucket {
        &self.bucket
    }

    /// Whether the bucket answers.
    pub(crate) async fn is_ready(&self) -> bool {
        let ask = async {
            match tokio::time::timeout(HEALTH, self.bucket.ping()).await {
                Ok(Ok(())) => true,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the bucket of packs does not answer");
                    false
                }
                Err(_) => false,
            }
        };
        self.health.get_with((), ask).await
    }

    /// The place of a repository, which counts as used now.
    fn place(&self, id: RepoId) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(places.entry(id).or_default());
        place.used.store(self.ticks.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        place
    }

    /// Forgets a repository whose directory is removed.
    pub(crate) fn forget(&self, id: RepoId) {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}
