//! Tar files: ustar headers, and pax headers where those are too small.

use std::io::{self, Read, Write};

use forge_core::ObjectId;

use super::{Name, Writer, copy};

const BLOCK: usize = 512;
/// Readers expect a whole number of these.
const RECORD: u64 = 10_240;
/// The modes that git writes unless told otherwise; whoever unpacks takes away what they do not want.
const DIRECTORY: u64 = 0o775;
const PROGRAM: u64 = 0o775;
const FILE: u64 = 0o664;
/// Bytes of a name, and of the directories above it.
const NAME: usize = 100;
const ABOVE: usize = 155;
/// The largest number that eleven octal digits hold.
const MAX_OCTAL: u64 = 0o777_7777_7777;

/// Writes one tar file.
pub(super) struct Tar<W> {
    out: W,
    time: u64,
    written: u64,
}

impl<W: Write> Tar<W> {
    /// Starts with the commit's id if there is one, as `git get-tar-commit-id` reads it.
    pub(super) fn new(out: W, commit: Option<&ObjectId>, time: u64) -> io::Result<Self> {
        let mut tar = Self { out, time, written: 0 };
        let Some(commit) = commit else { return Ok(tar) };
        let comment = record("comment", commit.to_string().as_bytes());
        let place = Place { above: b"", path: b"pax_global_header" };
        tar.header(place, b'g', 0o666, comment.len().try_into().unwrap_or(0), b"")?;
        tar.put(&comment)?;
        tar.pad()?;
        Ok(tar)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += u64::try_from(bytes.len()).map_err(io::Error::other)?;
        self.out.write_all(bytes)
    }

    fn pad(&mut self) -> io::Result<()> {
        let rest = usize::try_from(self.written % 512).unwrap_or(0);
        let zeros = [0; BLOCK];
        self.put(if rest == 0 { &[] } else { zeros.get(rest..).unwrap_or_default() })
    }

    /// Writes the headers of one entry. What fits nowhere goes into a header of its own, named by the object, as in git.
    fn entry(&mut self, name: Name<'_>, kind: u8, mode: u64, size: u64, link: &[u8]) -> io::Result<()> {
        let (id, mut records) = (name.id.to_string(), Vec::new());
        let (data, see) = (format!("{id}.data"), format!("see {id}.paxheader"));
        let place = Place::of(name.path).unwrap_or_else(|| {
            records.extend(record("path", name.path));
            Place { above: b"", path: data.as_bytes() }
        });
        let mut short = link;
        if link.len() > NAME {
            records.extend(record("linkpath", link));
            short = see.as_bytes();
        }
        if size > MAX_OCTAL {
            records.extend(record("size", size.to_string().as_bytes()));
        }
        if !records.is_empty() {
            let own = format!("{id}.paxheader");
            let place = Place { above: b"", path: own.as_bytes() };
            self.header(place, b'x', 0o666, records.len().try_into().unwrap_or(0), b"")?;
            self.put(&records)?;
            self.pad()?;
        }
        self.header(place, kind, mode, size, short)
    }

    /// Writes one header.
    fn header(&mut self, place: Place<'_>, kind: u8, mode: u64, size: u64, link: &[u8]) -> io::Result<()> {
        let mut block = Vec::with_capacity(BLOCK);
        let text = |block: &mut Vec<u8>, text: &[u8], width: usize| {
            let end = block.len() + width;
            block.extend_from_slice(text.get(..width).unwrap_or(text));
            block.resize(end, 0);
        };
        let octal = |number: u64, digits: usize| format!("{number:0digits$o}\0").into_bytes();
        text(&mut block, place.path, NAME);
        block.extend(octal(mode, 7));
        block.extend(octal(0, 7));
        block.extend(octal(0, 7));
        block.extend(octal(size.min(MAX_OCTAL), 11));
        block.extend(octal(self.time.min(MAX_OCTAL), 11));
        let sum_at = block.len();
        block.extend([b' '; 8]);
        block.push(kind);
        text(&mut block, link, NAME);
        block.extend(b"ustar\x0000");
        text(&mut block, b"root", 32);
        text(&mut block, b"root", 32);
        block.extend(octal(0, 7));
        block.extend(octal(0, 7));
        text(&mut block, place.above, ABOVE);
        block.resize(BLOCK, 0);
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        for (place, byte) in block.iter_mut().skip(sum_at).zip(octal(sum, 7)) {
            *place = byte;
        }
        self.put(&block)
    }
}

/// A path in the two fields of a header.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// The directories that did not fit beside the name.
    above: &'a [u8],
    path: &'a [u8],
}

impl<'a> Place<'a> {
    /// Splits a path where git does; nothing if it fits in no way.
    fn of(path: &'a [u8]) -> Option<Self> {
        if path.len() <= NAME {
            return Some(Self { above: b"", path });
        }
        let end = path.strip_suffix(b"/").unwrap_or(path).len().min(ABOVE);
        let at = path.get(..end)?.iter().rposition(|byte| *byte == b'/').filter(|at| *at > 0)?;
        let (above, rest) = (path.get(..at)?, path.get(at + 1..)?);
        (rest.len() <= NAME).then_some(Self { above, path: rest })
    }
}

/// A pax record says its own length, which counts its own digits.
fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}

impl<W: Write> Writer for Tar<W> {
    fn directory(&mut self, name: Name<'_>) -> io::Result<()> {
        let path = [name.path, b"/"].concat();
        self.entry(Name { path: &path, ..name }, b'5', DIRECTORY, 0, b"")
    }

    fn symlink(&mut self, name: Name<'_>, target: &[u8]) -> io::Result<()> {
        self.entry(name, b'2', 0o777, 0, target)
    }

    fn file(
        &mut self,
        name: Name<'_>,
        executable: bool,
        size: u64,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        self.entry(name, b'0', if executable { PROGRAM } else { FILE }, size, b"")?;
        copy(content, size, |piece| self.put(piece))?;
        self.pad()
    }

    fn finish(&mut self) -> io::Result<()> {
        let with_end = self.written + 1024;
        let missing = with_end.div_ceil(RECORD) * RECORD - self.written;
        self.put(&vec![0; usize::try_from(missing).unwrap_or(BLOCK * 2)])?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_count_their_own_digits() {
        for length in [1, 2, 84, 85, 86, 90, 984, 985, 990] {
            let record = record("path", &vec![b'x'; length]);
            let said: usize = String::from_utf8_lossy(&record).split(' ').next().unwrap().parse().unwrap();
            assert_eq!(said, record.len());
        }
    }
}
