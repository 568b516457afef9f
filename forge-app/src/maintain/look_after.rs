//! Putting the packs of one repository in order.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use forge_core::{ObjectId, RepoId, Repository};
use forge_git::repack::{self, Prepared};
use forge_git::{Cancel, ObjectStore, commit_graph, reach};
use forge_store::pack::{PackRole, PackState, StoredPack};
use forge_store::{git_ref, maintenance, pack, repository};

use super::decide::{Need, decide};
use super::swap::Swap;
use crate::app::App;
use crate::error::{Error, Result};

/// How often a swap is tried whose packs went meanwhile.
const TRIES: usize = 5;

/// How much is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What it needs.
    AsNeeded,
    /// All of it is packed anew, whether it needs it or not.
    Everything {
        /// How long objects stay that no ref reaches.
        grace: Duration,
    },
}

/// A repository at one moment.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) repo: Repository,
    pub(super) tips: Vec<ObjectId>,
    pub(super) packs: Vec<PackState>,
    pub(super) is_known: bool,
}

/// Hears how many objects were met.
pub(super) type Beat = Arc<dyn Fn(u64) + Send + Sync>;

impl App {
    /// Puts the packs of a repository in order. One that is gone needs nothing.
    pub(crate) async fn look_after(
        &self,
        repo: RepoId,
        extent: Extent,
        cancel: &Cancel,
        beat: Beat,
    ) -> Result<()> {
        for _ in 0..TRIES {
            let Some(case) = self.case(repo).await? else { return Ok(()) };
            let usual = self.ambient().now() - self.maintenance().grace;
            let (need, leftover_before) = match extent {
                Extent::AsNeeded => (decide(&case.packs, usual), usual),
                Extent::Everything { grace } => (Need::Full, self.ambient().now() - grace),
            };
            let (app, cancel, beat) = (self.clone(), cancel.clone(), Arc::clone(&beat));
            let runtime = tokio::runtime::Handle::current();
            let work = move || {
                let objects = runtime.block_on(app.objects(&case.repo))?;
                let swap = match need {
                    Need::Nothing if case.is_known => return Ok(true),
                    Need::Nothing => Swap::nothing(),
                    Need::Roll(packs) => roll(&objects, packs, &cancel)?,
                    Need::Full => {
                        let limits = &app.repositories().limits().git;
                        let old = old_packs(&case, leftover_before);
                        full(&objects, &case, old, limits, &cancel, beat.as_ref())?
                    }
                };
                if !app.publish_and_swap(&case, swap, &runtime)? {
                    return Ok(false);
                }
                app.renew_aids(&case, &cancel, &runtime)?;
                Ok::<_, Error>(true)
            };
            if self.tasks().spawn_blocking(work).await.map_err(Error::internal)?? {
                return Ok(());
            }
            tracing::info!(%repo, "packs have changed meanwhile: once more");
        }
        Err(Error::Unavailable("The packs changed again and again. Try again later.".to_owned()))
    }

    /// A repository as it is at this moment: refs and packs that belong together.
    pub(super) async fn case(&self, repo: RepoId) -> Result<Option<Case>> {
        let tx = self.store().begin().await?;
        let Some(found) = repository::by_id(&tx, repo).await? else { return Ok(None) };
        let tips = git_ref::all(&tx, repo).await?.into_iter().map(|row| row.target).collect();
        let packs = pack::states(&tx, repo).await?;
        let is_known = maintenance::last(&tx, repo).await?.is_some();
        Ok(Some(Case { repo: found, tips, packs, is_known }))
    }

    /// Publishes the new packs and changes the rows, under the turn of pushes. False if the old packs went meanwhile:
    /// then nothing has changed.
    fn publish_and_swap(
        &self,
        case: &Case,
        swap: Swap<Prepared>,
        runtime: &tokio::runtime::Handle,
    ) -> Result<bool> {
        let turn = self.repositories().push_turn(case.repo.id);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let published = swap.publish()?;
        match runtime.block_on(self.swap(&case.repo, &published)) {
            Ok(()) => Ok(true),
            Err(Error::Conflict(_)) => {
                runtime.block_on(self.abandon(&case.repo, &published))?;
                Ok(false)
            }
            // Perhaps the rows were changed all the same, and the answer was lost. A file that no row names does no harm.
            Err(error) => Err(error),
        }
    }

    async fn replaced_packs(&self, repo: RepoId) -> Result<Vec<maintenance::ReplacedPack>> {
        Ok(maintenance::replaced(&self.store().read().await?, repo).await?)
    }

    /// Writes anew what makes reading quick and can be done without: the commit graph, and what can be reached from
    /// where.
    fn renew_aids(&self, case: &Case, cancel: &Cancel, runtime: &tokio::runtime::Handle) -> Result<()> {
        let Some(now) = runtime.block_on(self.case(case.repo.id))? else { return Ok(()) };
        let objects = runtime.block_on(self.objects(&now.repo))?;
        commit_graph::write(&objects, &now.tips, cancel)?;
        let closed = now.packs.iter().filter(|state| state.role == PackRole::Closed);
        let largest = || now.packs.iter().max_by_key(|state| state.pack.objects);
        let Some(base) = closed.max_by_key(|state| state.pack.objects).or_else(largest) else {
            return Ok(());
        };
        let file = self.repositories().pack_path(now.repo.id, &base.pack.checksum).with_extension("reach");
        if !file.exists() {
            let limits = &self.repositories().limits().git;
            let built = reach::build(&objects, &base.pack.checksum, &now.tips, limits, cancel)?;
            tracing::debug!(path = %now.repo.path, ?built, "looked for what can be reached from where");
            // Answers come from the largest pack of which this is known, and that must not be one that was replaced.
            for old in runtime.block_on(self.replaced_packs(now.repo.id))? {
                let file = self.repositories().pack_path(now.repo.id, &old.checksum).with_extension("reach");
                match std::fs::remove_file(file) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Error::internal(error));
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// What a full repack replaces, and which leftovers it leaves alone.
struct Old {
    replaced: Vec<StoredPack>,
    expired: Vec<StoredPack>,
    young: Vec<StoredPack>,
}

fn old_packs(case: &Case, leftover_before: time::OffsetDateTime) -> Old {
    let mut old = Old { replaced: Vec::new(), expired: Vec::new(), young: Vec::new() };
    for state in &case.packs {
        let pack = state.pack.clone();
        match state.role {
            PackRole::Leftover if pack.created_at < leftover_before => old.expired.push(pack),
            PackRole::Leftover => old.young.push(pack),
            PackRole::Pushed | PackRole::Closed => old.replaced.push(pack),
        }
    }
    old
}

fn names(packs: &[StoredPack]) -> Vec<ObjectId> {
    packs.iter().map(|pack| pack.checksum).collect()
}

/// Several packs become one.
fn roll(objects: &ObjectStore, packs: Vec<StoredPack>, cancel: &Cancel) -> Result<Swap<Prepared>> {
    let rolled = repack::roll(objects, &names(&packs), cancel)?;
    Ok(Swap { old: packs, dropped: Vec::new(), new: vec![(rolled, PackRole::Pushed)], repacked: false })
}

/// All that the refs reach becomes one pack, and what they do not reach another. Leftovers go when their time is over.
fn full(
    objects: &ObjectStore,
    case: &Case,
    old: Old,
    limits: &forge_git::Limits,
    cancel: &Cancel,
    beat: &(dyn Fn(u64) + Send + Sync),
) -> Result<Swap<Prepared>> {
    let mut new = Vec::new();
    if case.tips.is_empty() {
        // Nothing is reached, so everything is left over; a pack of it needs no closed one beside it.
        if !old.replaced.is_empty() {
            new.push((repack::roll(objects, &names(&old.replaced), cancel)?, PackRole::Leftover));
        }
    } else {
        let closed = repack::full(objects, &case.tips, limits, cancel, beat)?;
        let left = repack::leftovers(objects, &names(&old.replaced), &closed, &names(&old.young), cancel)?;
        new.push((closed, PackRole::Closed));
        new.extend(left.map(|left| (left, PackRole::Leftover)));
    }
    Ok(Swap { old: old.replaced, dropped: old.expired, new, repacked: true })
}
