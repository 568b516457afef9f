//! Packs that are written but not yet part of the repository.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use forge_core::ObjectId;
use gix_hash::oid;
use tempfile::TempDir;

use crate::objects::Objects;
use crate::pack::idx::{self, IdxEntry};
use crate::pack::plan::Plan;
use crate::pack::write;
use crate::work::Work;
use crate::{Error, ObjectStore, Result, durable, hash};

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
    let file = File::create_new(directory.path().join("pack"))?;
    let indexed = {
        let mut out = BufWriter::with_capacity(1 << 20, &file);
        let indexed = write::write_for_index(plan, objects, hash::kind(store.format()), &mut out, work)?;
        out.flush()?;
        indexed
    };
    let checksum = hash::from_gix(&indexed.written.checksum)?;
    let (entries, bytes) = (entries(&indexed, plan)?, indexed.written.bytes);
    let mut index = BufWriter::new(File::create_new(directory.path().join("idx"))?);
    idx::write(&mut index, store.format(), &entries, &checksum)?;
    let index = index.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    for file in [&file, &index] {
        file.set_permissions(Permissions::from_mode(0o444))?;
        durable::sync(file, directory.path())?;
    }
    let packs = store.objects_dir().join("pack");
    Ok(Prepared { directory, packs, checksum, bytes, entries })
}

/// What the index says of each entry.
fn entries(indexed: &write::Indexed, plan: &Plan) -> Result<Vec<IdxEntry>> {
    let mut entries = Vec::with_capacity(plan.order.len());
    for (number, crc32) in plan.order.iter().zip(&indexed.checksums) {
        let at = usize::try_from(*number).unwrap_or(usize::MAX);
        if let (Some(item), Some(offset)) = (plan.items.get(at), indexed.written.offsets.get(at)) {
            entries.push(IdxEntry { id: hash::from_gix(&item.id)?, crc32: *crc32, offset: *offset });
        }
    }
    entries.sort_unstable_by_key(|entry| entry.id);
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

    /// Has it become part of another repository, whose objects are on the same disk.
    pub(super) fn bound_for(self, objects_dir: &Path) -> Self {
        Self { packs: objects_dir.join("pack"), ..self }
    }

    /// Makes it part of the repository, durably. One that is there already stays as it is.
    pub fn publish(self) -> Result<Repacked> {
        durable::check()?;
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
        durable::sync_dir(&self.packs)?;
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
