//! Writing a planned pack to a stream.
//!
//! Stored entries go from the mapped pack straight to the output, so memory does not grow with the pack; only objects that have to
//! be packed anew are in memory, one at a time.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix_hash::ObjectId;
use gix_pack::data::entry::Header;

use super::plan::{Base, Plan, Source, stored_body};
use crate::hash::Checksum;
use crate::objects::{Objects, missing};
use crate::work::Steps;
use crate::{Error, Result};

/// Bytes handed on at a time, so that a stopped request stops in the middle of a large object.
const CHUNK: usize = 1 << 20;

/// Counts and hashes what goes by.
pub(crate) struct Tally<'o> {
    out: &'o mut dyn Write,
    checksum: Checksum,
    written: u64,
    /// Of the entry that is being written, for whoever makes an index.
    entry: Option<crc32fast::Hasher>,
    /// Of all entries before, in the order written.
    entries: Vec<u32>,
}

impl<'o> Tally<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, kind: gix_hash::Kind) -> Self {
        Self { out, checksum: Checksum::new(kind), written: 0, entry: None, entries: Vec::new() }
    }

    /// Notes the checksum of each entry from now on.
    fn for_index(mut self) -> Self {
        self.entry = Some(crc32fast::Hasher::new());
        self
    }

    /// An entry is written.
    fn end_entry(&mut self) {
        if let Some(entry) = &mut self.entry {
            self.entries.push(std::mem::take(entry).finalize());
        }
    }

    /// Bytes so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Writes the checksum; returns it and the length of all.
    pub(crate) fn finish(self) -> Result<(ObjectId, u64)> {
        let checksum = self.checksum.finish();
        self.out.write_all(checksum.as_slice())?;
        Ok((checksum, self.written + u64::try_from(checksum.as_slice().len()).unwrap_or_default()))
    }
}

impl Write for Tally<'_> {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.write_all(data)?;
        Ok(data.len())
    }

    fn write_all(&mut self, data: &[u8]) -> std::io::Result<()> {
        self.checksum.update(data);
        if let Some(entry) = &mut self.entry {
            entry.update(data);
        }
        self.out.write_all(data)?;
        self.written += u64::try_from(data.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// A pack that was written.
pub(crate) struct Written {
    /// The hash at its end, which names it.
    pub(crate) checksum: ObjectId,
    /// Its length.
    pub(crate) bytes: u64,
    /// Where the entry of each item of the plan starts.
    pub(crate) offsets: Vec<u64>,
}

/// A pack that was written, with what its index says of the entries.
pub(crate) struct Indexed {
    /// The pack.
    pub(crate) written: Written,
    /// The checksum of each entry, in the order of the plan.
    pub(crate) checksums: Vec<u32>,
}

/// Writes the pack.
///
/// `offset_deltas` says that the client understands deltas whose base is named by its distance.
pub(crate) fn write(
    plan: &Plan,
    objects: &Objects,
    kind: gix_hash::Kind,
    offset_deltas: bool,
    out: &mut dyn Write,
    work: &dyn Steps,
) -> Result<Written> {
    write_to(plan, objects, offset_deltas, Tally::new(out, kind), work).map(|indexed| indexed.written)
}

/// Writes the pack and notes what its index needs.
pub(crate) fn write_for_index(
    plan: &Plan,
    objects: &Objects,
    kind: gix_hash::Kind,
    out: &mut dyn Write,
    work: &dyn Steps,
) -> Result<Indexed> {
    write_to(plan, objects, true, Tally::new(out, kind).for_index(), work)
}

fn write_to(
    plan: &Plan,
    objects: &Objects,
    offset_deltas: bool,
    mut out: Tally<'_>,
    work: &dyn Steps,
) -> Result<Indexed> {
    let count = u32::try_from(plan.items.len()).map_err(|_| Error::TooLarge {
        what: "the number of objects in a pack",
        limit: u64::from(u32::MAX),
    })?;
    out.write_all(&gix_pack::data::header::encode(gix_pack::data::Version::V2, count))?;
    if out.entry.is_some() {
        // The header belongs to no entry.
        out = out.for_index();
    }
    let offsets = write_items(plan, objects, offset_deltas, &|_| None, &mut out, work)?;
    let checksums = std::mem::take(&mut out.entries);
    let (checksum, bytes) = out.finish()?;
    Ok(Indexed { written: Written { checksum, bytes, offsets }, checksums })
}

/// Writes the entries of a plan behind whatever was written before; returns where each item starts.
///
/// `elsewhere` gives the name of an object of the closed pack, and where in this pack it was written.
pub(crate) fn write_items(
    plan: &Plan,
    objects: &Objects,
    offset_deltas: bool,
    elsewhere: &dyn Fn(u32) -> Option<(ObjectId, u64)>,
    out: &mut Tally<'_>,
    work: &dyn Steps,
) -> Result<Vec<u64>> {
    // Where each item starts; 0 is the pack's own header, so it stands for what is not written yet.
    let mut offsets = vec![0_u64; plan.items.len()];
    let mut buffer = Vec::new();
    let head = |base, start, offsets: &[u64]| header(plan, offsets, base, start, offset_deltas, elsewhere);
    for number in &plan.order {
        let index = usize::try_from(*number).unwrap_or(usize::MAX);
        let (Some(item), Some(planned)) = (plan.items.get(index), plan.planned.get(index)) else { continue };
        work.step()?;
        let start = out.written();
        match planned.source {
            Source::Whole => write_whole(&item.id, objects, &mut buffer, out)?,
            Source::New(new) => {
                let new = usize::try_from(new).ok().and_then(|new| plan.new_deltas.get(new));
                let header = head(planned.base, start, &offsets);
                let (Some(new), Some(header)) = (new, header) else { return Err(missing(&item.id)) };
                header.write_to(new.size, out)?;
                out.write_all(&new.packed)?;
            }
            Source::Stored { pack, offset } => {
                let pack = plan.packs.pack(pack).ok_or_else(|| missing(&item.id))?;
                let (body, entry) = stored_body(pack, offset)?;
                let header = head(planned.base, start, &offsets);
                if header.is_none() && planned.base != Base::Nothing {
                    return Err(missing(&item.id));
                }
                header.unwrap_or(entry.header).write_to(entry.decompressed_size, out)?;
                for part in body.chunks(CHUNK) {
                    work.step()?;
                    out.write_all(part)?;
                }
            }
        }
        out.end_entry();
        if let Some(offset) = offsets.get_mut(index) {
            *offset = start;
        }
    }
    Ok(offsets)
}

/// The head of a delta: by distance if that is allowed and the base is before it, else by name. Nothing for a whole object.
fn header(
    plan: &Plan,
    offsets: &[u64],
    base: Base,
    start: u64,
    offset_deltas: bool,
    elsewhere: &dyn Fn(u32) -> Option<(ObjectId, u64)>,
) -> Option<Header> {
    let index = |number: u32| usize::try_from(number).ok();
    match base {
        Base::Nothing => None,
        Base::Client(base) => {
            plan.client_bases.get(index(base)?).map(|base_id| Header::RefDelta { base_id: *base_id })
        }
        Base::Item(base) => match offsets.get(index(base)?).filter(|offset| **offset > 0 && offset_deltas) {
            Some(offset) => Some(Header::OfsDelta { base_distance: start - offset }),
            None => plan.items.get(index(base)?).map(|item| Header::RefDelta { base_id: item.id }),
        },
        Base::Elsewhere(rank) => elsewhere(rank).map(|(base_id, offset)| match start.checked_sub(offset) {
            Some(base_distance) if offset_deltas => Header::OfsDelta { base_distance },
            _ => Header::RefDelta { base_id },
        }),
    }
}

fn write_whole(id: &ObjectId, objects: &Objects, buffer: &mut Vec<u8>, out: &mut Tally<'_>) -> Result<()> {
    let data = objects.find(id, buffer)?.ok_or_else(|| missing(id))?;
    let header = match data.kind {
        gix_object::Kind::Commit => Header::Commit,
        gix_object::Kind::Tree => Header::Tree,
        gix_object::Kind::Blob => Header::Blob,
        gix_object::Kind::Tag => Header::Tag,
    };
    header.write_to(u64::try_from(data.data.len()).unwrap_or(u64::MAX), out)?;
    let mut encoder = ZlibEncoder::new(out, Compression::default());
    encoder.write_all(data.data)?;
    encoder.finish()?;
    Ok(())
}
