//! Backing up a forge that may be running.
//!
//! The database first, as of one moment; then the packs that its rows name. Packs never change, and a push that comes
//! in between has its rows in the next backup. The list of everything comes last: a backup without it is not whole.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use forge_core::{RepoId, Repository};
use forge_git::{Cancel, pack as git_pack, plain};
use forge_store::{Engine, Store, git_ref, pack, repository, snapshot};
use time::format_description::well_known::Rfc3339;

use super::manifest::{
    DATABASE, Entry, Kept, MANIFEST, Manifest, SHAPE, make_private, sync, sync_directories,
};
use super::schema::Schema;
use crate::access::SiteAccess;
use crate::app::App;
use crate::error::{Error, Result};
use crate::git::fetch_into;

/// What was backed up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackedUp {
    /// How many repositories.
    pub repositories: usize,
    /// How many files.
    pub files: usize,
    /// Packs that are damaged on the disk and went into the backup as they are.
    pub damaged: Vec<String>,
}

/// A repository as the snapshot has it.
pub(super) struct Wanted {
    pub(super) repo: Repository,
    pub(super) packs: Vec<pack::StoredPack>,
}

impl App {
    /// Writes everything into a new or empty directory; `keys` are files that belong to the forge, such as its host key.
    ///
    /// Keys outside of the data directory are left to whoever put them there.
    pub async fn back_up(
        &self,
        _site: &SiteAccess,
        keys: &[PathBuf],
        dir: &Path,
        schema: Schema,
    ) -> Result<BackedUp> {
        plain::refuse_full(dir)?;
        make_private(dir).map_err(|error| cannot_write(dir, &error))?;
        let copy = self.copy_rows(&dir.join(DATABASE), schema).await?;
        let (wanted, kept) = contents(&copy).await?;
        copy.close().await?;
        let made_at = self.ambient().now().format(&Rfc3339).map_err(Error::internal)?;
        let (app, dir, keys) = (self.clone(), dir.to_owned(), keys.to_vec());
        let work = self.tasks().spawn_blocking(move || {
            let mut done = BackedUp { repositories: wanted.len(), ..BackedUp::default() };
            let mut paths = vec![DATABASE.to_owned()];
            sync(&dir.join(DATABASE)).map_err(|error| cannot_write(&dir, &error))?;
            for wanted in &wanted {
                app.copy_repository(wanted, &dir, &mut paths, &mut done)?;
            }
            app.copy_keys(&keys, &dir, &mut paths)?;
            done.files = paths.len();
            let files: io::Result<_> = paths.iter().map(|path| Entry::read(&dir, path)).collect();
            let files = files.map_err(|error| cannot_write(&dir, &error))?;
            let release = env!("CARGO_PKG_VERSION").to_owned();
            let manifest = Manifest { shape: SHAPE, release, made_at, files, repositories: kept };
            sync_directories(&dir)
                .and_then(|()| manifest.write(&dir))
                .map_err(|error| cannot_write(&dir.join(MANIFEST), &error))?;
            Ok(done)
        });
        work.await.map_err(Error::internal)?
    }

    /// Every row as of one moment, in an SQLite file whatever the engine.
    async fn copy_rows(&self, file: &Path, schema: Schema) -> Result<Store> {
        match self.store().engine() {
            Engine::Sqlite => Ok(snapshot::take(self.store(), file).await?),
            Engine::Postgres => {
                let copy = snapshot::create(file).await?;
                schema.apply(&copy).await?;
                snapshot::fill(self.store(), &copy).await?;
                Ok(copy)
            }
        }
    }

    fn copy_repository(
        &self,
        wanted: &Wanted,
        dir: &Path,
        paths: &mut Vec<String>,
        done: &mut BackedUp,
    ) -> Result<()> {
        let id = wanted.repo.id;
        let from = self.repositories().dir(id);
        let to = format!("repositories/{id}");
        make_private(&dir.join(&to).join("objects/pack")).map_err(|error| cannot_write(dir, &error))?;
        let cannot = |what: &str, error: &dyn std::fmt::Display| {
            Error::Conflict(format!(
                "{}: {what} cannot be backed up: {error}. If the repository was deleted just now, start again with a \
                 new directory; if not, run forge doctor.",
                wanted.repo.path
            ))
        };
        if self.repositories().remote().is_some() && !from.join("config").is_file() {
            // This machine never used it: the packs are elsewhere, and the rest is always the same.
            self.repositories().create(id, wanted.repo.format)?;
        }
        for name in ["HEAD", "config"] {
            let (source, path) = (from.join(name), format!("{to}/{name}"));
            put(&source, &dir.join(&path)).map_err(|error| cannot(&source.display().to_string(), &error))?;
            paths.push(path);
        }
        for stored in &wanted.packs {
            let path = format!("{to}/objects/pack/pack-{}.pack", stored.checksum);
            let copy = dir.join(&path);
            self.copy_pack(id, stored, &copy).map_err(|error| cannot(&path, &error))?;
            if let Err(error) = git_pack::verify(&copy, &stored.checksum, &Cancel::new()) {
                done.damaged.push(format!("{}: {}: {error}", wanted.repo.path, copy.display()));
            }
            paths.push(Path::new(&path).with_extension("idx").display().to_string());
            paths.push(path);
        }
        Ok(())
    }

    /// Both files of a pack, from the directory or from the bucket.
    fn copy_pack(&self, id: RepoId, stored: &pack::StoredPack, copy: &Path) -> Result<()> {
        let source = self.repositories().pack_path(id, &stored.checksum);
        let files = |from: &Path| [from.to_owned(), from.with_extension("idx")];
        let Some(remote) = self.repositories().remote() else {
            for (from, to) in files(&source).iter().zip(files(copy)) {
                put(from, &to).map_err(|error| Error::Conflict(format!("{}: {error}", from.display())))?;
            }
            return Ok(());
        };
        let packs = copy.parent().unwrap_or(copy);
        let fetching = fetch_into(remote.bucket(), id, stored, packs);
        tokio::runtime::Handle::current().block_on(fetching).map_err(Error::from)?;
        for file in files(copy) {
            sync(&file).map_err(|error| cannot_write(&file, &error))?;
        }
        Ok(())
    }

    fn copy_keys(&self, keys: &[PathBuf], dir: &Path, paths: &mut Vec<String>) -> Result<()> {
        let Some(data) = self.repositories().root().parent() else { return Ok(()) };
        for key in keys {
            let Some(name) = key.strip_prefix(data).ok().and_then(Path::to_str) else { continue };
            if key.is_file() && !name.contains('/') {
                let to = dir.join(name);
                let copied = fs::copy(key, &to).and_then(|_| sync(&to));
                copied.map_err(|error| cannot_write(&to, &error))?;
                paths.push(name.to_owned());
            }
        }
        Ok(())
    }
}

/// A second name for the same bytes where that is possible, else a copy. Only packs are never written again; a small
/// file is always copied.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    let is_pack = to.extension().is_some_and(|extension| extension == "pack" || extension == "idx");
    if is_pack && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to)?;
    sync(to)
}

pub(super) async fn contents(copy: &Store) -> Result<(Vec<Wanted>, Vec<Kept>)> {
    let rows = copy.read().await?;
    let (mut wanted, mut kept) = (Vec::new(), Vec::new());
    for id in repository::ids(&rows).await? {
        let Some(repo) = repository::by_id(&rows, id).await? else { continue };
        let refs = git_ref::all(&rows, id).await?;
        let refs: BTreeMap<_, _> =
            refs.iter().map(|found| (found.name.to_string(), found.target.to_string())).collect();
        kept.push(Kept { id: id.to_string(), path: repo.path.to_string(), refs });
        wanted.push(Wanted { packs: pack::list(&rows, id).await?, repo });
    }
    Ok((wanted, kept))
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::Conflict(format!(
        "{} cannot be written: {error}. Start again with a new directory.",
        path.display()
    ))
}
