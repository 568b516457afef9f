//! `forge git upload-archive`: one archive of a plain directory over stdin and stdout.

use std::io::{Read, Write};
use std::path::Path;

use super::{Environment, PlainRepository};
use crate::browse::ArchiveLimits;
use crate::upload_archive::UploadArchive;
use crate::{Cancel, Error, Limits, Result};

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
    UploadArchive { store: &store, refs: &refs, limits: &limits, now }.serve(input, out, &Cancel::new())
}
