//! Reads entries back from the pack's file.

use std::fs::File;
use std::os::unix::fs::FileExt;

use flate2::{Decompress, FlushDecompress, Status};

use super::table::Table;
use crate::{Error, Result};

/// Deflated bytes read at once.
const CHUNK: u64 = 256 << 10;

/// The file of a pack that is being indexed.
#[derive(Debug)]
pub(super) struct PackFile<'a> {
    file: &'a File,
    end: u64,
    input: Vec<u8>,
    inflate: Decompress,
}

impl<'a> PackFile<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        Self { file, end: 0, input: Vec::new(), inflate: Decompress::new(true) }
    }

    pub(super) fn file(&self) -> &'a File {
        self.file
    }

    /// Where the last entry that was sent ends.
    pub(super) fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Inflates what an entry holds: an object or a delta. Its length was measured when it came in.
    pub(super) fn inflate(&mut self, table: &Table, position: usize) -> Result<Vec<u8>> {
        let gone = || Error::corrupt("an entry of an incoming pack is gone");
        let entry = table.entries.get(position).ok_or_else(gone)?;
        let next = table.entries.get(position + 1).map_or(self.end, |next| next.offset);
        let length = usize::try_from(entry.inflated).map_err(|_| gone())?;
        let mut output = vec![0; length];
        let mut from = entry.offset.saturating_add(entry.header);
        self.inflate.reset(true);
        loop {
            let size = usize::try_from(next.saturating_sub(from).min(CHUNK)).map_err(|_| gone())?;
            self.input.resize(size, 0);
            self.file.read_exact_at(&mut self.input, from)?;
            from = from.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
            let mut rest = self.input.as_slice();
            loop {
                let (taken, made) = (self.inflate.total_in(), self.inflate.total_out());
                let made_before = usize::try_from(made).map_err(|_| gone())?;
                let room = output.get_mut(made_before..).unwrap_or_default();
                let status = self
                    .inflate
                    .decompress(rest, room, FlushDecompress::None)
                    .map_err(|error| Error::corrupt(format!("an incoming pack changed on disk: {error}")))?;
                let taken = usize::try_from(self.inflate.total_in() - taken).map_err(|_| gone())?;
                rest = rest.get(taken..).unwrap_or_default();
                if status == Status::StreamEnd {
                    return if self.inflate.total_out() == entry.inflated { Ok(output) } else { Err(gone()) };
                }
                if rest.is_empty() {
                    break;
                }
                if taken == 0 && self.inflate.total_out() == made {
                    return Err(gone());
                }
            }
            if size == 0 {
                return Err(gone());
            }
        }
    }
}
