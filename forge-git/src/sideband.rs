//! Three channels on one stream: data, words for a person, and the last words of a failure.

use std::io::{self, Write};

use crate::Result;
use crate::pktline::{MAX_PACKET, write_data, write_head};

/// Which of the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Pack data or a report.
    Data,
    /// Text that the client prints as it comes.
    Progress,
    /// Why the work failed; the client stops.
    Error,
}

impl Band {
    fn code(self) -> u8 {
        match self {
            Self::Data => 1,
            Self::Progress => 2,
            Self::Error => 3,
        }
    }
}

/// How much one packet may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// `side-band`: packets of at most 1000 bytes.
    Narrow,
    /// `side-band-64k`.
    Wide,
}

impl Width {
    /// Payload bytes of one packet: the length digits and the band take five.
    pub fn payload(self) -> usize {
        match self {
            Self::Narrow => 995,
            Self::Wide => MAX_PACKET - 5,
        }
    }
}

/// Writes one message to a band, in as many packets as it needs; none for an empty message.
pub fn write_band(out: &mut (impl Write + ?Sized), width: Width, band: Band, message: &[u8]) -> Result<()> {
    for part in message.chunks(width.payload()) {
        write_head(out, part.len() + 1)?;
        out.write_all(&[band.code()])?;
        out.write_all(part)?;
    }
    Ok(())
}

/// Writes an empty packet, so that proxies see that somebody is still working.
pub fn write_keepalive(out: &mut (impl Write + ?Sized), band: Band) -> Result<()> {
    write_data(out, &[band.code()])
}

/// Collects data until a packet is full and writes it to the data band.
pub struct BandWriter<W: Write> {
    out: W,
    packet: Vec<u8>,
    width: Width,
}

impl<W: Write> BandWriter<W> {
    /// Wraps the stream.
    pub fn new(out: W, width: Width) -> Self {
        let mut packet = Vec::with_capacity(width.payload() + 1);
        packet.push(Band::Data.code());
        Self { out, packet, width }
    }

    /// Sends text for a person, behind the data so far.
    pub fn progress(&mut self, text: &str) -> Result<()> {
        self.send()?;
        write_band(&mut self.out, self.width, Band::Progress, text.as_bytes())?;
        Ok(self.out.flush()?)
    }

    /// Sends what is collected and gives the stream back.
    pub fn finish(mut self) -> Result<W> {
        self.send()?;
        Ok(self.out)
    }

    fn send(&mut self) -> io::Result<()> {
        if self.packet.len() > 1 {
            write_data(&mut self.out, &self.packet)?;
            self.packet.truncate(1);
        }
        Ok(())
    }
}

impl<W: Write> Write for BandWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = (self.width.payload() + 1).saturating_sub(self.packet.len());
        let taken = data.get(..room).unwrap_or(data);
        self.packet.extend_from_slice(taken);
        if self.packet.len() > self.width.payload() {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pktline::{Packet, PacketReader};

    #[test]
    fn full_packets_have_the_size_that_git_expects() -> Result<()> {
        for (width, longest) in [(Width::Narrow, 996), (Width::Wide, 65_516)] {
            let mut writer = BandWriter::new(Vec::new(), width);
            writer.write_all(&vec![7; 70_000])?;
            let out = writer.finish()?;
            let mut reader = PacketReader::new(&out[..]);
            let (mut total, mut most) = (0, 0);
            while let Some(Packet::Data(data)) = reader.read()? {
                assert_eq!(data[0], 1);
                most = most.max(data.len());
                total += data.len() - 1;
            }
            assert_eq!((total, most), (70_000, longest));
        }
        Ok(())
    }

    #[test]
    fn progress_comes_behind_earlier_data() -> Result<()> {
        let mut writer = BandWriter::new(Vec::new(), Width::Wide);
        writer.write_all(b"ab")?;
        writer.progress("Counting\n")?;
        writer.write_all(b"c")?;
        let mut out = writer.finish()?;
        write_keepalive(&mut out, Band::Data)?;
        assert_eq!(out, b"0007\x01ab000e\x02Counting\n0006\x01c0005\x01");
        Ok(())
    }
}
