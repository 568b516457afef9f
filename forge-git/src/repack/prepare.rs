//! Packs that are written but not yet part of the repository.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use forge_core::ObjectId;
use gix_hash::oid;
use tempfile::TempDir;

use crate::objects::Objects;
use crate::pack::idx::{self, IdxEntry};
use crate::pack::plan::Plan;
use crate::pack::write;
use crate::work::{Steps as _, Work};
use crate::{Error, ObjectStore, Result, hash};

/// What the names of the directories start with: like a push that is under way, so that what a crash leaves is swept.
const PREFIX: &str = "incoming-repack-";

/// A pack on the disk that nobody sees yet. Dropping it removes it.
#[derive(Debug)]
pub struct Prepared {
    directory: TempDir,
    packs: PathBuf,
    checksum: ObjectId,
    bytes: u64,
    /// Sorted by name.
    entries: Vec<IdxEntry>,
}

/// A pack that is part of the repository now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a pack that no row names must be deleted in time"]
pub struct Repacked {
    /// The checksum that names it.
    pub checksum: ObjectId,
    /// Bytes of its file.
    pub bytes: u64,
    /// How many objects it holds.
    pub objects: u64,
    /// Whether its file was there before.
    pub existed: bool,
    packs: PathBuf,
}

/// Writes the files of a planned pack.
pub(super) fn prepare(
    store: &ObjectStore,
    plan: &Plan,
    objects: &Objects,
    work: &Work<'_>,
) -> Result<Prepared> {
    let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(store.objects_dir())?;
    let mut file =
        File::options().read(true).write(true).create_new(true).open(directory.path().join("pack"))?;
    let written = {
        let mut out = BufWriter::with_capacity(1 << 20, &file);
        let written = write::write(plan, objects, hash::kind(store.format()), true, &mut out, work)?;
        out.flush()?;
        written
    };
    let checksum = hash::from_gix(&written.checksum)?;
    let mut entries = checksums(&mut file, &written, plan, work)?;
    entries.sort_unstable_by_key(|entry| entry.id);
    let mut index = BufWriter::new(File::create_new(directory.path().join("idx"))?);
    idx::write(&mut index, store.format(), &entries, &checksum)?;
    let index = index.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    for file in [&file, &index] {
        file.set_permissions(Permissions::from_mode(0o444))?;
        file.sync_all()?;
    }
    let packs = store.objects_dir().join("pack");
    Ok(Prepared { directory, packs, checksum, bytes: written.bytes, entries })
}

/// Reads the pack once more from its start for the checksum of each entry.
fn checksums(
    file: &mut File,
    written: &write::Written,
    plan: &Plan,
    work: &Work<'_>,
) -> Result<Vec<IdxEntry>> {
    let length = u64::try_from(written.checksum.as_slice().len()).unwrap_or_default();
    let end = written.bytes.saturating_sub(length);
    let starts: Vec<_> = plan
        .order
        .iter()
        .filter_map(|number| {
            let index = usize::try_from(*number).ok()?;
            Some((plan.items.get(index)?.id, *written.offsets.get(index)?))
        })
        .collect();
    let mut entries = Vec::with_capacity(starts.len());
    let mut reader = std::io::BufReader::with_capacity(1 << 20, &mut *file);
    let first = starts.first().map_or(0, |(_, start)| *start);
    reader.seek(SeekFrom::Start(first))?;
    let mut buffer = vec![0; 1 << 16];
    let mut next = starts.iter().skip(1).map(|(_, start)| *start).chain([end]);
    for (id, offset) in &starts {
        work.step()?;
        let mut left = next.next().unwrap_or(end).saturating_sub(*offset);
        let mut hasher = crc32fast::Hasher::new();
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(buffer.len()).min(buffer.len());
            let part = buffer.get_mut(..most).unwrap_or_default();
            reader.read_exact(part)?;
            hasher.update(part);
            left = left.saturating_sub(u64::try_from(most).unwrap_or(u64::MAX));
        }
        entries.push(IdxEntry { id: hash::from_gix(id)?, crc32: hasher.finalize(), offset: *offset });
    }
    Ok(entries)
}

impl Prepared {
    /// The checksum that names it.
    pub fn checksum(&self) -> ObjectId {
        self.checksum
    }

    /// How many objects it holds.
    pub fn objects(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// Bytes of its file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn has(&self, id: &oid) -> bool {
        self.entries.binary_search_by(|entry| entry.id.as_bytes().cmp(id.as_bytes())).is_ok()
    }

    /// Makes it part of the repository, durably. One that is there already stays as it is.
    pub fn publish(self) -> Result<Repacked> {
        let repacked = Repacked {
            checksum: self.checksum,
            bytes: self.bytes,
            objects: self.objects(),
            existed: self.packs.join(format!("pack-{}.idx", self.checksum)).exists(),
            packs: self.packs.clone(),
        };
        if !repacked.existed {
            // The index last: a pack without one is not seen.
            std::fs::rename(self.directory.path().join("pack"), repacked.path("pack"))?;
            std::fs::rename(self.directory.path().join("idx"), repacked.path("idx"))?;
        }
        File::open(&self.packs)?.sync_all()?;
        Ok(repacked)
    }
}

impl Repacked {
    /// Where the pack or its index is.
    pub fn path(&self, extension: &str) -> PathBuf {
        self.packs.join(format!("pack-{}.{extension}", self.checksum))
    }
}

/// Opens the index of a stored pack.
pub(super) fn index(store: &ObjectStore, pack: &ObjectId) -> Result<gix_pack::index::File> {
    let path = store.objects_dir().join(format!("pack/pack-{pack}.idx"));
    if !path.exists() {
        return Err(Error::NotFound(format!("the pack {pack}")));
    }
    Ok(gix_pack::index::File::at(&path, hash::kind(store.format()))?)
}
