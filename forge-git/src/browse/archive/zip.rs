//! ZIP files, written from front to end without going back.
//!
//! Small files say their size and checksum before their bytes, which every reader understands; large ones behind them. Names
//! are bytes, marked as UTF-8 only if they are, so that no name is changed on the way. The directory at the end
//! uses the 64-bit forms only where the old ones are too small.

use std::io::{self, Read, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use forge_core::ObjectId;
use time::OffsetDateTime;

use super::{Name, Writer, copy};

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Sizes and checksum stand behind the content.
const FLAG_BEHIND: u16 = 1 << 3;
/// The name is UTF-8.
const FLAG_UTF8: u16 = 1 << 11;
/// Files up to this size are packed in memory first.
const IN_MEMORY: u64 = 1 << 20;
/// "In the 64-bit field".
const SEE_64: u32 = u32::MAX;

/// Writes one ZIP file.
pub(super) struct Zip<W> {
    out: Counted<W>,
    comment: String,
    time: u64,
    level: Compression,
    directory: Vec<u8>,
    entries: u64,
}

/// What the directory says of an entry.
struct Entry<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    attributes: u32,
    crc: u32,
    packed: u64,
    size: u64,
    offset: u64,
}

impl<W: Write> Zip<W> {
    /// Starts with nothing; the commit's id, if there is one, becomes the comment at the end.
    pub(super) fn new(out: W, commit: Option<&ObjectId>, time: u64, level: Compression) -> Self {
        Self {
            out: Counted { out, written: 0 },
            comment: commit.map(ToString::to_string).unwrap_or_default(),
            time,
            level,
            directory: Vec::new(),
            entries: 0,
        }
    }

    fn whole(
        &mut self,
        name: &[u8],
        method: u16,
        mode: u32,
        crc: u32,
        size: u64,
        packed: &[u8],
    ) -> io::Result<()> {
        let entry = Entry {
            name,
            flags: utf8_flag(name),
            method,
            attributes: (mode << 16) | if name.ends_with(b"/") { 0x10 } else { 0 },
            crc,
            packed: u64::try_from(packed.len()).map_err(io::Error::other)?,
            size,
            offset: self.out.written,
        };
        self.local(&entry)?;
        self.out.write_all(packed)?;
        self.list(&entry)
    }

    fn local(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let mut header = Vec::new();
        number(&mut header, &0x0403_4b50_u32.to_le_bytes());
        number(&mut header, &20_u16.to_le_bytes());
        self.common(&mut header, entry)?;
        number(&mut header, &length(9)?);
        header.extend_from_slice(entry.name);
        header.extend(self.timestamp());
        self.out.write_all(&header)
    }

    /// The fields that both places have, up to the length of the name.
    fn common(&self, header: &mut Vec<u8>, entry: &Entry<'_>) -> io::Result<()> {
        let (time, date) = self.dos_time();
        for field in [entry.flags, entry.method, time, date] {
            number(header, &field.to_le_bytes());
        }
        for field in [entry.crc, small(entry.packed)?, small(entry.size)?] {
            number(header, &field.to_le_bytes());
        }
        number(header, &length(entry.name.len())?);
        Ok(())
    }

    /// Keeps the entry for the directory at the end.
    fn list(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let far = u32::try_from(entry.offset).is_err();
        let mut header = Vec::new();
        number(&mut header, &0x0201_4b50_u32.to_le_bytes());
        // Made on Unix: the upper half of the attributes is a mode.
        number(&mut header, &[20, 3]);
        number(&mut header, &if far { 45_u16 } else { 20 }.to_le_bytes());
        self.common(&mut header, entry)?;
        number(&mut header, &length(if far { 9 + 12 } else { 9 })?);
        // No comment, first disk, no inner attributes.
        number(&mut header, &[0; 6]);
        number(&mut header, &entry.attributes.to_le_bytes());
        number(&mut header, &u32::try_from(entry.offset).unwrap_or(SEE_64).to_le_bytes());
        header.extend_from_slice(entry.name);
        header.extend(self.timestamp());
        if far {
            number(&mut header, &[1, 0, 8, 0]);
            number(&mut header, &entry.offset.to_le_bytes());
        }
        self.directory.extend(header);
        self.entries += 1;
        Ok(())
    }

    /// The time in seconds, in a field of nine bytes: the old fields know no time zone.
    fn timestamp(&self) -> Vec<u8> {
        let mut field = vec![b'U', b'T', 5, 0, 1];
        number(&mut field, &u32::try_from(self.time).unwrap_or(0).to_le_bytes());
        field
    }

    /// Time and date as DOS wrote them, in UTC; the count of years starts in 1980.
    fn dos_time(&self) -> (u16, u16) {
        let seconds = i64::try_from(self.time).unwrap_or_default();
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let Some(years) = u16::try_from(at.year() - 1980).ok().filter(|years| *years < 128) else {
            return (0, 0x21);
        };
        let time =
            (u16::from(at.hour()) << 11) | (u16::from(at.minute()) << 5) | (u16::from(at.second()) / 2);
        (time, (years << 9) | (u16::from(u8::from(at.month())) << 5) | u16::from(at.day()))
    }
}

fn utf8_flag(name: &[u8]) -> u16 {
    if !name.is_ascii() && std::str::from_utf8(name).is_ok() { FLAG_UTF8 } else { 0 }
}

fn number(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

fn length(length: usize) -> io::Result<[u8; 2]> {
    Ok(u16::try_from(length).map_err(io::Error::other)?.to_le_bytes())
}

/// Files of 4 GiB need another form of header, which the limit on downloads rules out.
fn small(size: u64) -> io::Result<u32> {
    u32::try_from(size).ok().filter(|size| *size != SEE_64).ok_or_else(|| {
        io::Error::new(io::ErrorKind::FileTooLarge, "a file is too large for ZIP: take tar.gz")
    })
}

impl<W: Write> Writer for Zip<W> {
    fn directory(&mut self, name: Name<'_>) -> io::Result<()> {
        self.whole(&[name.path, b"/"].concat(), STORED, 0o040_755, 0, 0, b"")
    }

    fn symlink(&mut self, name: Name<'_>, target: &[u8]) -> io::Result<()> {
        let mut crc = Crc::new();
        crc.update(target);
        let size = u64::try_from(target.len()).map_err(io::Error::other)?;
        self.whole(name.path, STORED, 0o120_777, crc.sum(), size, target)
    }

    fn file(
        &mut self,
        name: Name<'_>,
        executable: bool,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let path = name.path;
        let mode = if executable { 0o100_755 } else { 0o100_644 };
        let mut crc = Crc::new();
        if size <= IN_MEMORY {
            let mut packed = DeflateEncoder::new(Vec::new(), self.level);
            copy(content, size, |piece| {
                crc.update(piece);
                packed.write_all(piece)
            })?;
            let packed = packed.finish()?;
            return self.whole(path, DEFLATED, mode, crc.sum(), size, &packed);
        }
        small(size)?;
        let offset = self.out.written;
        let flags = utf8_flag(path) | FLAG_BEHIND;
        let attributes = mode << 16;
        let mut entry =
            Entry { name: path, flags, method: DEFLATED, attributes, crc: 0, packed: 0, size: 0, offset };
        self.local(&entry)?;
        let start = self.out.written;
        let mut packed = DeflateEncoder::new(&mut self.out, self.level);
        copy(content, size, |piece| {
            crc.update(piece);
            packed.write_all(piece)
        })?;
        packed.finish()?;
        (entry.crc, entry.packed, entry.size) = (crc.sum(), self.out.written - start, size);
        let mut behind = Vec::new();
        for field in [0x0807_4b50, entry.crc, small(entry.packed)?, small(size)?] {
            number(&mut behind, &field.to_le_bytes());
        }
        self.out.write_all(&behind)?;
        self.list(&entry)
    }

    fn finish(&mut self) -> io::Result<()> {
        let start = self.out.written;
        let directory = std::mem::take(&mut self.directory);
        self.out.write_all(&directory)?;
        let size = self.out.written - start;
        let count = u16::try_from(self.entries).unwrap_or(u16::MAX);
        let start_field = u32::try_from(start).unwrap_or(SEE_64);
        let size_field = u32::try_from(size).unwrap_or(SEE_64);
        let mut end = Vec::new();
        if count == u16::MAX || start_field == SEE_64 || size_field == SEE_64 {
            number(&mut end, &0x0606_4b50_u32.to_le_bytes());
            number(&mut end, &44_u64.to_le_bytes());
            number(&mut end, &[45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for field in [self.entries, self.entries, size, start] {
                number(&mut end, &field.to_le_bytes());
            }
            number(&mut end, &0x0706_4b50_u32.to_le_bytes());
            number(&mut end, &[0; 4]);
            number(&mut end, &self.out.written.to_le_bytes());
            number(&mut end, &1_u32.to_le_bytes());
        }
        number(&mut end, &0x0605_4b50_u32.to_le_bytes());
        number(&mut end, &[0; 4]);
        number(&mut end, &count.to_le_bytes());
        number(&mut end, &count.to_le_bytes());
        number(&mut end, &size_field.to_le_bytes());
        number(&mut end, &start_field.to_le_bytes());
        number(&mut end, &length(self.comment.len())?);
        end.extend_from_slice(self.comment.as_bytes());
        self.out.write_all(&end)?;
        self.out.flush()
    }
}

/// Counts what goes through it.
struct Counted<W> {
    out: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.written += u64::try_from(count).map_err(io::Error::other)?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
