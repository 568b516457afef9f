//! Deleting the files of packs that were replaced, once nobody can need them.

use std::path::Path;
use std::sync::PoisonError;
use std::time::Duration;

use forge_core::{ObjectId, RepoId};
use forge_git::receive::{Quarantine, Silent};
use forge_git::{Cancel, ObjectStore, RefSnapshot};
use forge_store::maintenance::{self, ReplacedPack};
use forge_store::pack::{self, PackRole, StoredPack};
use forge_store::repository;

use super::look_after::Case;
use crate::app::App;
use crate::error::{Error, Result};

/// Replaced packs that wait at one time. Beyond it the oldest go early: a store can hold only so many open.
const MOST_WAITING: usize = 600;

impl App {
    /// How long the files of a replaced pack stay: no transfer that may use them takes longer.
    pub(crate) fn linger(&self) -> Duration {
        self.repositories().limits().longest
    }

    /// Repositories with packs that were replaced long enough ago.
    pub(crate) async fn repositories_with_replaced_packs_due(&self) -> Result<Vec<RepoId>> {
        let rows = self.store().read().await?;
        Ok(maintenance::with_replaced(&rows, self.ambient().now() - self.linger()).await?)
    }

    /// Repositories with objects whose time of grace is over.
    pub(crate) async fn repositories_with_expired_leftovers(&self) -> Result<Vec<RepoId>> {
        let rows = self.store().read().await?;
        let before = self.ambient().now() - self.maintenance().grace;
        Ok(pack::with_role_before(&rows, PackRole::Leftover, before).await?)
    }

    /// Deletes the files of packs that were replaced before `linger` ago; says how many.
    pub(crate) async fn remove_replaced(
        &self,
        repo: RepoId,
        linger: Duration,
        cancel: &Cancel,
    ) -> Result<usize> {
        let Some(case) = self.case(repo).await? else { return Ok(0) };
        let before = self.ambient().now() - linger;
        let rows = self.store().read().await?;
        let waiting = maintenance::replaced(&rows, repo).await?;
        let early = waiting.len().saturating_sub(MOST_WAITING);
        let due: Vec<ReplacedPack> = waiting
            .into_iter()
            .enumerate()
            .filter(|(at, pack)| *at < early || pack.replaced_at <= before)
            .map(|(_, pack)| pack)
            .collect();
        if due.is_empty() {
            return Ok(0);
        }
        let objects = self.objects(&case.repo).await?;
        let (app, cancel) = (self.clone(), cancel.clone());
        let runtime = tokio::runtime::Handle::current();
        let work = move || {
            let _objects = objects;
            if due.iter().any(|pack| pack.dropped)
                && let Err(error) = app.check_without_replaced(&case, &cancel)
            {
                return app.take_back(&case, &due, &error, &runtime);
            }
            app.delete_replaced(&case, &due, &runtime)
        };
        self.tasks().spawn_blocking(work).await.map_err(Error::internal)?
    }

    /// Whether everything that the refs reach is in the packs that have rows.
    fn check_without_replaced(&self, case: &Case, cancel: &Cancel) -> forge_git::Result<()> {
        let limits = &self.repositories().limits().git;
        let objects = self.repositories().dir(case.repo.id).join("objects");
        let view = objects.join(format!("incoming-check-{}", self.ambient().id::<forge_core::JobId>()));
        let found = check_in(&objects, &view, case, limits, cancel);
        std::fs::remove_dir_all(&view)?;
        found
    }

    /// Gives packs their rows back, because a ref reaches something that only they have.
    fn take_back(
        &self,
        case: &Case,
        due: &[ReplacedPack],
        error: &forge_git::Error,
        runtime: &tokio::runtime::Handle,
    ) -> Result<usize> {
        if matches!(error, forge_git::Error::Cancelled | forge_git::Error::Io(_)) {
            return Err(Error::internal(error));
        }
        if self.repositories().remote().is_some() {
            // Their blobs have the keys of other rows, and stay for as long as it is said here that they wait.
            return Err(Error::internal(format!(
                "{}: what was swept is in use again: {error}",
                case.repo.path
            )));
        }
        tracing::warn!(path = %case.repo.path, %error, "what was swept is in use again: its packs are taken back");
        runtime.block_on(async {
            let now = self.ambient().now();
            let tx = self.store().begin().await?;
            for old in due.iter().filter(|old| old.dropped) {
                let row = StoredPack {
                    id: self.ambient().id(),
                    checksum: old.checksum,
                    bytes: old.bytes,
                    objects: old.objects,
                    created_at: now,
                };
                pack::insert_as(&tx, case.repo.id, &row, PackRole::Leftover).await?;
            }
            repository::bump(&tx, case.repo.id).await?;
            Ok::<_, Error>(tx.commit().await?)
        })?;
        Ok(0)
    }

    fn delete_replaced(
        &self,
        case: &Case,
        due: &[ReplacedPack],
        runtime: &tokio::runtime::Handle,
    ) -> Result<usize> {
        let repo = case.repo.id;
        let mut deleted = 0;
        for old in due {
            let turn = self.repositories().push_turn(repo);
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let (waits, is_used) = runtime.block_on(async {
                let rows = self.store().read().await?;
                let waiting = maintenance::replaced(&rows, repo).await?;
                let used = pack::list(&rows, repo).await?;
                let waits = waiting.iter().any(|waiting| waiting.checksum == old.checksum);
                Ok::<_, Error>((waits, used.iter().any(|used| used.checksum == old.checksum)))
            })?;
            if !waits {
                continue;
            }
            // A pack of the same bytes may have come meanwhile: then it only no longer waits.
            if !is_used {
                delete_files(&self.repositories().pack_path(repo, &old.checksum)).map_err(Error::internal)?;
                deleted += 1;
            }
            // The row last: after a crash the rest is done again.
            runtime.block_on(async {
                let tx = self.store().begin().await?;
                match maintenance::forget(&tx, repo, &old.checksum).await {
                    // Somebody else was as quick.
                    Err(forge_store::Error::NotFound) => Ok(()),
                    forgotten => {
                        forgotten?;
                        Ok::<_, Error>(tx.commit().await?)
                    }
                }
            })?;
        }
        if deleted > 0 {
            self.repositories().let_go(repo)?;
        }
        Ok(deleted)
    }
}

/// Deletes a pack and what lies beside it. The index first: a pack without one is not seen.
pub(crate) fn delete_files(pack: &Path) -> std::io::Result<()> {
    for extension in ["idx", "reach", "pack"] {
        match std::fs::remove_file(pack.with_extension(extension)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Walks from every ref in a directory that has only the packs with rows.
fn check_in(
    objects: &Path,
    view: &Path,
    case: &Case,
    limits: &forge_git::Limits,
    cancel: &Cancel,
) -> forge_git::Result<()> {
    std::fs::create_dir_all(view.join("pack"))?;
    for state in &case.packs {
        link(objects, view, &state.pack.checksum)?;
    }
    let store = ObjectStore::open(view, case.repo.format, limits)?;
    let nothing = RefSnapshot::default();
    Quarantine::empty(&store, limits).check_connected(&nothing, &case.tips, &mut Silent, cancel)
}

fn link(objects: &Path, view: &Path, checksum: &ObjectId) -> std::io::Result<()> {
    for extension in ["pack", "idx"] {
        let name = format!("pack/pack-{checksum}.{extension}");
        std::fs::hard_link(objects.join(&name), view.join(&name))?;
    }
    Ok(())
}
