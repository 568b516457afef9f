//! Git's packet lines: four hexadecimal digits of length, then that many bytes less four.
//!
//! Our own codec because a server meets what clients never send each other: empty packets (which git accepts), keepalives
//! (sideband packets without payload) and a connection that simply ends between two requests. A reader takes exactly one packet
//! from its source, so a pack may follow on the same stream.

use std::io::{Read, Write};

use crate::{Error, Result};

/// The longest packet, its length digits included.
pub const MAX_PACKET: usize = 65_520;
/// The most bytes that one packet carries.
pub const MAX_DATA: usize = MAX_PACKET - 4;

/// One packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0000`: the end of a section.
    Flush,
    /// `0001`: the border between two parts of a section.
    Delimiter,
    /// `0002`: the end of an answer on a stateless connection.
    ResponseEnd,
    /// Bytes, possibly none.
    Data(&'a [u8]),
}

impl<'a> Packet<'a> {
    /// The bytes without one line feed at the end; nothing for the special packets.
    pub fn line(self) -> Option<&'a [u8]> {
        match self {
            Self::Data(data) => Some(data.strip_suffix(b"\n").unwrap_or(data)),
            _ => None,
        }
    }

    /// The line as text.
    pub fn text(self) -> Result<Option<&'a str>> {
        self.line()
            .map(std::str::from_utf8)
            .transpose()
            .map_err(|_| Error::invalid("a line is not UTF-8 text"))
    }
}

/// Reads packets and nothing behind them. Reuses one buffer.
pub struct PacketReader<R> {
    source: R,
    buffer: Vec<u8>,
}

impl<R: Read> PacketReader<R> {
    /// Reads from `source`, which should be buffered if reading it is a system call.
    pub fn new(source: R) -> Self {
        Self { source, buffer: Vec::new() }
    }

    /// The next packet; nothing if the source ends cleanly before it.
    ///
    /// A source that ends inside of a packet is an `UnexpectedEof`.
    pub fn read(&mut self) -> Result<Option<Packet<'_>>> {
        let mut digits = [0_u8; 4];
        if !read_start(&mut self.source, &mut digits)? {
            return Ok(None);
        }
        let length = parse_length(digits)?;
        Ok(Some(match length {
            0 => Packet::Flush,
            1 => Packet::Delimiter,
            2 => Packet::ResponseEnd,
            _ => {
                let wanted = length.checked_sub(4).ok_or_else(|| bad_length(digits))?;
                self.buffer.resize(wanted, 0);
                self.source.read_exact(&mut self.buffer)?;
                Packet::Data(&self.buffer)
            }
        }))
    }

    /// The next packet; the end of the source is an error.
    pub fn expect(&mut self) -> Result<Packet<'_>> {
        match self.read()? {
            Some(packet) => Ok(packet),
            None => Err(Error::Io(std::io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// The source, for bytes that are no packets.
    pub fn source_mut(&mut self) -> &mut R {
        &mut self.source
    }

    /// Gives the source back, positioned behind the last packet.
    pub fn into_inner(self) -> R {
        self.source
    }
}

/// Fills the four digits; `false` if the source ended before the first.
fn read_start(source: &mut impl Read, digits: &mut [u8; 4]) -> Result<bool> {
    let mut filled = 0;
    while let Some(rest) = digits.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(Error::Io(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

fn parse_length(digits: [u8; 4]) -> Result<usize> {
    let mut length: usize = 0;
    for digit in digits {
        let value = char::from(digit).to_digit(16).ok_or_else(|| bad_length(digits))?;
        length = length * 16 + usize::try_from(value).map_err(|_| bad_length(digits))?;
    }
    if length > MAX_PACKET {
        return Err(bad_length(digits));
    }
    Ok(length)
}

fn bad_length(digits: [u8; 4]) -> Error {
    Error::invalid(format!("protocol error: bad line length character: {}", digits.escape_ascii()))
}

/// Writes one packet with these bytes.
pub fn write_data(out: &mut (impl Write + ?Sized), data: &[u8]) -> Result<()> {
    write_head(out, data.len())?;
    out.write_all(data)?;
    Ok(())
}

/// Writes the length that stands before so many bytes of data.
pub(crate) fn write_head(out: &mut (impl Write + ?Sized), length: usize) -> Result<()> {
    if length > MAX_DATA {
        return Err(Error::TooLarge { what: "a packet", limit: 65_516 });
    }
    Ok(write!(out, "{:04x}", length + 4)?)
}

/// Writes a line of text with a line feed behind it.
pub fn write_line(out: &mut (impl Write + ?Sized), text: &str) -> Result<()> {
    if text.len() >= MAX_DATA {
        return Err(Error::TooLarge { what: "a line", limit: 65_515 });
    }
    writeln!(out, "{:04x}{text}", text.len() + 5)?;
    Ok(())
}

/// Writes `0000`.
pub fn write_flush(out: &mut (impl Write + ?Sized)) -> Result<()> {
    Ok(out.write_all(b"0000")?)
}

/// Writes `0001`.
pub fn write_delimiter(out: &mut (impl Write + ?Sized)) -> Result<()> {
    Ok(out.write_all(b"0001")?)
}

/// Tells the peer why nothing more will come. The text should be one line.
pub fn write_error(out: &mut (impl Write + ?Sized), text: &str) -> Result<()> {
    let mut line = format!("ERR {text}");
    let mut end = line.len().min(MAX_DATA - 1);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    write_line(out, &line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> Result<Vec<String>> {
        let mut reader = PacketReader::new(bytes);
        let mut seen = Vec::new();
        while let Some(packet) = reader.read()? {
            seen.push(format!("{packet:?}"));
        }
        Ok(seen)
    }

    #[test]
    fn reads_what_it_writes() -> Result<()> {
        let mut out = Vec::new();
        write_line(&mut out, "hello")?;
        write_data(&mut out, b"")?;
        write_delimiter(&mut out)?;
        write_flush(&mut out)?;
        write_error(&mut out, "no")?;
        assert_eq!(
            out,
            b"000ahello\n0004000100000".iter().chain(b"00bERR no\n").copied().collect::<Vec<_>>()
        );
        let mut reader = PacketReader::new(&out[..]);
        assert_eq!(reader.expect()?.line(), Some(&b"hello"[..]));
        assert_eq!(reader.expect()?, Packet::Data(b""));
        assert_eq!(reader.expect()?, Packet::Delimiter);
        assert_eq!(reader.expect()?, Packet::Flush);
        assert_eq!(reader.expect()?.text()?, Some("ERR no"));
        assert_eq!(reader.read()?, None);
        Ok(())
    }

    #[test]
    fn stops_behind_the_packet() -> Result<()> {
        let mut reader = PacketReader::new(&b"0000PACK"[..]);
        assert_eq!(reader.expect()?, Packet::Flush);
        assert_eq!(reader.into_inner(), b"PACK");
        Ok(())
    }

    #[test]
    fn tells_a_clean_end_from_a_cut() {
        assert_eq!(read_all(b"").expect("a clean end"), Vec::<String>::new());
        for cut in [&b"0"[..], b"000", b"0008ab", b"0005"] {
            let error = read_all(cut).expect_err("a cut");
            assert!(error.is_disconnect(), "{error}");
        }
    }

    #[test]
    fn refuses_bad_lengths() {
        for bad in [&b"000g"[..], b"0003", b"fff1", b"ffff", b" 004", b"+004", b"-001"] {
            assert!(matches!(read_all(bad), Err(Error::Invalid(_))), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn long_errors_are_cut_at_a_character() -> Result<()> {
        let mut out = Vec::new();
        write_error(&mut out, &"é".repeat(MAX_DATA))?;
        assert!(out.len() <= MAX_PACKET);
        assert!(PacketReader::new(&out[..]).expect()?.text()?.is_some());
        Ok(())
    }
}
