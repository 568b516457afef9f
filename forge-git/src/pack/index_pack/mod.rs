//! Indexes a pack while it comes in, and checks its objects in the same pass.
//!
//! The pack streams from its sender into a file. Whole objects are hashed and checked as they pass by; blobs are never
//! held in memory. Then the deltas are unfolded from their bases down, depth first, with a bounded amount of bases in
//! memory (`resolve`). Deltas whose base is not in the pack lean on objects that the repository has: each such base is
//! looked up once and appended, which keeps completion linear (`thin`).
//!
//! Nothing here trusts the sender: see `budget` for how the work is bounded.

mod budget;
mod delta;
mod pack_file;
mod resolve;
mod stream;
mod table;
mod thin;

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use self::budget::Budget;
use self::pack_file::PackFile;
use self::stream::PackStream;
use self::table::{Entry, Table};
use super::build;
use super::idx::{self, IdxEntry};
use crate::fsck::Checker;
use crate::object_store::Handle;
use crate::receive::progress::{Progress, Stage};
use crate::{Cancel, Error, Limits, Result, hash};

/// An object that came with a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewObject {
    /// Its name.
    pub id: ObjectId,
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes.
    pub size: u64,
}

/// A pack that was indexed.
#[derive(Debug)]
pub(crate) struct Indexed {
    /// Checksum of the pack, completed bases included; it names the file.
    pub(crate) checksum: ObjectId,
    /// Bytes of the pack file.
    pub(crate) bytes: u64,
    /// What the sender sent, sorted by name; not the bases that were appended.
    pub(crate) objects: Vec<NewObject>,
    /// Where the pack is.
    pub(crate) pack: PathBuf,
    /// Where its index is.
    pub(crate) idx: PathBuf,
}

/// What indexing needs besides the bytes.
pub(crate) struct Request<'a> {
    pub(crate) format: ObjectFormat,
    pub(crate) limits: &'a Limits,
    pub(crate) cancel: &'a Cancel,
    pub(crate) progress: &'a mut dyn Progress,
    pub(crate) checker: &'a mut Checker,
    /// The objects of the repository, for thin bases and collisions.
    pub(crate) existing: Handle,
}

/// Receives one pack into `directory`; nothing if it has no objects.
pub(crate) fn receive(
    source: &mut dyn Read,
    directory: &Path,
    request: Request<'_>,
) -> Result<Option<Indexed>> {
    let path = directory.join("incoming.pack");
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    let mut indexer = Indexer::new(&file, request);
    let received = indexer.receive(source)?;
    if indexer.table.entries.is_empty() {
        std::fs::remove_file(&path)?;
        return Ok(None);
    }
    indexer.compare_blobs()?;
    indexer.resolve()?;
    let completed = indexer.complete(received)?;
    indexer.finish(directory, &path, &completed).map(Some)
}

/// The file's checksum and length, and how many of its entries were sent.
#[derive(Debug, Clone, Copy)]
struct Received {
    checksum: ObjectId,
    bytes: u64,
    sent: usize,
}

struct Indexer<'a, 'f> {
    request: Request<'a>,
    file: PackFile<'f>,
    table: Table,
    budget: Budget,
    /// Blobs that went by in parts and have the name of an existing object.
    to_compare: Vec<usize>,
    buffer: Vec<u8>,
    /// Deltas unfolded so far.
    done: u64,
}

impl<'a, 'f> Indexer<'a, 'f> {
    fn new(file: &'f File, request: Request<'a>) -> Self {
        let budget = Budget::new(0, 0, 0, request.limits);
        Self {
            file: PackFile::new(file),
            table: Table::default(),
            budget,
            to_compare: Vec::new(),
            buffer: Vec::new(),
            done: 0,
            request,
        }
    }

    /// The first pass: copies the pack to its file, hashing and checking whole objects on the way.
    fn receive(&mut self, source: &mut dyn Read) -> Result<Received> {
        let limits = self.request.limits;
        let file = self.file.file();
        let mut stream =
            PackStream::new(source, file, self.request.format, limits.max_pack_bytes, self.request.cancel);
        let announced = announced_objects(&mut stream)?;
        if announced > limits.max_objects {
            return Err(Error::TooLarge {
                what: "the number of objects in the pack",
                limit: limits.max_objects,
            });
        }
        let mut inflated = 0_u64;
        for done in 0..announced {
            self.request.progress.step(Stage::Receiving, done, announced)?;
            self.receive_entry(&mut stream)?;
            let last = self.table.entries.last().map_or(0, |entry| entry.inflated);
            inflated = inflated.saturating_add(last);
            if inflated > limits.max_inflated_bytes {
                let limit = limits.max_inflated_bytes;
                return Err(Error::TooLarge { what: "what the pack unfolds to in bytes", limit });
            }
        }
        self.request.progress.step(Stage::Receiving, announced, announced)?;
        let end = stream.offset();
        let checksum = stream.finish(self.request.format)?;
        self.file.set_end(end);
        self.table.sort();
        self.budget = Budget::new(end, self.table.deltas(), inflated, limits);
        let trailer = u64::try_from(self.request.format.byte_len()).unwrap_or_default();
        Ok(Received { checksum, bytes: end.saturating_add(trailer), sent: self.table.entries.len() })
    }

    fn receive_entry(&mut self, stream: &mut PackStream<'_>) -> Result<()> {
        let offset = stream.offset();
        stream.start_entry();
        let (code, size) = entry_start(stream)?;
        if size > self.request.limits.max_object_bytes {
            let limit = self.request.limits.max_object_bytes;
            return Err(Error::TooLarge { what: "the size of an object in bytes", limit });
        }
        let mut entry = Entry {
            offset,
            header: 0,
            inflated: size,
            size: 0,
            crc32: 0,
            kind: None,
            id: self.request.format.null(),
        };
        let kind = match code {
            build::COMMIT => Kind::Commit,
            build::TREE => Kind::Tree,
            build::BLOB => Kind::Blob,
            build::TAG => Kind::Tag,
            build::OFS_DELTA => {
                let base = base_offset(stream, offset)?;
                let base = self
                    .table
                    .starting_at(base)
                    .ok_or_else(|| Error::invalid("a delta's base is no object"))?;
                entry.header = stream.offset() - offset;
                stream.inflate(size, &mut |_| Ok(()))?;
                entry.crc32 = stream.entry_crc32();
                self.table.push_offset_delta(base, entry);
                return Ok(());
            }
            build::REF_DELTA => {
                let mut base = vec![0; self.request.format.byte_len()];
                stream.fill(&mut base)?;
                let base = ObjectId::from_bytes(&base).map_err(|error| Error::invalid(error.to_string()))?;
                entry.header = stream.offset() - offset;
                stream.inflate(size, &mut |_| Ok(()))?;
                entry.crc32 = stream.entry_crc32();
                self.table.push_named_delta(base, entry);
                return Ok(());
            }
            _ => return Err(Error::invalid("the pack has an entry of unknown kind")),
        };
        entry.header = stream.offset() - offset;
        entry.kind = Some(kind);
        entry.size = size;
        if kind == Kind::Blob {
            entry.id = self.receive_blob(stream, size)?;
        } else {
            self.buffer.clear();
            let buffer = &mut self.buffer;
            stream.inflate(size, &mut |part| {
                buffer.extend_from_slice(part);
                Ok(())
            })?;
            let bytes = std::mem::take(&mut self.buffer);
            entry.id = self.accept(kind, &bytes)?;
            self.buffer = bytes;
        }
        entry.crc32 = stream.entry_crc32();
        self.table.entries.push(entry);
        Ok(())
    }

    /// Hashes a blob while it goes by.
    fn receive_blob(&mut self, stream: &mut PackStream<'_>, size: u64) -> Result<ObjectId> {
        let mut hasher = build::object_hasher(self.request.format, Kind::Blob, size);
        let (progress, done) = (&mut self.request.progress, self.table.entries.len());
        let done = u64::try_from(done).unwrap_or(u64::MAX);
        stream.inflate(size, &mut |part| {
            hasher.update(part);
            progress.step(Stage::Receiving, done, 0)
        })?;
        let id = build::finish(hasher)?;
        if self.request.existing.header(&hash::to_gix(&id))?.is_some() {
            self.to_compare.push(self.table.entries.len());
        }
        Ok(id)
    }

    /// Names and checks an object that is in memory.
    fn accept(&mut self, kind: Kind, bytes: &[u8]) -> Result<ObjectId> {
        let id = build::object_id(self.request.format, kind, bytes)?;
        self.request.checker.check(&id, kind, bytes)?;
        if self.request.existing.header(&hash::to_gix(&id))?.is_some() {
            self.refuse_collision(&id, kind, bytes)?;
        }
        Ok(id)
    }

    /// An object of that name exists already: its bytes must be the same.
    fn refuse_collision(&self, id: &ObjectId, kind: Kind, bytes: &[u8]) -> Result<()> {
        let mut stored = Vec::new();
        match self.request.existing.try_find(&hash::to_gix(id), &mut stored)? {
            Some(data) if data.kind != kind || data.data != bytes => Err(Error::invalid(format!(
                "object {id} exists already with other contents: a hash collision"
            ))),
            _ => Ok(()),
        }
    }

    fn compare_blobs(&mut self) -> Result<()> {
        for position in std::mem::take(&mut self.to_compare) {
            self.request.cancel.check()?;
            let Some(entry) = self.table.entries.get(position).copied() else { continue };
            self.budget.make_again(entry.size)?;
            let bytes = self.file.inflate(&self.table, position)?;
            self.refuse_collision(&entry.id, Kind::Blob, &bytes)?;
        }
        Ok(())
    }

    /// Writes the index and gives both files their names.
    fn finish(self, directory: &Path, path: &Path, completed: &Received) -> Result<Indexed> {
        let mut sorted: Vec<IdxEntry> = self
            .table
            .entries
            .iter()
            .map(|entry| IdxEntry { id: entry.id, crc32: entry.crc32, offset: entry.offset })
            .collect();
        sorted.sort_unstable_by_key(|entry| entry.id);
        let twin = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a.id == b.id);
        if let Some((twin, _)) = twin {
            return Err(Error::invalid(format!("object {} is in the pack twice", twin.id)));
        }
        let pack = directory.join(format!("pack-{}.pack", completed.checksum));
        let idx = directory.join(format!("pack-{}.idx", completed.checksum));
        let mut out = BufWriter::new(File::create_new(&idx)?);
        idx::write(&mut out, self.request.format, &sorted, &completed.checksum)?;
        out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        std::fs::rename(path, &pack)?;
        let mut objects = Vec::with_capacity(completed.sent);
        for entry in self.table.entries.iter().take(completed.sent) {
            let kind = entry.kind.ok_or_else(|| Error::invalid("a delta was left over"))?;
            objects.push(NewObject { id: entry.id, kind, size: entry.size });
        }
        objects.sort_unstable_by_key(|object| object.id);
        Ok(Indexed { checksum: completed.checksum, bytes: completed.bytes, objects, pack, idx })
    }
}

/// Reads the first twelve bytes.
fn announced_objects(stream: &mut PackStream<'_>) -> Result<u64> {
    let mut magic = [0; 4];
    let mut version = [0; 4];
    let mut count = [0; 4];
    stream.fill(&mut magic)?;
    stream.fill(&mut version)?;
    stream.fill(&mut count)?;
    if &magic != b"PACK" {
        return Err(Error::invalid("this is no pack"));
    }
    if !matches!(u32::from_be_bytes(version), 2 | 3) {
        return Err(Error::invalid("the pack is of a version that is not understood"));
    }
    Ok(u64::from(u32::from_be_bytes(count)))
}

/// Reads the kind and size of an entry.
fn entry_start(stream: &mut PackStream<'_>) -> Result<(u8, u64)> {
    let too_long = || Error::invalid("an object's size cannot be read");
    let mut byte = stream.byte()?;
    let code = (byte >> 4) & 7;
    let mut size = u64::from(byte & 0xf);
    let mut shift = 4_u32;
    while byte & 0x80 != 0 {
        byte = stream.byte()?;
        let bits = u64::from(byte & 0x7f);
        let part = bits.checked_shl(shift).filter(|part| part >> shift == bits).ok_or_else(too_long)?;
        size |= part;
        shift += 7;
    }
    Ok((code, size))
}

/// Reads how far before a delta its base is.
fn base_offset(stream: &mut PackStream<'_>, offset: u64) -> Result<u64> {
    let out_of_bounds = || Error::invalid("a delta's base is out of bounds");
    let mut byte = stream.byte()?;
    let mut back = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = stream.byte()?;
        back = back
            .checked_add(1)
            .and_then(|back| back.checked_mul(128))
            .map(|back| back | u64::from(byte & 0x7f))
            .ok_or_else(out_of_bounds)?;
    }
    offset.checked_sub(back).filter(|_| back > 0).ok_or_else(out_of_bounds)
}

#[cfg(test)]
mod tests;
