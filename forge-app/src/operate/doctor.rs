//! Looking for damage. Nothing here changes anything.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use forge_core::{RepoId, Repository};
use forge_git::receive::{Quarantine, Silent};
use forge_git::{Cancel, RefSnapshot};
use forge_store::{audit, health, maintenance, pack, repository};
use tempfile::TempDir;

use crate::access::SiteAccess;
use crate::app::App;
use crate::error::{Error, Result};
use crate::git::fetch_into;
use crate::maintain::damage_of;

/// Faults of one repository that are listed one by one.
const LISTED: usize = 20;

/// What was looked at and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examination {
    /// What is well, in lines.
    pub well: Vec<String>,
    /// What lies about and does no harm.
    pub leftovers: Vec<String>,
    /// What is wrong.
    pub faults: Vec<String>,
}

/// One repository as the rows have it.
struct Case {
    repo: Repository,
    refs: Arc<RefSnapshot>,
    packs: Vec<pack::StoredPack>,
    replaced: Vec<maintenance::ReplacedPack>,
}

impl App {
    /// Examines the database, the audit log and every repository down to the last object that a ref needs.
    pub async fn examine(&self, _site: &SiteAccess) -> Result<Examination> {
        let mut found = Examination::default();
        self.examine_rows(&mut found).await;
        let rows = self.store().read().await?;
        let ids = repository::ids(&rows).await?;
        let (mut refs, mut packs) = (0, 0);
        for id in &ids {
            let Some(repo) = repository::by_id(&rows, *id).await? else { continue };
            // The refs first: while the forge runs, packs only come.
            let case = Case {
                refs: self.refs(&repo).await?,
                packs: pack::list(&rows, repo.id).await?,
                replaced: maintenance::replaced(&rows, repo.id).await?,
                repo,
            };
            (refs, packs) = (refs + case.refs.refs().len(), packs + case.packs.len());
            let app = self.clone();
            let work = self.tasks().spawn_blocking(move || app.examine_repository(&case));
            let here = work.await.map_err(Error::internal)?;
            // One that was deleted meanwhile is no fault.
            if here.faults.is_empty() || repository::by_id(&rows, *id).await?.is_some() {
                found.leftovers.extend(here.leftovers);
                found.faults.extend(here.faults);
            }
        }
        let known: BTreeSet<RepoId> = repository::ids(&rows).await?.into_iter().chain(ids).collect();
        found.leftovers.extend(strangers(self.repositories().root(), &known)?);
        match self.unnamed_blobs().await {
            Ok(blobs) => found.leftovers.extend(blobs),
            Err(error) => found.faults.push(format!("the bucket cannot be listed: {error}")),
        }
        found.well.push(format!("{} repositories with {refs} refs and {packs} packs read", known.len()));
        Ok(found)
    }

    async fn examine_rows(&self, found: &mut Examination) {
        match health::faults(self.store()).await {
            Ok(faults) if faults.is_empty() => found.well.push("the database is whole".to_owned()),
            Ok(faults) => found.faults.extend(faults),
            Err(error) => found.faults.push(format!("the database cannot be checked: {error}")),
        }
        let checked = match self.store().read().await {
            Ok(rows) => audit::verify(&rows).await,
            Err(error) => Err(error),
        };
        match checked {
            Ok(audit::ChainCheck { checked, broken_at: None }) => {
                found.well.push(format!("the audit log hangs together: {checked} entries"));
            }
            Ok(audit::ChainCheck { broken_at: Some(at), .. }) => found.faults.push(format!(
                "the audit log was changed: entry {at} does not follow from the one before it. Compare it with a backup"
            )),
            Err(error) => found.faults.push(format!("the audit log cannot be read: {error}")),
        }
    }

    fn examine_repository(&self, case: &Case) -> Examination {
        let mut found = Examination::default();
        let path = &case.repo.path;
        // What is in a bucket is fetched anew: copies on the disk prove nothing.
        let scratch = match self.fetch_packs(case, &mut found.faults) {
            Ok(scratch) => scratch,
            Err(error) => {
                found.faults.push(format!("{path}: its packs cannot be fetched: {error}"));
                return found;
            }
        };
        let objects = match &scratch {
            Some(scratch) => scratch.path().join("objects"),
            None => self.repositories().dir(case.repo.id).join("objects"),
        };
        if !objects.join("pack").is_dir() {
            let dir = self.repositories().dir(case.repo.id);
            found.faults.push(format!("{path}: its directory {} is missing", dir.display()));
            return found;
        }
        let cancel = Cancel::new();
        let mut named = BTreeSet::new();
        for stored in &case.packs {
            let file = objects.join(format!("pack/pack-{}.pack", stored.checksum));
            match damage_of(&file, stored, &cancel) {
                Ok(None) => {}
                Ok(Some(damage)) => found.faults.push(format!("{path}: {damage}")),
                Err(error) => found.faults.push(format!("{path}: {}: {error}", file.display())),
            }
        }
        let packs = case.packs.iter().map(|stored| &stored.checksum);
        for checksum in packs.chain(case.replaced.iter().map(|replaced| &replaced.checksum)) {
            let file = objects.join(format!("pack/pack-{checksum}.pack"));
            named.extend(["pack", "idx", "reach"].map(|extension| file.with_extension(extension)));
        }
        if let Err(error) = self.examine_refs(case, &objects, &cancel, &mut found.faults) {
            found.faults.push(format!("{path}: its objects cannot be read: {error}"));
        }
        match unnamed(&objects, &named) {
            Ok(files) => {
                let line = |file| format!("{path}: {file} belongs to no push that was accepted");
                found.leftovers.extend(files.into_iter().map(line));
            }
            Err(error) => {
                found.faults.push(format!("{path}: {} cannot be listed: {error}", objects.display()));
            }
        }
        found
    }

    /// The packs of a repository out of the bucket, in a directory of their own; nothing where there is no bucket.
    fn fetch_packs(&self, case: &Case, faults: &mut Vec<String>) -> Result<Option<TempDir>> {
        let Some(remote) = self.repositories().remote() else { return Ok(None) };
        let scratch = tempfile::tempdir_in(self.repositories().root()).map_err(Error::internal)?;
        let packs = scratch.path().join("objects/pack");
        std::fs::create_dir_all(&packs).map_err(Error::internal)?;
        for stored in &case.packs {
            let fetching = fetch_into(remote.bucket(), case.repo.id, stored, &packs);
            match tokio::runtime::Handle::current().block_on(fetching) {
                Err(forge_store::Error::NotFound) => faults
                    .push(format!("{}: pack {} is missing from the bucket", case.repo.path, stored.checksum)),
                fetched => drop(fetched?),
            }
        }
        Ok(Some(scratch))
    }

    /// Walks from every ref to the last object it needs, taking nothing for granted.
    fn examine_refs(
        &self,
        case: &Case,
        objects: &Path,
        cancel: &Cancel,
        faults: &mut Vec<String>,
    ) -> forge_git::Result<()> {
        let limits = &self.repositories().limits().git;
        let store = forge_git::ObjectStore::open(objects, case.repo.format, limits)?;
        let nothing = RefSnapshot::default();
        let walk = |tips: &[forge_core::ObjectId]| {
            Quarantine::empty(&store, limits).check_connected(&nothing, tips, &mut Silent, cancel)
        };
        let tips: Vec<_> = case.refs.refs().iter().map(|found| found.target).collect();
        if walk(&tips).is_ok() {
            return Ok(());
        }
        let mut broken = 0_usize;
        for found in case.refs.refs() {
            if let Err(error) = walk(&[found.target]) {
                broken += 1;
                if broken <= LISTED {
                    faults.push(format!("{}: {} is not complete: {error}", case.repo.path, found.name));
                }
            }
        }
        if broken > LISTED {
            faults.push(format!("{}: {} more refs are not complete", case.repo.path, broken - LISTED));
        }
        Ok(())
    }
}

/// Packs that no row names, and transfers that never ended or still run.
fn unnamed(objects: &Path, named: &BTreeSet<std::path::PathBuf>) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(objects.join("pack"))? {
        let file = entry?.path();
        if !named.contains(&file) {
            files.push(file.display().to_string());
        }
    }
    for entry in std::fs::read_dir(objects)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("incoming-") {
            files.push(entry.path().display().to_string());
        }
    }
    files.sort();
    Ok(files)
}

/// Directories of repositories that no row names.
fn strangers(root: &Path, known: &BTreeSet<RepoId>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).map_err(Error::internal)? {
        let entry = entry.map_err(Error::internal)?;
        let id = entry.file_name().to_str().and_then(|name| name.parse::<RepoId>().ok());
        if id.is_none_or(|id| !known.contains(&id)) {
            found.push(format!("{} belongs to no repository", entry.path().display()));
        }
    }
    Ok(found)
}
