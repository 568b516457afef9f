//! A plain repository directory, as git itself lays it out: the front behind `forge git …`.
//!
//! Refs are files here and the repository's own configuration has a say; the server proper uses neither.

mod config;
mod discover;
mod environment;
mod export;
mod receive_pack;
mod refs;
mod upload_archive;
mod upload_pack;

pub use config::Settings;
pub(crate) use config::parse_size;
pub use environment::{Environment, ProtocolVersion};
pub use export::{refuse_full, write_bare};
pub use receive_pack::{ReceivePackArguments, receive_pack};
pub use upload_archive::upload_archive;
pub use upload_pack::{UploadPackArguments, upload_pack};

use std::path::{Path, PathBuf};

use forge_core::{ObjectFormat, ObjectId};

use crate::{Error, Limits, ObjectStore, RefSnapshot, Result};

/// An opened repository directory.
#[derive(Debug)]
pub struct PlainRepository {
    git_dir: PathBuf,
    common_dir: PathBuf,
    settings: Settings,
    format: ObjectFormat,
    namespace: String,
}

impl PlainRepository {
    /// Finds the repository at `dir`, which may be bare, a work tree or its `.git`; `strict` takes only the former and the last.
    pub fn open(dir: &Path, strict: bool, environment: &Environment) -> Result<Self> {
        let git_dir = discover::git_dir(dir, strict).ok_or_else(|| {
            Error::invalid(format!("'{}' does not appear to be a git repository", dir.display()))
        })?;
        let common_dir = discover::common_dir(&git_dir);
        let settings = Settings::read(&common_dir.join("config"), environment)?;
        let format = match settings.text("extensions.objectformat") {
            None => ObjectFormat::Sha1,
            Some(name) => name.parse().map_err(|_| Error::corrupt("the object format is unknown"))?,
        };
        if settings.text("extensions.refstorage").is_some_and(|kind| kind != "files") {
            return Err(Error::invalid("only repositories that keep their refs in files are supported"));
        }
        Ok(Self { git_dir, common_dir, settings, format, namespace: environment.namespace() })
    }

    /// The directory with `HEAD`.
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The directory with `refs` and `objects`: another one than [`Self::git_dir`] in linked work trees.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The directory with packs and loose objects.
    pub fn objects_dir(&self) -> PathBuf {
        self.common_dir.join("objects")
    }

    /// The repository's configuration with what the environment adds.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Which hash names the objects.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// What every visible ref name starts with on disk: empty, or `refs/namespaces/…/` with a slash at the end.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Opens the objects.
    pub fn store(&self, limits: &Limits) -> Result<ObjectStore> {
        ObjectStore::open(&self.objects_dir(), self.format, limits)
    }

    /// Reads all refs. Broken ones are left out, as git does.
    pub fn snapshot(&self, store: &ObjectStore) -> Result<RefSnapshot> {
        refs::snapshot(self, store)
    }

    /// Names under `refs/` that [`Self::snapshot`] leaves out: what they name is not there, or git forbids the name.
    pub fn broken_refs(&self, store: &ObjectStore) -> Result<Vec<String>> {
        refs::broken(self, store)
    }

    /// The commits whose parents are missing because this repository is itself a shallow clone.
    pub fn shallow(&self) -> Result<Vec<ObjectId>> {
        match std::fs::read_to_string(self.common_dir.join("shallow")) {
            Ok(text) => Ok(text.lines().filter_map(|line| line.trim().parse().ok()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}
