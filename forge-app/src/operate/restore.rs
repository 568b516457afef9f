//! Putting a backup in place. There is no house yet, so nobody has to prove anything: whoever may write the data
//! directory may do this.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use forge_git::plain;
use forge_store::{Store, snapshot};

use super::manifest::{DATABASE, Manifest, make_private, sync, sync_directories};
use super::schema::Schema;
use crate::error::{Error, Result};

/// What was put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// How many repositories.
    pub repositories: usize,
    /// How many refs they have together.
    pub refs: usize,
    /// When the backup was made.
    pub made_at: String,
}

/// Where the rows of a backup go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// An SQLite file that is not there yet.
    File(PathBuf),
    /// A database with the schema of this release and without rows.
    Server(Store),
}

/// Puts a backup into a data directory that is new or empty, and its rows where they belong.
///
/// Every file is read and held against the backup's own list before anything is changed. The rows come last, all at
/// once: what a crash leaves behind has none, and is not taken for a forge.
pub async fn restore(from: &Path, data: &Path, rows: Destination, schema: Schema) -> Result<Restored> {
    plain::refuse_full(data)?;
    refuse_rows(&rows).await?;
    let (backup, place) = (from.to_owned(), data.to_owned());
    let work = tokio::task::spawn_blocking(move || {
        let manifest = Manifest::check(&backup).map_err(|faults| damaged(&faults))?;
        put_in_place(&manifest, &backup, &place).map_err(|error| cannot_fill(&place, &error))?;
        Ok::<_, Error>(manifest)
    });
    let manifest = work.await.map_err(Error::internal)??;
    match rows {
        Destination::File(file) => {
            put_file(&from.join(DATABASE), &file).map_err(|error| cannot_fill(data, &error))?;
        }
        Destination::Server(store) => put_rows(&from.join(DATABASE), data, &store, schema).await?,
    }
    Ok(Restored {
        repositories: manifest.repositories.len(),
        refs: manifest.repositories.iter().map(|kept| kept.refs.len()).sum(),
        made_at: manifest.made_at,
    })
}

/// A backup is restored into an empty forge only.
async fn refuse_rows(rows: &Destination) -> Result<()> {
    match rows {
        Destination::File(file) if file.exists() => Err(Error::Conflict(format!(
            "{} is there already. A backup is restored into an empty forge only.",
            file.display()
        ))),
        Destination::Server(store) if !snapshot::is_empty(store).await? => Err(Error::Conflict(
            "The database has rows already. A backup is restored into an empty forge only: name another database in \
             database.url."
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

fn damaged(faults: &[String]) -> Error {
    Error::invalid(
        "dir",
        format!(
            "The backup is damaged, and nothing was changed:\n  {}\nTake another one.",
            faults.join("\n  ")
        ),
    )
}

fn cannot_fill(data: &Path, error: &io::Error) -> Error {
    Error::Conflict(format!("{} cannot be filled: {error}. Empty it and start again.", data.display()))
}

fn put_in_place(manifest: &Manifest, from: &Path, data: &Path) -> io::Result<()> {
    make_private(data)?;
    fs::create_dir_all(data.join("repositories"))?;
    for kept in &manifest.repositories {
        let dir = data.join("repositories").join(&kept.id);
        for part in ["objects/pack", "objects/info", "refs"] {
            fs::create_dir_all(dir.join(part))?;
        }
    }
    for entry in manifest.files.iter().filter(|entry| entry.path != DATABASE) {
        let to = data.join(&entry.path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        // Always a copy: the backup stays what it is, whatever happens to the forge.
        fs::copy(from.join(&entry.path), &to)?;
        sync(&to)?;
    }
    sync_directories(data)
}

/// The file of the database appears whole or not at all.
fn put_file(from: &Path, database: &Path) -> io::Result<()> {
    let mut arriving = database.as_os_str().to_owned();
    arriving.push(".arriving");
    fs::copy(from, &arriving)?;
    sync(Path::new(&arriving))?;
    fs::rename(&arriving, database)?;
    database.parent().map_or(Ok(()), sync)
}

/// The rows of a backup, which may be of an older release: a copy of them is brought up to date first.
async fn put_rows(from: &Path, data: &Path, store: &Store, schema: Schema) -> Result<()> {
    let scratch = tempfile::tempdir_in(data).map_err(|error| cannot_fill(data, &error))?;
    let file = scratch.path().join(DATABASE);
    fs::copy(from, &file).map_err(|error| cannot_fill(data, &error))?;
    let copy = snapshot::open(&file).await?;
    schema.apply(&copy).await?;
    snapshot::fill(&copy, store).await?;
    Ok(copy.close().await?)
}
