//! Keeping the disk from filling up: what was not used for the longest time goes, and nothing that is in use.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use forge_core::RepoId;

use super::{Held, Place, Remote};
use crate::app::App;

impl App {
    /// Removes copies of packs until the rest is within its bound, in the background.
    pub(super) fn make_room_later(&self) {
        let is_needed = self.repositories().remote().is_some_and(Remote::wants_room);
        if is_needed {
            let app = self.clone();
            self.tasks().spawn(async move { app.make_room().await });
        }
    }

    /// Counts the packs of a repository on the disk after some came, and makes room if need be.
    pub(crate) async fn packs_came(&self, id: RepoId) {
        let Some(remote) = self.repositories().remote() else { return };
        match self.weigh(&remote.place(id), id).await {
            Ok(()) => self.make_room_later(),
            Err(error) => tracing::warn!(%id, %error, "packs on the disk could not be counted"),
        }
    }

    /// Removes copies of packs until the rest is within its bound, or is in use.
    async fn make_room(&self) {
        let Some(remote) = self.repositories().remote() else { return };
        for (id, place) in remote.by_age() {
            if remote.bytes() <= remote.most {
                break;
            }
            if let Err(error) = self.clear(id, &place).await {
                tracing::warn!(%id, %error, "copies of packs could not be removed");
            }
        }
        remote.is_clearing.store(false, Ordering::Release);
    }

    /// Removes the copies of one repository, unless somebody uses it.
    async fn clear(&self, id: RepoId, place: &Place) -> io::Result<()> {
        let Ok(_alone) = Arc::clone(&place.users).try_write_owned() else { return Ok(()) };
        let mut held = place.held.lock().await;
        let dir = self.repositories().dir(id);
        let removed = self.tasks().spawn_blocking(move || remove_packs(&dir));
        if removed.await.map_err(io::Error::other)?? {
            self.repositories().forget_store(id);
            place.bytes.store(0, Ordering::Relaxed);
            *held = Held::default();
        }
        Ok(())
    }
}

impl Remote {
    /// Whether copies take more than their share and nobody clears them yet; whoever hears yes has to.
    fn wants_room(&self) -> bool {
        self.bytes() > self.most && !self.is_clearing.swap(true, Ordering::AcqRel)
    }

    /// Bytes of all copies.
    fn bytes(&self) -> u64 {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.values().map(|place| place.bytes.load(Ordering::Relaxed)).sum()
    }

    /// The places that hold anything, the longest unused first.
    fn by_age(&self) -> Vec<(RepoId, Arc<Place>)> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<_> = places
            .iter()
            .filter(|(_, place)| place.bytes.load(Ordering::Relaxed) > 0)
            .map(|(id, place)| (*id, Arc::clone(place)))
            .collect();
        found.sort_by_key(|(_, place)| place.used.load(Ordering::Relaxed));
        found
    }
}

/// Removes every pack and what was derived from it; nothing, and `false`, if another process uses the directory.
fn remove_packs(dir: &Path) -> io::Result<bool> {
    let packs = dir.join("objects/pack");
    if !packs.is_dir() {
        return Ok(true);
    }
    let lock = lock_file(dir)?;
    if lock.try_lock().is_err() {
        return Ok(false);
    }
    let mut files: Vec<_> =
        fs::read_dir(&packs)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    // An index without its pack would be believed.
    files.sort_by_key(|file| file.extension().is_none_or(|extension| extension != "idx"));
    for file in files {
        fs::remove_file(file)?;
    }
    Ok(true)
}

/// The file whose lock says that a directory is in use.
pub(super) fn lock_file(dir: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).write(true).open(dir.join("in-use"))
}

/// Bytes of a repository's packs on the disk, with what was derived from them.
pub(super) fn bytes_of(dir: &Path) -> io::Result<u64> {
    let mut bytes = 0_u64;
    let packs = match fs::read_dir(dir.join("objects/pack")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        packs => packs?,
    };
    for entry in packs {
        match entry?.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            metadata => bytes = bytes.saturating_add(metadata?.len()),
        }
    }
    Ok(bytes)
}
