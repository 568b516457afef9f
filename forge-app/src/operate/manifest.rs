//! What a backup says of itself.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use forge_core::RepoId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The list of everything.
pub(super) const MANIFEST: &str = "manifest.json";
/// The hash of the list, as `sha256sum --check` reads it: written last, so a backup without it is not whole.
pub(super) const SEAL: &str = "manifest.sha256";
/// The copy of the database.
pub(super) const DATABASE: &str = "forge.db";
/// The shape of the list. Another number is another shape.
pub(super) const SHAPE: u32 = 1;

/// A list larger than this is refused.
const MAX_MANIFEST: u64 = 1 << 30;
/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) shape: u32,
    pub(super) release: String,
    pub(super) made_at: String,
    pub(super) files: Vec<Entry>,
    pub(super) repositories: Vec<Kept>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Where it is in the backup and, but for the database, in the data directory.
    pub(super) path: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// One repository and where its refs were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) refs: BTreeMap<String, String>,
}

impl Entry {
    /// Reads a file of the backup.
    pub(super) fn read(root: &Path, path: &str) -> io::Result<Self> {
        let (size, sha256) = hash(&root.join(path))?;
        Ok(Self { path: path.to_owned(), size, sha256 })
    }

    /// What is wrong with the file, if anything.
    fn fault(&self, root: &Path) -> Option<String> {
        match hash(&root.join(&self.path)) {
            Ok((size, _)) if size != self.size => {
                Some(format!("{} has {size} bytes instead of {}", self.path, self.size))
            }
            Ok((_, sha256)) if sha256 != self.sha256 => {
                Some(format!("{} is damaged: its bytes are not those that were backed up", self.path))
            }
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Some(format!("{} is missing", self.path))
            }
            Err(error) => Some(format!("{} cannot be read: {error}", self.path)),
        }
    }

    /// Whether the path stays inside the directory it is joined to.
    fn stays_inside(&self) -> bool {
        let path = Path::new(&self.path);
        !self.path.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)))
    }
}

impl Manifest {
    /// Reads the list of a backup and holds every file against it; the errors are all that is wrong, in sentences.
    pub(super) fn check(root: &Path) -> Result<Self, Vec<String>> {
        let manifest = Self::read(root).map_err(|fault| vec![fault])?;
        let mut faults: Vec<String> = manifest.files.iter().filter_map(|entry| entry.fault(root)).collect();
        let has_database = manifest.files.iter().any(|entry| entry.path == DATABASE);
        let is_id = |kept: &Kept| kept.id.parse::<RepoId>().is_ok();
        if !has_database
            || !manifest.files.iter().all(Entry::stays_inside)
            || !manifest.repositories.iter().all(is_id)
        {
            faults.push(format!("{MANIFEST} was not written by forge backup"));
        }
        if faults.is_empty() { Ok(manifest) } else { Err(faults) }
    }

    fn read(root: &Path) -> Result<Self, String> {
        let file = root.join(MANIFEST);
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!("{MANIFEST} or {SEAL} is missing: this is no backup, or one that was not finished")
            }
            _ => format!("{MANIFEST} or {SEAL} cannot be read: {error}"),
        };
        let seal = fs::read(root.join(SEAL)).map_err(unreadable)?;
        let (size, sha256) = hash(&file).map_err(unreadable)?;
        if seal != seal_of(&sha256).as_bytes() {
            return Err(format!("{MANIFEST} is damaged: {SEAL} does not fit it"));
        }
        if size > MAX_MANIFEST {
            return Err(format!("{MANIFEST} is over the limit of {MAX_MANIFEST} bytes"));
        }
        let text = fs::read(&file).map_err(unreadable)?;
        let manifest: Self =
            serde_json::from_slice(&text).map_err(|error| format!("{MANIFEST} cannot be read: {error}"))?;
        if manifest.shape != SHAPE {
            return Err(format!(
                "{MANIFEST} is of shape {}: restore it with a newer release",
                manifest.shape
            ));
        }
        Ok(manifest)
    }

    /// Writes the list, then its hash, each durably.
    pub(super) fn write(&self, root: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(io::Error::other)?;
        let sha256 = hex::encode(Sha256::digest(&text));
        write_durably(&root.join(MANIFEST), &text)?;
        sync(root)?;
        write_durably(&root.join(SEAL), seal_of(&sha256).as_bytes())?;
        sync(root)
    }
}

fn seal_of(sha256: &str) -> String {
    format!("{sha256}  {MANIFEST}\n")
}

fn write_durably(file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::write(file, bytes)?;
    sync(file)
}

/// Makes a file or the names in a directory survive a power cut.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes every directory below `root`, and itself, survive a power cut.
pub(super) fn sync_directories(root: &Path) -> io::Result<()> {
    let mut waiting: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                waiting.push(entry.path());
            }
        }
        sync(&dir)?;
    }
    Ok(())
}

/// Makes a directory that only its owner may look into.
pub(super) fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn hash(file: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(file)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut size = 0_u64;
    loop {
        let length = file.read(&mut chunk)?;
        let Some(part) = chunk.get(..length).filter(|part| !part.is_empty()) else { break };
        hasher.update(part);
        size = size.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
    }
    Ok((size, hex::encode(hasher.finalize())))
}
