//! The line to a client while a pack is made: data, progress, signs of life.

use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::Served;
use super::answers::{Keeping, Kept};
use crate::Result;
use crate::sideband::{Band, Width, write_band, write_keepalive};

/// Time between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Shared by what writes the pack and what tells about it.
pub(super) struct Line<'o> {
    out: RefCell<&'o mut dyn Write>,
    width: Option<Width>,
    quiet: bool,
    keepalive: Duration,
    last: Cell<Instant>,
    told: Cell<Instant>,
    keeping: RefCell<Option<Keeping>>,
}

impl<'o> Line<'o> {
    /// Without `width` there is only the pack.
    pub(super) fn new(
        out: &'o mut dyn Write,
        width: Option<Width>,
        quiet: bool,
        keepalive: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            out: RefCell::new(out),
            width,
            quiet,
            keepalive,
            last: Cell::new(now),
            told: Cell::new(now),
            keeping: RefCell::new(None),
        }
    }

    /// From now on, keeps what goes out.
    pub(super) fn keep(&self, keeping: Keeping) {
        *self.keeping.borrow_mut() = Some(keeping);
    }

    /// What was kept is whole.
    pub(super) fn kept(&self, served: Served) {
        if let Some(keeping) = self.keeping.borrow_mut().take() {
            keeping.finish(served);
        }
    }

    /// Sends a pack that went out before.
    pub(super) fn repeat(&self, kept: &Kept) -> Result<()> {
        self.progress(&format!("Total {} objects, prepared earlier\n", kept.served.objects))?;
        kept.each(self.payload(), |piece| Ok(self.data(piece)?))?;
        self.finish()
    }

    /// Text for a person, if one is listening.
    pub(super) fn progress(&self, text: &str) -> Result<()> {
        let (Some(width), false) = (self.width, self.quiet) else { return Ok(()) };
        let mut out = self.out.borrow_mut();
        write_band(&mut **out, width, Band::Progress, text.as_bytes())?;
        out.flush()?;
        self.last.set(Instant::now());
        Ok(())
    }

    /// Called often: tells how far it is, or at least that somebody is there.
    pub(super) fn beat(&self, text: impl FnOnce() -> String) -> Result<()> {
        let now = Instant::now();
        if !self.quiet && now.duration_since(self.told.get()) >= PROGRESS_EVERY {
            self.told.set(now);
            return self.progress(&text());
        }
        if self.width.is_some() && now.duration_since(self.last.get()) >= self.keepalive {
            let mut out = self.out.borrow_mut();
            write_keepalive(&mut **out, Band::Data)?;
            out.flush()?;
            self.last.set(now);
        }
        Ok(())
    }

    /// The last words of a fetch that fails; without bands the line just ends.
    pub(super) fn fail(&self, text: &str) -> Result<()> {
        let Some(width) = self.width else { return Ok(()) };
        let mut out = self.out.borrow_mut();
        write_band(&mut **out, width, Band::Error, text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Where pack data goes.
    pub(super) fn pack(&self) -> PackData<'_, 'o> {
        let size = self.payload();
        PackData { line: self, buffer: Vec::with_capacity(size), size }
    }

    fn payload(&self) -> usize {
        self.width.unwrap_or(Width::Wide).payload()
    }

    /// Sends a piece of the pack that fits into one packet.
    fn data(&self, piece: &[u8]) -> io::Result<()> {
        let mut out = self.out.borrow_mut();
        match self.width {
            None => out.write_all(piece)?,
            Some(width) => write_band(&mut **out, width, Band::Data, piece)?,
        }
        self.last.set(Instant::now());
        if let Some(keeping) = self.keeping.borrow_mut().as_mut() {
            keeping.add(piece);
        }
        Ok(())
    }

    /// Ends the answer.
    pub(super) fn finish(&self) -> Result<()> {
        let mut out = self.out.borrow_mut();
        if self.width.is_some() {
            crate::pktline::write_flush(&mut **out)?;
        }
        Ok(out.flush()?)
    }
}

/// Collects pack data into packets.
pub(super) struct PackData<'l, 'o> {
    line: &'l Line<'o>,
    buffer: Vec<u8>,
    size: usize,
}

impl PackData<'_, '_> {
    fn send(&mut self) -> io::Result<()> {
        if !self.buffer.is_empty() {
            self.line.data(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
    }
}

impl Write for PackData<'_, '_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.buffer.is_empty()
            && let Some(piece) = data.get(..self.size)
        {
            // A whole packet need not be collected first.
            self.line.data(piece)?;
            return Ok(piece.len());
        }
        let room = self.size - self.buffer.len();
        let taken = data.get(..room).unwrap_or(data);
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() >= self.size {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}
