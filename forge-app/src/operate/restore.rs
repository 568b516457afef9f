//! Putting a backup in place. There is no house yet, so nobody has to prove anything: whoever may write the data
//! directory may do this.

use std::fs;
use std::io;
use std::path::Path;

use forge_git::plain;

use super::manifest::{DATABASE, Manifest, make_private, sync, sync_directories};
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

/// Puts a backup into a data directory that is new or empty, with the database at `database`. Blocks.
///
/// Every file is read and held against the backup's own list before anything is changed. The database comes last: what
/// a crash leaves behind has none, and is not taken for a forge.
pub fn restore(from: &Path, data: &Path, database: &Path) -> Result<Restored> {
    plain::refuse_full(data)?;
    if database.exists() {
        return Err(Error::Conflict(format!(
            "{} is there already. A backup is restored into an empty forge only.",
            database.display()
        )));
    }
    let manifest = Manifest::check(from).map_err(|faults| {
        Error::invalid(
            "dir",
            format!(
                "The backup is damaged, and nothing was changed:\n  {}\nTake another one.",
                faults.join("\n  ")
            ),
        )
    })?;
    put_in_place(&manifest, from, data, database).map_err(|error| {
        Error::Conflict(format!("{} cannot be filled: {error}. Empty it and start again.", data.display()))
    })?;
    Ok(Restored {
        repositories: manifest.repositories.len(),
        refs: manifest.repositories.iter().map(|kept| kept.refs.len()).sum(),
        made_at: manifest.made_at,
    })
}

fn put_in_place(manifest: &Manifest, from: &Path, data: &Path, database: &Path) -> io::Result<()> {
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
    sync_directories(data)?;
    let mut arriving = database.as_os_str().to_owned();
    arriving.push(".arriving");
    fs::copy(from.join(DATABASE), &arriving)?;
    sync(Path::new(&arriving))?;
    fs::rename(&arriving, database)?;
    database.parent().map_or(Ok(()), sync)
}
