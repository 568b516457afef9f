//! Putting a backup in place. There is no house yet, so nobody has to prove anything: whoever may write the data
//! directory may do this.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use forge_git::plain;
use forge_store::blob::{BlobKey, Bucket, Part};
use forge_store::{Store, snapshot};
use tempfile::TempDir;

use super::backup::{Wanted, contents};
use super::manifest::{DATABASE, Manifest, make_private, sync, sync_directories};
use super::schema::Schema;
use crate::error::{Error, Result};
use crate::git::PackStorage;

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

/// Puts a backup into a data directory that is new or empty, and its rows and packs where they belong.
///
/// Every file is read and held against the backup's own list before anything is changed. The rows come last, all at
/// once: what a crash leaves behind has none, and is not taken for a forge.
pub async fn restore(
    from: &Path,
    data: &Path,
    rows: Destination,
    packs: &PackStorage,
    schema: Schema,
) -> Result<Restored> {
    plain::refuse_full(data)?;
    refuse_rows(&rows).await?;
    let (backup, place) = (from.to_owned(), data.to_owned());
    let with_packs = matches!(packs, PackStorage::Directory);
    let work = tokio::task::spawn_blocking(move || {
        let manifest = Manifest::check(&backup).map_err(|faults| damaged(&faults))?;
        put_in_place(&manifest, &backup, &place, with_packs).map_err(|error| cannot_fill(&place, &error))?;
        Ok::<_, Error>(manifest)
    });
    let manifest = work.await.map_err(Error::internal)??;
    if let PackStorage::Bucket { bucket, .. } = packs {
        let copy = Copy::open(&from.join(DATABASE), data, schema).await?;
        put_packs(from, &copy.rows, bucket).await?;
        copy.rows.close().await?;
    }
    match rows {
        Destination::File(file) => {
            put_file(&from.join(DATABASE), &file).map_err(|error| cannot_fill(data, &error))?;
        }
        Destination::Server(store) => {
            let copy = Copy::open(&from.join(DATABASE), data, schema).await?;
            snapshot::fill(&copy.rows, &store).await?;
            copy.rows.close().await?;
        }
    }
    Ok(Restored {
        repositories: manifest.repositories.len(),
        refs: manifest.repositories.iter().map(|kept| kept.refs.len()).sum(),
        made_at: manifest.made_at,
    })
}

/// Sends every pack that the rows name to the bucket, under the keys that they had: what is there already is the same.
async fn put_packs(from: &Path, rows: &Store, bucket: &Bucket) -> Result<()> {
    let (wanted, _) = contents(rows).await?;
    for Wanted { repo, packs } in wanted {
        for pack in packs {
            let file = format!("repositories/{}/objects/pack/pack-{}.pack", repo.id, pack.checksum);
            for part in Part::ALL {
                let key = BlobKey { repo: repo.id, pack: pack.id, checksum: pack.checksum, part };
                bucket.put(&key, &from.join(&file).with_extension(part.extension())).await?;
            }
        }
    }
    Ok(())
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

fn put_in_place(manifest: &Manifest, from: &Path, data: &Path, with_packs: bool) -> io::Result<()> {
    make_private(data)?;
    fs::create_dir_all(data.join("repositories"))?;
    for kept in &manifest.repositories {
        let dir = data.join("repositories").join(&kept.id);
        for part in ["objects/pack", "objects/info", "refs"] {
            fs::create_dir_all(dir.join(part))?;
        }
    }
    let is_pack = |path: &str| path.contains("/objects/pack/");
    for entry in &manifest.files {
        if entry.path == DATABASE || (is_pack(&entry.path) && !with_packs) {
            continue;
        }
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

/// The rows of a backup, which may be of an older release: a copy of them that was brought up to date.
struct Copy {
    rows: Store,
    _scratch: TempDir,
}

impl Copy {
    async fn open(from: &Path, data: &Path, schema: Schema) -> Result<Self> {
        let scratch = tempfile::tempdir_in(data).map_err(|error| cannot_fill(data, &error))?;
        let file = scratch.path().join(DATABASE);
        fs::copy(from, &file).map_err(|error| cannot_fill(data, &error))?;
        let rows = snapshot::open(&file).await?;
        schema.apply(&rows).await?;
        Ok(Self { rows, _scratch: scratch })
    }
}
