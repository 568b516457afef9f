//! Writing a pack to a file, and noting where each object went.

use std::io::Write;

use forge_core::ObjectId;
use gix_object::Kind;
use gix_pack::data::entry::Header;

use crate::hash::{self, Checksum};
use crate::objects::{Objects, missing};
use crate::pack::build;
use crate::pack::plan::{Base, Plan, Planned, Source, stored_body};
use crate::work::{Steps as _, Work};
use crate::{Error, Result};

/// Bytes handed on at a time, so that the work can be stopped in the middle of a large object.
const CHUNK: usize = 1 << 20;

/// What was written.
pub(super) struct Written {
    pub(super) checksum: ObjectId,
    pub(super) bytes: u64,
    /// Each object and where its entry starts, in the order of the file.
    pub(super) starts: Vec<(gix_hash::ObjectId, u64)>,
}

/// Counts and hashes what goes by.
struct Tally<'o> {
    out: &'o mut dyn Write,
    checksum: Checksum,
    written: u64,
}

impl Tally<'_> {
    fn put(&mut self, data: &[u8]) -> Result<()> {
        self.checksum.update(data);
        self.out.write_all(data)?;
        self.written += u64::try_from(data.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    fn head(&mut self, header: Header, size: u64) -> Result<()> {
        let mut bytes = Vec::with_capacity(40);
        header.write_to(size, &mut bytes)?;
        self.put(&bytes)
    }
}

/// Writes a planned pack. Every base is in it, and before what leans on it.
pub(super) fn write(
    plan: &Plan,
    objects: &Objects,
    kind: gix_hash::Kind,
    out: &mut dyn Write,
    work: &Work<'_>,
) -> Result<Written> {
    let mut out = Tally { out, checksum: Checksum::new(kind), written: 0 };
    let count = u32::try_from(plan.items.len()).map_err(|_| Error::TooLarge {
        what: "the number of objects in a pack",
        limit: u64::from(u32::MAX),
    })?;
    out.put(&build::header(count))?;
    // Where each item starts; 0 is the pack's own header, so it stands for what is not written yet.
    let mut offsets = vec![0_u64; plan.items.len()];
    let mut starts = Vec::with_capacity(plan.items.len());
    let mut buffer = Vec::new();
    for number in &plan.order {
        let index = usize::try_from(*number).unwrap_or(usize::MAX);
        let (Some(item), Some(planned)) = (plan.items.get(index), plan.planned.get(index)) else { continue };
        work.step()?;
        let start = out.written;
        match planned.source {
            Source::Whole => {
                let data = objects.find(&item.id, &mut buffer)?.ok_or_else(|| missing(&item.id))?;
                out.put(&build::full_entry(data.kind, data.data)?)?;
            }
            Source::New(new) => {
                let new = usize::try_from(new).ok().and_then(|new| plan.new_deltas.get(new));
                let (Some(new), Some(header)) = (new, distance(planned, &offsets, start)) else {
                    return Err(missing(&item.id));
                };
                out.head(header, new.size)?;
                out.put(&new.packed)?;
            }
            Source::Stored { pack, offset } => {
                let pack = plan.packs.pack(pack).ok_or_else(|| missing(&item.id))?;
                let (body, entry) = stored_body(pack, offset)?;
                let header = match planned.base {
                    Base::Nothing => whole(item.kind),
                    _ => distance(planned, &offsets, start).ok_or_else(|| missing(&item.id))?,
                };
                out.head(header, entry.decompressed_size)?;
                for part in body.chunks(CHUNK) {
                    work.step()?;
                    out.put(part)?;
                }
            }
        }
        starts.push((item.id, start));
        if let Some(offset) = offsets.get_mut(index) {
            *offset = start;
        }
    }
    let checksum = out.checksum.clone().finish();
    out.out.write_all(checksum.as_slice())?;
    let bytes = out.written + u64::try_from(checksum.as_slice().len()).unwrap_or_default();
    Ok(Written { checksum: hash::from_gix(&checksum)?, bytes, starts })
}

/// The head of a delta, by the distance to its base.
fn distance(planned: &Planned, offsets: &[u64], start: u64) -> Option<Header> {
    let Base::Item(base) = planned.base else { return None };
    let offset = offsets.get(usize::try_from(base).ok()?).filter(|offset| **offset > 0)?;
    Some(Header::OfsDelta { base_distance: start.checked_sub(*offset)? })
}

fn whole(kind: Kind) -> Header {
    match kind {
        Kind::Commit => Header::Commit,
        Kind::Tree => Header::Tree,
        Kind::Blob => Header::Blob,
        Kind::Tag => Header::Tag,
    }
}
