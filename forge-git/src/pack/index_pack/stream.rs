//! The pack as it comes in: written to its file, hashed and inflated in one go.

use std::fs::File;
use std::io::{Read, Write};

use flate2::{Decompress, FlushDecompress, Status};
use forge_core::{ObjectFormat, ObjectId};

use crate::pack::build;
use crate::{Cancel, Error, Result, hash};

/// Bytes read from the sender at once.
const BUFFER: usize = 64 << 10;

/// Reads a pack from its sender and keeps a copy.
pub(super) struct PackStream<'a> {
    source: &'a mut dyn Read,
    file: &'a File,
    cancel: &'a Cancel,
    buffer: Vec<u8>,
    /// The part of the buffer that is not taken yet.
    start: usize,
    end: usize,
    /// The part before it that is neither hashed nor written.
    kept: usize,
    hasher: gix_hash::Hasher,
    crc32: crc32fast::Hasher,
    offset: u64,
    limit: u64,
    inflate: Decompress,
    output: Vec<u8>,
}

impl<'a> PackStream<'a> {
    pub(super) fn new(
        source: &'a mut dyn Read,
        file: &'a File,
        format: ObjectFormat,
        limit: u64,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            source,
            file,
            cancel,
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            kept: 0,
            hasher: gix_hash::hasher(hash::kind(format)),
            crc32: crc32fast::Hasher::new(),
            offset: 0,
            limit,
            inflate: Decompress::new(true),
            output: vec![0; BUFFER],
        }
    }

    /// Where the next byte stands in the pack.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Starts the checksum of a new entry.
    pub(super) fn start_entry(&mut self) {
        self.crc32 = crc32fast::Hasher::new();
    }

    /// The checksum of the entry so far.
    pub(super) fn entry_crc32(&self) -> u32 {
        self.crc32.clone().finalize()
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Result<u8> {
        let byte = *self.available()?.first().ok_or_else(cut)?;
        self.take(1);
        Ok(byte)
    }

    /// Fills `bytes`.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        for to in bytes {
            *to = self.byte()?;
        }
        Ok(())
    }

    /// Inflates one object of known size and hands it on in parts.
    pub(super) fn inflate(&mut self, size: u64, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.inflate.reset(true);
        loop {
            self.available()?;
            let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
            let input = self.buffer.get(self.start..self.end).unwrap_or_default();
            let status =
                self.inflate.decompress(input, &mut self.output, FlushDecompress::None).map_err(|error| {
                    Error::invalid(format!("the pack is damaged at {}: {error}", self.offset))
                })?;
            let taken = narrow(self.inflate.total_in() - taken)?;
            let made = narrow(self.inflate.total_out() - made)?;
            if self.inflate.total_out() > size {
                return Err(Error::invalid("an object is longer than the pack says"));
            }
            sink(self.output.get(..made).unwrap_or_default())?;
            self.take(taken);
            match status {
                Status::StreamEnd => break,
                _ if taken == 0 && made == 0 => {
                    return Err(Error::invalid("the pack is damaged: inflating stalled"));
                }
                _ => {}
            }
        }
        if self.inflate.total_out() == size {
            return Ok(());
        }
        Err(Error::invalid("an object is shorter than the pack says"))
    }

    /// Reads the checksum at the end, compares it, and refuses what was read behind it.
    pub(super) fn finish(mut self, format: ObjectFormat) -> Result<ObjectId> {
        self.store()?;
        let computed = build::finish(self.hasher.clone())?;
        let mut trailer = vec![0; format.byte_len()];
        self.fill(&mut trailer)?;
        if trailer != computed.as_bytes() {
            return Err(Error::invalid("the pack is damaged: its checksum is wrong"));
        }
        if self.start != self.end {
            return Err(Error::invalid("bytes follow the end of the pack"));
        }
        self.file.write_all(&trailer)?;
        Ok(computed)
    }

    /// What can be taken without waiting; waits if that is nothing.
    fn available(&mut self) -> Result<&[u8]> {
        if self.start == self.end {
            self.cancel.check()?;
            self.store()?;
            self.kept = 0;
            self.start = 0;
            self.end = 0;
            loop {
                match self.source.read(&mut self.buffer) {
                    Ok(0) => return Err(cut()),
                    Ok(count) => {
                        self.end = count;
                        break;
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
            let total = self.offset.saturating_add(u64::try_from(self.end).unwrap_or(u64::MAX));
            if total > self.limit {
                return Err(Error::TooLarge { what: "the pack in bytes", limit: self.limit });
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn take(&mut self, count: usize) {
        let end = self.start.saturating_add(count).min(self.end);
        self.crc32.update(self.buffer.get(self.start..end).unwrap_or_default());
        self.start = end;
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// Hashes and writes what was taken.
    fn store(&mut self) -> Result<()> {
        let taken = self.buffer.get(self.kept..self.start).unwrap_or_default();
        self.hasher.update(taken);
        self.file.write_all(taken)?;
        self.kept = self.start;
        Ok(())
    }
}

fn narrow(count: u64) -> Result<usize> {
    usize::try_from(count).map_err(|_| Error::invalid("an object is too large for this machine"))
}

fn cut() -> Error {
    Error::invalid("the pack is cut short")
}
