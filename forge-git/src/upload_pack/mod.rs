//! Sending: what `git clone` and `git fetch` talk to.
//!
//! A caller makes an [`UploadPack`] for one request, from the objects, a snapshot of the refs and its options, then
//! advertises and serves. The wire carries protocol 0, 1 or 2, over one connection or over single requests. A fetch goes
//! through the same steps in all of them: read what is wanted (and check that the asker may have it), find out what is common, move
//! the border of a shallow client, list the objects in between, write the pack.
//!
//! Nothing is sent that cannot be reached from a visible ref, whichever version asks for it and however it is named.

mod advertise;
mod answers;
mod common;
mod deep_bases;
mod fetch;
mod hidden;
mod ls_refs;
mod object_info;
mod options;
mod output;
mod send;
mod shallow;
#[cfg(test)]
mod tests;
mod v0;
mod v2;
mod wants;

use std::io::{Read, Write};

pub use crate::filter::{Condition, Filter};
pub use answers::{Answers, Remembered};
pub use hidden::HiddenRefs;
pub use options::{Bundles, FilterPolicy, Unborn, UploadOptions, WantPolicy};

use crate::pktline::{self, PacketReader};
use crate::plain::ProtocolVersion;
use crate::{Cancel, Error, ObjectStore, Ref, RefSnapshot, Result};

/// How requests come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One request with all it needs to know, as over HTTP.
    Stateless,
    /// A connection that stays open, as over SSH.
    Stateful,
}

/// What a request came to, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Served {
    /// Commands of protocol 2 that were answered.
    pub commands: u64,
    /// Objects that were wanted.
    pub wants: u64,
    /// Objects that the client said it has, and so do we.
    pub common: u64,
    /// Packs that were sent.
    pub packs: u64,
    /// Objects in them.
    pub objects: u64,
    /// Bytes of them.
    pub pack_bytes: u64,
}

impl Served {
    fn add(&mut self, other: &Self) {
        self.commands += other.commands;
        self.wants += other.wants;
        self.common += other.common;
        self.packs += other.packs;
        self.objects += other.objects;
        self.pack_bytes += other.pack_bytes;
    }
}

/// One client's visit.
pub struct UploadPack<'a> {
    store: &'a ObjectStore,
    refs: &'a RefSnapshot,
    options: &'a UploadOptions,
    cancel: &'a Cancel,
}

impl<'a> UploadPack<'a> {
    /// Prepares the visit. Refs that the options hide do not exist for it.
    pub fn new(
        store: &'a ObjectStore,
        refs: &'a RefSnapshot,
        options: &'a UploadOptions,
        cancel: &'a Cancel,
    ) -> Self {
        Self { store, refs, options, cancel }
    }

    /// Sends refs and capabilities, or in protocol 2 only the latter.
    pub fn advertise(&self, version: ProtocolVersion, mode: Mode, out: &mut dyn Write) -> Result<()> {
        match version {
            ProtocolVersion::V2 => advertise::capabilities(self, out)?,
            ProtocolVersion::V1 => {
                pktline::write_line(out, "version 1")?;
                advertise::refs(self, mode, out)?;
            }
            ProtocolVersion::V0 => advertise::refs(self, mode, out)?,
        }
        Ok(out.flush()?)
    }

    /// Answers what the client asks: all of its commands, or in [`Mode::Stateless`] the one request.
    ///
    /// A stateful visit starts with [`Self::advertise`], which is the caller's to call. What goes wrong is told to the client in
    /// git's way before it is returned.
    pub fn serve(
        &self,
        version: ProtocolVersion,
        mode: Mode,
        input: &mut dyn Read,
        out: &mut dyn Write,
    ) -> Result<Served> {
        let mut reader = PacketReader::new(input);
        let served = match version {
            ProtocolVersion::V2 => v2::serve(self, mode, &mut reader, out),
            ProtocolVersion::V0 | ProtocolVersion::V1 => v0::serve(self, mode, &mut reader, out),
        };
        out.flush()?;
        served
    }

    /// The refs that are not hidden, sorted by name.
    fn visible(&self) -> impl Iterator<Item = &'a Ref> {
        let hidden = &self.options.hidden;
        self.refs.refs().iter().filter(|found| !hidden.hides(found.name.as_str()))
    }

    /// The ref of that name, unless it is hidden.
    fn find_visible(&self, name: &str) -> Option<&'a Ref> {
        self.refs.find(name).filter(|_| !self.options.hidden.hides(name))
    }
}

/// The line that precedes an advertisement of protocol 0 or 1 over HTTP.
pub fn write_service_line(out: &mut dyn Write) -> Result<()> {
    pktline::write_line(out, "# service=git-upload-pack")?;
    pktline::write_flush(out)
}

/// Tells the client why it gets nothing, where it can still be told.
fn report<T>(result: Result<T>, out: &mut dyn Write) -> Result<T> {
    if let Err(error) = &result {
        match error {
            Error::Invalid(text) => pktline::write_error(out, text)?,
            Error::TooLarge { .. } | Error::Busy | Error::NotFound(_) => {
                pktline::write_error(out, &format!("upload-pack: {error}"))?;
            }
            Error::Corrupt(_) | Error::Conflict(_) => {
                pktline::write_error(out, "upload-pack: the repository cannot be read")?;
            }
            Error::Io(_) | Error::Cancelled => {}
        }
        out.flush()?;
    }
    result
}
