//! Making files survive a power cut, and what follows when the disk refuses to.
//!
//! An `fsync` that fails is not tried again: the system tells the error once and then counts the data as written, so a second
//! call would succeed and keep nothing. What was to be kept fails, and from then on this process publishes no pack: nobody can
//! know what else the disk has lost. Reading goes on. An administrator looks at the disk and starts the process anew.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use crate::{Error, Result};

/// What failed first in this process. The disk is one, whoever uses it.
static FAILED: OnceLock<String> = OnceLock::new();

/// What is said to people who want something kept.
const REFUSAL: &str = "the disk has failed to keep what was written to it, so nothing is taken until an administrator \
                       has looked at it";

/// Why nothing is published any more; nothing as long as all is well.
pub fn failure() -> Option<&'static str> {
    FAILED.get().map(String::as_str)
}

/// Notes that the disk has failed to keep something, for good.
pub fn note_failure(what: &str) {
    if FAILED.set(what.to_owned()).is_ok() {
        tracing::error!(
            what,
            "ALARM: the disk has failed to keep data. Pushes are refused from now on; reading goes on. Look at the disk and \
             the system's log, mend it, run forge doctor, and start the forge again"
        );
    }
}

/// Fails if the disk has failed before.
pub fn check() -> Result<()> {
    if failure().is_some() { Err(Error::Conflict(REFUSAL.to_owned())) } else { Ok(()) }
}

/// Has the file's bytes written for good.
pub(crate) fn sync(file: &File, what: &Path) -> Result<()> {
    file.sync_all().map_err(|error| final_failure(error, what))
}

/// Has a directory's names written for good.
pub fn sync_dir(directory: &Path) -> Result<()> {
    let opened = File::open(directory)?;
    opened.sync_all().map_err(|error| final_failure(error, directory))
}

fn final_failure(error: io::Error, what: &Path) -> Error {
    note_failure(&format!("fsync of {}: {error}", what.display()));
    error.into()
}

/// Writes a file so that it is there whole or not at all, in place of the one that is there.
///
/// Its temporary name starts with `prefix`, so that what a crash leaves behind is known for what it is.
pub(crate) fn replace<T>(target: &Path, prefix: &str, write: impl FnOnce(&File) -> Result<T>) -> Result<T> {
    let directory = target.parent().ok_or_else(|| Error::NotFound(target.display().to_string()))?;
    let file = tempfile::Builder::new().prefix(prefix).tempfile_in(directory)?;
    let written = write(file.as_file())?;
    sync(file.as_file(), target)?;
    file.persist(target).map_err(|error| error.error)?;
    sync_dir(directory)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_beside_them() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("aid");
        for text in ["one", "another"] {
            let length = replace(&target, "tmp_", |mut file| {
                file.write_all(text.as_bytes())?;
                Ok(text.len())
            });
            assert_eq!(length.unwrap(), text.len());
            assert_eq!(std::fs::read_to_string(&target).unwrap(), text);
        }
        let failed: Result<()> = replace(&target, "tmp_", |_| Err(Error::Busy));
        assert!(failed.is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "another");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
