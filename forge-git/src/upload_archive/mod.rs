//! git-upload-archive: `git archive --remote`, which packs files at the server and fetches no history.
//!
//! The client hands on its command line, word by word, and the server answers `ACK` and the archive on side-bands, or
//! `NACK` and why not. Of the command line only what is listed in [`ArchiveArguments`] is understood, and only what the
//! refs lead to can be named: a ref as git itself insists, or the id of a commit that a ref reaches. A plain directory is asked as
//! git asks it: by refs alone, unless its settings allow every id.

mod arguments;
#[cfg(test)]
mod tests;

use std::io::{Read, Write};

pub use arguments::ArchiveArguments;

use crate::browse::{ArchiveLimits, ArchiveRequest, Browser};
use crate::pktline::{MAX_PACKET, Packet, PacketReader, write_flush, write_line};
use crate::sideband::{Band, BandWriter, Width, write_band};
use crate::{Cancel, Error, ObjectStore, RefSnapshot, Result};

/// Words of a command line, as in git itself.
const MAX_ARGUMENTS: usize = 64;
/// What stands before each word.
const ARGUMENT: &[u8] = b"argument ";
/// Names of the formats, as git lists them.
const FORMATS: &str = "tar\ntgz\ntar.gz\nzip\n";

/// One visit of `git archive --remote`.
#[derive(Debug, Clone, Copy)]
pub struct UploadArchive<'a> {
    /// The objects.
    pub store: &'a ObjectStore,
    /// The refs that may be named.
    pub refs: &'a RefSnapshot,
    /// Bounds of one archive.
    pub limits: &'a ArchiveLimits,
    /// Which commits may be named by their id.
    pub ids: ArchiveIds,
    /// Attributes that count more than those of the tree. Only plain directories have any.
    pub attributes: &'a [u8],
    /// Seconds since 1970, for directories without a commit.
    pub now: i64,
}

/// Which ids of objects may stand where a ref is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveIds {
    /// None, as in git itself.
    Refused,
    /// Those of commits that the refs lead to, which a clone gives away as well.
    Reachable,
    /// Those of all objects there are: `uploadArchive.allowUnreachable`.
    All,
}

impl UploadArchive<'_> {
    /// Reads the command line and answers it. What is refused has been told to the client when the error comes back.
    pub fn serve(&self, input: &mut dyn Read, out: &mut dyn Write, cancel: &Cancel) -> Result<()> {
        let browser = Browser::open(self.store);
        let asked = read_words(input).and_then(|words| ArchiveArguments::parse(&words));
        let planned = asked.and_then(|arguments| match arguments {
            ArchiveArguments::List => Ok(None),
            ArchiveArguments::Pack(pack) => pack.resolve(&browser, self, cancel).map(Some),
        });
        let request = match planned {
            Ok(request) => request,
            Err(error) if error.is_disconnect() => return Err(error),
            Err(error) => {
                write_line(out, &format!("NACK {}", in_words(&error)))?;
                out.flush()?;
                return Err(error);
            }
        };
        write_line(out, "ACK")?;
        write_flush(out)?;
        match self.send(&browser, request.as_ref(), out, cancel) {
            Ok(()) => Ok(()),
            Err(error) if error.is_disconnect() => Err(error),
            Err(error) => {
                write_band(out, Width::Wide, Band::Error, in_words(&error).as_bytes())?;
                write_flush(out)?;
                out.flush()?;
                Err(error)
            }
        }
    }

    fn send(
        &self,
        browser: &Browser,
        request: Option<&ArchiveRequest>,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<()> {
        let mut bands = BandWriter::new(&mut *out, Width::Wide);
        match request {
            Some(request) => browser.archive(request, self.limits, &mut bands, cancel)?,
            None => bands.write_all(FORMATS.as_bytes())?,
        }
        bands.finish()?;
        write_flush(out)?;
        Ok(out.flush()?)
    }
}

/// What is said to the client: our own faults are for the log.
fn in_words(error: &Error) -> String {
    match error {
        Error::Invalid(_) | Error::NotFound(_) | Error::TooLarge { .. } | Error::Busy => error.to_string(),
        _ => "the archive could not be made".to_owned(),
    }
}

/// The client's words up to the flush.
fn read_words(input: &mut dyn Read) -> Result<Vec<Vec<u8>>> {
    let mut reader = PacketReader::new(input);
    let mut words = Vec::new();
    loop {
        let packet = reader.expect()?;
        if packet == Packet::Flush {
            return Ok(words);
        }
        let word = packet.line().and_then(|line| line.strip_prefix(ARGUMENT));
        let word = word.ok_or_else(|| Error::invalid("expected 'argument' or a flush"))?;
        if words.len() == MAX_ARGUMENTS || word.len() > MAX_PACKET {
            return Err(Error::invalid(format!("an archive takes at most {MAX_ARGUMENTS} words")));
        }
        words.push(word.to_vec());
    }
}
