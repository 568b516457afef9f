//! Removing an object for good.
//!
//! Data about people that was pushed by mistake must be made to go, and not only when its time of grace is over. The refs
//! must let go of it first: whoever pushed it rewrites the history and pushes that. Then the packs that hold the object
//! are written anew without it and the old ones deleted at once, and its id goes on a list of what no push may bring
//! back. Other repositories, clones and backups are other people's to clean.

use std::sync::PoisonError;

use forge_core::{ObjectId, RepoPath};
use forge_git::{Cancel, repack};
use forge_store::pack::{PackRole, StoredPack};
use forge_store::{git_ref, maintenance, pack, repository};
use serde_json::json;

use super::look_after::Case;
use super::replaced::delete_files;
use crate::access::SiteAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::git::NewPack;

/// Refs that are named when they still reach an object.
const NAMED: usize = 10;

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Packs that held the object, and are gone or written anew.
    pub packs: usize,
}

impl App {
    /// Removes an object from every pack of a repository, and keeps it from coming back.
    ///
    /// `Conflict` while a ref reaches it, naming the refs.
    pub async fn purge_object(
        &self,
        site: &SiteAccess,
        origin: &Origin,
        path: &RepoPath,
        id: &ObjectId,
    ) -> Result<Purged> {
        let rows = self.store().read().await?;
        let repo = repository::by_path(&rows, path).await?.ok_or(Error::NotFound)?;
        if id.format() != repo.format {
            let message = format!("{path} names its objects by {}: give the whole id", repo.format);
            return Err(Error::invalid("object", message));
        }
        let case = self.case(repo.id).await?.ok_or(Error::NotFound)?;
        self.refuse_if_reached(&case, id).await?;
        // From here on no push brings it in.
        self.block(site, origin, &case, id).await?;
        let (app, id) = (self.clone(), *id);
        let runtime = tokio::runtime::Handle::current();
        let work = move || app.purge_from_packs(&case, &id, &runtime);
        self.tasks().spawn_blocking(work).await.map_err(Error::internal)?
    }

    async fn refuse_if_reached(&self, case: &Case, id: &ObjectId) -> Result<()> {
        let rows = self.store().read().await?;
        let refs = git_ref::all(&rows, case.repo.id).await?;
        let objects = self.objects(&case.repo).await?;
        let (app, case, id) = (self.clone(), case.clone(), *id);
        let work = move || {
            let limits = &app.repositories().limits().git;
            let cancel = Cancel::new();
            let reaches = |tips: &[ObjectId]| repack::reaches(&objects, tips, &id, limits, &cancel);
            if !reaches(&case.tips)? {
                return Ok(());
            }
            let mut names = Vec::new();
            for found in &refs {
                if names.len() < NAMED && reaches(&[found.target])? {
                    names.push(found.name.to_string());
                }
            }
            Err(Error::Conflict(format!(
                "{id} is still reached by {}. Rewrite the history of these refs without it, push that or delete \
                 them, and purge again.",
                names.join(", ")
            )))
        };
        self.tasks().spawn_blocking(work).await.map_err(Error::internal)?
    }

    async fn block(&self, site: &SiteAccess, origin: &Origin, case: &Case, id: &ObjectId) -> Result<()> {
        let tx = self.store().begin().await?;
        maintenance::purge(&tx, case.repo.id, id, self.ambient().now()).await?;
        let name = case.repo.path.to_string();
        let subject = Subject::new(&case.repo.id, &name);
        let detail = json!({ "object": id.to_string() });
        record(&tx, self.ambient(), site.actor(), origin, "repository.purge", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    fn purge_from_packs(
        &self,
        case: &Case,
        id: &ObjectId,
        runtime: &tokio::runtime::Handle,
    ) -> Result<Purged> {
        let repo = &case.repo;
        let turn = self.repositories().push_turn(repo.id);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let now = runtime.block_on(self.case(repo.id))?.ok_or(Error::NotFound)?;
        let waiting = runtime.block_on(async {
            let rows = self.store().read().await?;
            Ok::<_, Error>(maintenance::replaced(&rows, repo.id).await?)
        })?;
        let objects = runtime.block_on(self.objects(&now.repo))?;
        let (limits, cancel) = (&self.repositories().limits().git, Cancel::new());
        if repack::reaches(&objects, &now.tips, id, limits, &cancel)? {
            return Err(Error::Conflict(format!("a push has brought {id} back meanwhile: purge again")));
        }
        let names: Vec<ObjectId> = now.packs.iter().map(|state| state.pack.checksum).collect();
        let holders = repack::holders(&objects, &names, id)?;
        // One whose index is gone is being deleted, and is seen by nobody.
        let is_seen = |checksum: &ObjectId| {
            self.repositories().pack_path(repo.id, checksum).with_extension("idx").exists()
        };
        let (old_names, unseen): (Vec<ObjectId>, Vec<ObjectId>) =
            waiting.iter().map(|pack| pack.checksum).partition(is_seen);
        let mut old_holders = repack::holders(&objects, &old_names, id)?;
        if self.repositories().remote().is_some() {
            // They wait in the bucket for transfers that have copies of them by now.
            old_holders.extend(unseen);
        }
        let rest = match holders.as_slice() {
            [] => None,
            holders => repack::without(&objects, holders, id, &cancel)?,
        };
        let rest = rest.map(repack::Prepared::publish).transpose()?;
        let kept = rest.as_ref().map(|rest| NewPack {
            repo: repo.id,
            row: StoredPack {
                id: self.ambient().id(),
                checksum: rest.checksum,
                bytes: rest.bytes,
                objects: rest.objects,
                created_at: self.ambient().now(),
            },
        });
        runtime.block_on(async {
            if let Some(kept) = &kept {
                self.keep_pack(kept, &self.repositories().pack_path(repo.id, &kept.row.checksum)).await?;
            }
            let tx = self.store().begin().await?;
            for state in now.packs.iter().filter(|state| holders.contains(&state.pack.checksum)) {
                pack::remove(&tx, state.pack.id).await?;
            }
            for checksum in &old_holders {
                maintenance::forget(&tx, repo.id, checksum).await?;
            }
            if let Some(kept) = &kept {
                pack::insert_as(&tx, repo.id, &kept.row, PackRole::Pushed).await?;
            }
            repository::bump(&tx, repo.id).await?;
            Ok::<_, Error>(tx.commit().await?)
        })?;
        let gone: Vec<ObjectId> = holders.iter().chain(&old_holders).copied().collect();
        for checksum in &gone {
            delete_files(&self.repositories().pack_path(repo.id, checksum)).map_err(Error::internal)?;
        }
        runtime.block_on(self.drop_packs(repo.id, &gone))?;
        Ok(Purged { packs: gone.len() })
    }
}
