//! Completes thin packs: bases that the sender left out, because the repository has them, are appended.

use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use forge_core::ObjectId;

use super::resolve::Root;
use super::table::{Base, Entry};
use super::{Indexer, Received};
use crate::pack::build;
use crate::{Error, Result, hash, limits};

/// Bytes hashed at once when the whole file is hashed again.
const CHUNK: usize = 256 << 10;

impl Indexer<'_, '_> {
    /// Unfolds what is left with the help of the repository and makes the pack whole.
    pub(super) fn complete(&mut self, received: Received) -> Result<Received> {
        let missing = self.table.missing_bases();
        if missing.is_empty() {
            return self.refuse_open_deltas(received);
        }
        limits::check(
            missing.len(),
            self.request.limits.max_thin_bases,
            "the number of bases that the pack lacks",
        )?;
        let mut bases = Vec::new();
        for id in missing {
            self.request.cancel.check()?;
            // An earlier base may have brought this one to light as a delta of the pack itself.
            if self.table.has_open_children(&id) && self.lean_on(&id)? {
                bases.push(id);
            }
        }
        let received = self.refuse_open_deltas(received)?;
        let in_pack = self.table.names();
        self.refuse_circles(&in_pack)?;
        bases.retain(|id| in_pack.binary_search_by_key(id, |(id, _)| *id).is_err());
        self.append(&bases, received)
    }

    /// Unfolds the deltas of one object of the repository; `false` if there is no such object.
    fn lean_on(&mut self, id: &ObjectId) -> Result<bool> {
        let mut bytes = Vec::new();
        let kind = self.request.existing.try_find(&hash::to_gix(id), &mut bytes)?.map(|data| data.kind);
        let Some(kind) = kind else { return Ok(false) };
        self.budget.lean_on(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.resolve_from(Root { position: None, id: *id, kind, bytes: Some(bytes) })?;
        Ok(true)
    }

    fn refuse_open_deltas(&self, received: Received) -> Result<Received> {
        let open = self.table.entries.iter().filter(|entry| entry.kind.is_none()).count();
        if open == 0 {
            return Ok(received);
        }
        Err(Error::invalid(format!(
            "the pack has {open} unresolved deltas: their bases are neither in it nor here"
        )))
    }

    /// Every chain of deltas must end within the pack and the bases to be appended.
    ///
    /// Two objects that the repository has could be sent as deltas of each other; each was unfolded from the stored
    /// copy, but the pack alone could not give them back.
    fn refuse_circles(&self, in_pack: &[(ObjectId, usize)]) -> Result<()> {
        let mut base_of = vec![None; self.table.entries.len()];
        for (child, base) in self.table.bases() {
            let base = match base {
                Base::Entry(position) => Some(position),
                Base::Name(id) => in_pack
                    .binary_search_by_key(&id, |(id, _)| *id)
                    .ok()
                    .and_then(|at| in_pack.get(at))
                    .map(|(_, position)| *position),
            };
            if let Some(slot) = base_of.get_mut(child) {
                *slot = base;
            }
        }
        // Walks each chain until known ground; numbers tell this walk's steps from those of earlier ones.
        let mut walked = vec![0_usize; base_of.len()];
        for start in 0..base_of.len() {
            let walk = start.saturating_add(1);
            let mut at = Some(start);
            while let Some(position) = at {
                match walked.get_mut(position) {
                    Some(seen) if *seen == 0 => *seen = walk,
                    Some(seen) if *seen == walk => {
                        return Err(Error::invalid("deltas of the pack are bases of each other"));
                    }
                    _ => break,
                }
                at = base_of.get(position).copied().flatten();
            }
        }
        Ok(())
    }

    /// Writes the bases behind the last entry, and the header and checksum anew.
    fn append(&mut self, bases: &[ObjectId], received: Received) -> Result<Received> {
        let mut end = self.file.end();
        let mut file = self.file.file();
        file.set_len(end)?;
        file.seek(SeekFrom::Start(end))?;
        for id in bases {
            self.request.cancel.check()?;
            let mut bytes = Vec::new();
            let kind = self.request.existing.try_find(&hash::to_gix(id), &mut bytes)?.map(|data| data.kind);
            let kind = kind
                .ok_or_else(|| Error::corrupt(format!("object {id} went away while a push leant on it")))?;
            let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            let entry = build::full_entry(kind, &bytes)?;
            let header =
                u64::try_from(build::entry_header(build::code(kind), size).len()).unwrap_or_default();
            let crc32 = crc32fast::hash(&entry);
            file.write_all(&entry)?;
            self.table.entries.push(Entry {
                offset: end,
                header,
                inflated: size,
                size,
                crc32,
                kind: Some(kind),
                id: *id,
            });
            end = end.saturating_add(u64::try_from(entry.len()).unwrap_or(u64::MAX));
        }
        let count = u32::try_from(self.table.entries.len()).map_err(|_| Error::TooLarge {
            what: "the number of objects in a pack",
            limit: u64::from(u32::MAX),
        })?;
        file.write_all_at(&build::header(count), 0)?;
        let checksum = self.hash_file(end)?;
        file.seek(SeekFrom::Start(end))?;
        file.write_all(checksum.as_bytes())?;
        let trailer = u64::try_from(self.request.format.byte_len()).unwrap_or_default();
        Ok(Received { checksum, bytes: end.saturating_add(trailer), ..received })
    }

    fn hash_file(&self, end: u64) -> Result<ObjectId> {
        let mut hasher = gix_hash::hasher(hash::kind(self.request.format));
        let mut buffer = vec![0; CHUNK];
        let mut at = 0_u64;
        while at < end {
            self.request.cancel.check()?;
            let length = usize::try_from(end - at).unwrap_or(CHUNK).min(CHUNK);
            buffer.resize(length, 0);
            self.file.file().read_exact_at(&mut buffer, at)?;
            hasher.update(&buffer);
            at = at.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
        }
        build::finish(hasher)
    }
}
