//! `forge git upload-archive`: one archive of a plain directory over stdin and stdout.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use super::{Environment, PlainRepository};
use crate::browse::ArchiveLimits;
use crate::upload_archive::{ArchiveIds, UploadArchive};
use crate::{Cancel, Error, Limits, Result};

/// Bytes of `info/attributes`.
const MAX_ATTRIBUTES: u64 = 256 << 10;

/// Serves one visit; `now` is in seconds since 1970.
pub fn upload_archive(
    arguments: &[String],
    environment: &Environment,
    now: i64,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<()> {
    let [dir] = arguments else { return Err(Error::invalid("usage: upload-archive <directory>")) };
    let repository = PlainRepository::open(Path::new(dir), false, environment)?;
    let store = repository.store(&Limits::default())?;
    let refs = repository.snapshot(&store)?;
    let limits = ArchiveLimits::default();
    let allows_all = repository.settings().flag("uploadarchive.allowunreachable") == Some(true);
    let ids = if allows_all { ArchiveIds::All } else { ArchiveIds::Refused };
    let attributes = attributes(&repository)?;
    let (store, refs, limits, attributes) = (&store, &refs, &limits, &attributes);
    UploadArchive { store, refs, limits, ids, attributes, now }.serve(input, out, &Cancel::new())
}

/// What `info/attributes` says, which counts more than the attributes of the tree.
fn attributes(repository: &PlainRepository) -> Result<Vec<u8>> {
    let file = match File::open(repository.common_dir().join("info/attributes")) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut rules = Vec::new();
    file.take(MAX_ATTRIBUTES + 1).read_to_end(&mut rules)?;
    if u64::try_from(rules.len()).is_ok_and(|length| length > MAX_ATTRIBUTES) {
        return Err(Error::TooLarge { what: "info/attributes", limit: MAX_ATTRIBUTES });
    }
    Ok(rules)
}
