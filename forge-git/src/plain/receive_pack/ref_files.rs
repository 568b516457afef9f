//! Changes refs in files, durably.
//!
//! Gix writes the files; what it leaves to us is here: one exclusive lock per repository, because parallel changes of
//! `packed-refs` would lose updates, and flushing to disk before the push is acknowledged.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use forge_core::ObjectId;
use gix::lock::acquire::Fail;
use gix_ref::store::WriteReflog;
use gix_ref::transaction::{Change, LogChange, PreviousValue, RefEdit, RefLog};
use gix_ref::{FullName, Target};

use crate::plain::PlainRepository;
use crate::{Error, Result, hash};

/// How long to wait for git itself, which may be writing at the same time.
const WAIT: Fail = Fail::AfterDurationWithBackoff(Duration::from_secs(10));

/// One change, by the name on disk.
#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) old: Option<ObjectId>,
    pub(super) new: Option<ObjectId>,
}

/// Who changes the refs and when, for the reflog.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) seconds: i64,
}

/// Refs of one repository, locked against every other receiver.
pub(super) struct RefFiles {
    store: gix_ref::file::Store,
    common_dir: PathBuf,
    signature: Signature,
    /// Released when it is closed.
    _lock: File,
}

/// Why a set of changes was not made.
pub(super) enum Failure {
    /// Nothing was changed: some ref was not as expected, or is locked.
    Nothing(Error),
    /// Some may have been changed.
    Halfway(Error),
}

impl RefFiles {
    /// Waits until nobody else of ours changes refs here.
    pub(super) fn lock(repository: &PlainRepository, signature: Signature) -> Result<Self> {
        let lock = File::open(repository.common_dir())?;
        lock.lock()?;
        let settings = repository.settings();
        let write_reflog = match settings.text("core.logallrefupdates") {
            Some(text) if text.eq_ignore_ascii_case("always") => WriteReflog::Always,
            Some(_) if settings.flag("core.logallrefupdates") == Some(true) => WriteReflog::Normal,
            None if settings.flag("core.bare") == Some(false) => WriteReflog::Normal,
            _ => WriteReflog::Disable,
        };
        let options = gix_ref::store::init::Options { write_reflog, ..Default::default() };
        let kind = hash::kind(repository.format());
        let git_dir = repository.git_dir().to_owned();
        let common_dir = repository.common_dir().to_owned();
        let store = if git_dir == common_dir {
            gix_ref::file::Store::at_opts(git_dir, kind, options)
        } else {
            gix_ref::file::Store::for_linked_worktree_opts(git_dir, common_dir.clone(), kind, options)
        };
        Ok(Self { store, common_dir, signature, _lock: lock })
    }

    /// Makes all changes and flushes them to disk.
    pub(super) fn change(&self, edits: &[Edit]) -> std::result::Result<(), Failure> {
        let prepared = self.prepare(edits).map_err(Failure::Nothing)?;
        let time = format!("{} +0000", self.signature.seconds);
        let committer = gix::actor::SignatureRef {
            name: self.signature.name.as_str().into(),
            email: self.signature.email.as_str().into(),
            time: &time,
        };
        prepared.commit(committer).map_err(|error| Failure::Halfway(error.into()))?;
        self.flush(edits).map_err(Failure::Halfway)
    }

    fn prepare(&self, edits: &[Edit]) -> Result<gix_ref::file::Transaction<'_, '_>> {
        // Another process may have written within the tick of the file's time.
        if self.common_dir.join("packed-refs").exists() {
            self.store.force_refresh_packed_buffer()?;
        }
        let edits = edits.iter().map(ref_edit).collect::<Result<Vec<_>>>()?;
        Ok(self.store.transaction().prepare(edits, WAIT, WAIT)?)
    }

    /// Flushes the files and every directory that may have changed.
    fn flush(&self, edits: &[Edit]) -> Result<()> {
        let mut directories = BTreeSet::from([self.common_dir.clone()]);
        for edit in edits {
            let path = self.common_dir.join(&edit.name);
            if edit.new.is_some() && path.is_file() {
                File::open(&path)?.sync_all()?;
            }
            let above = path.ancestors().skip(1).take_while(|above| above.starts_with(&self.common_dir));
            directories.extend(above.filter(|above| above.is_dir()).map(Path::to_owned));
        }
        let packed = self.common_dir.join("packed-refs");
        if packed.is_file() && edits.iter().any(|edit| edit.new.is_none()) {
            File::open(&packed)?.sync_all()?;
        }
        for directory in directories {
            File::open(directory)?.sync_all()?;
        }
        Ok(())
    }
}

fn ref_edit(edit: &Edit) -> Result<RefEdit> {
    let name = FullName::try_from(edit.name.as_str()).map_err(|error| Error::invalid(error.to_string()))?;
    let old = edit.old.as_ref().map(|old| Target::Object(hash::to_gix(old)));
    let change = match &edit.new {
        Some(new) => Change::Update {
            log: LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: "push".into() },
            expected: old.map_or(PreviousValue::MustNotExist, PreviousValue::MustExistAndMatch),
            new: Target::Object(hash::to_gix(new)),
        },
        None => Change::Delete {
            expected: old.map_or(PreviousValue::Any, PreviousValue::MustExistAndMatch),
            log: RefLog::AndReference,
        },
    };
    Ok(RefEdit { change, name, deref: true })
}
