//! Objects that were received but not accepted: readable by the checks, invisible to everybody else.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;
use tempfile::TempDir;

use crate::fsck::Checker;
use crate::object_store::Handle;
use crate::pack::index_pack::{self, Indexed, NewObject, Request};
use crate::receive::progress::Progress;
use crate::{Cancel, Error, Limits, ObjectStore, RefSnapshot, Result, connected, durable, fsck, hash};

/// What the names of quarantine directories start with.
const PREFIX: &str = "incoming-";

/// Received objects on trial. Dropping it removes them without a trace.
#[derive(Debug)]
pub struct Quarantine {
    main: ObjectStore,
    /// The main store with the incoming pack in front.
    view: ObjectStore,
    limits: Limits,
    incoming: Option<(TempDir, Indexed)>,
    remarks: Vec<String>,
}

/// A pack on trial, for those who store it elsewhere too.
#[derive(Debug, Clone, Copy)]
pub struct IncomingPack<'a> {
    /// The checksum that names it.
    pub checksum: ObjectId,
    /// Bytes of its file.
    pub bytes: u64,
    /// Objects that came with the push; bases that were completed are not counted.
    pub objects: u64,
    /// Where it is; its index lies beside it, with the same name but for its end.
    pub pack: &'a Path,
}

/// A pack that is part of the repository now.
#[derive(Debug)]
#[must_use = "a pack that no ref will need must be retracted"]
pub struct PublishedPack {
    /// The checksum that names it.
    pub checksum: ObjectId,
    /// Bytes of its file.
    pub bytes: u64,
    /// Objects that came with the push; bases that were completed are not counted.
    pub objects: u64,
    directory: PathBuf,
    existed: bool,
}

impl ObjectStore {
    /// Receives a pack into quarantine, checking each object on the way.
    ///
    /// Reads exactly one pack from `source`; bytes that the sender put behind it in the same breath are refused.
    pub fn ingest(
        &self,
        source: &mut dyn std::io::Read,
        limits: &Limits,
        level: fsck::Level,
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<Quarantine> {
        let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(self.objects_dir())?;
        let packs = directory.path().join("pack");
        std::fs::create_dir(&packs)?;
        let mut checker = Checker::new(self.format(), level);
        let request = Request {
            format: self.format(),
            limits,
            cancel,
            progress,
            checker: &mut checker,
            existing: self.handle_without_refresh(),
        };
        let Some(indexed) = index_pack::receive(source, &packs, request)? else {
            return Ok(Quarantine::empty(self, limits));
        };
        let view = self.with_incoming(&indexed.idx)?;
        check_special_files(&mut checker, &view, limits)?;
        Ok(Quarantine {
            main: self.clone(),
            view,
            limits: limits.clone(),
            incoming: Some((directory, indexed)),
            remarks: checker.remarks(),
        })
    }

    /// Removes what receivers left behind in the directory that were killed, and says how many there were.
    ///
    /// Must not run while anybody may be receiving: call it before the server starts to listen. It opens no pack.
    pub fn sweep_incoming(objects_dir: &Path) -> Result<usize> {
        let mut swept = 0_usize;
        for entry in std::fs::read_dir(objects_dir)? {
            let entry = entry?;
            let is_incoming = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            if is_incoming && entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
                swept = swept.saturating_add(1);
            }
        }
        Ok(swept)
    }
}

fn check_special_files(checker: &mut Checker, view: &ObjectStore, limits: &Limits) -> Result<()> {
    let special: Vec<_> = checker.special().collect();
    if special.is_empty() {
        return Ok(());
    }
    let handle = view.handle();
    let mut bytes = Vec::new();
    for (id, kind) in special {
        let header = handle.header(&hash::to_gix(&id))?;
        if header.is_some_and(|(_, size)| size > limits.max_object_bytes) {
            return Err(Error::TooLarge {
                what: "the size of an object in bytes",
                limit: limits.max_object_bytes,
            });
        }
        let found = handle.try_find(&hash::to_gix(&id), &mut bytes)?;
        checker.check_special(&id, kind, found.map(|data| (data.kind, data.data)))?;
    }
    Ok(())
}

impl Quarantine {
    /// A push that brings no objects: only deletions, or refs to what is there already.
    pub fn empty(main: &ObjectStore, limits: &Limits) -> Self {
        Self {
            main: main.clone(),
            view: main.clone(),
            limits: limits.clone(),
            incoming: None,
            remarks: Vec::new(),
        }
    }

    /// The objects that came, sorted by name.
    pub fn objects(&self) -> &[NewObject] {
        self.incoming.as_ref().map(|(_, indexed)| indexed.objects.as_slice()).unwrap_or_default()
    }

    /// The pack itself; nothing if none came.
    pub fn incoming(&self) -> Option<IncomingPack<'_>> {
        let (_, indexed) = self.incoming.as_ref()?;
        Some(IncomingPack {
            checksum: indexed.checksum,
            bytes: indexed.bytes,
            objects: u64::try_from(indexed.objects.len()).unwrap_or(u64::MAX),
            pack: &indexed.pack,
        })
    }

    /// What came under that name, if it did.
    pub fn find(&self, id: &ObjectId) -> Option<NewObject> {
        let objects = self.objects();
        let at = objects.binary_search_by(|object| object.id.cmp(id)).ok()?;
        objects.get(at).copied()
    }

    /// Both the repository's objects and those that came.
    pub fn store(&self) -> &ObjectStore {
        &self.view
    }

    /// A reader of both.
    pub fn handle(&self) -> Handle {
        self.view.handle()
    }

    /// The kind and contents of an object, new or old.
    pub fn read(&self, id: &ObjectId) -> Result<Option<(Kind, Vec<u8>)>> {
        self.view.read(id)
    }

    /// The kind of an object, new or old, if it is there.
    pub fn kind(&self, id: &ObjectId) -> Result<Option<Kind>> {
        if let Some(object) = self.find(id) {
            return Ok(Some(object.kind));
        }
        Ok(self.handle().header(&hash::to_gix(id))?.map(|(kind, _)| kind))
    }

    /// Which hash names the objects.
    pub fn format(&self) -> ObjectFormat {
        self.view.format()
    }

    /// What the object checks forgave, for the person who pushes.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Checks that everything the new tips need is here, and of the right kind.
    pub fn check_connected(
        &self,
        refs: &RefSnapshot,
        tips: &[ObjectId],
        progress: &mut dyn Progress,
        cancel: &Cancel,
    ) -> Result<()> {
        connected::check(&self.view, self.objects(), refs, tips, &self.limits, progress, cancel)
    }

    /// Whether a ref that moves from `old` to `new` only gains history.
    pub fn is_ancestor(&self, old: &ObjectId, new: &ObjectId, cancel: &Cancel) -> Result<bool> {
        connected::is_ancestor(&self.view, old, new, cancel)
    }

    /// Whether a ref that comes to `new` brings a merge that none of the `known` commits has in its history.
    pub fn has_new_merge(&self, known: &[ObjectId], new: &ObjectId, cancel: &Cancel) -> Result<bool> {
        connected::has_new_merge(&self.view, known, new, cancel)
    }

    /// The commits that a ref which comes to `new` brings and none of the `known` commits has; nothing when there are more
    /// than `most`.
    pub fn brought(
        &self,
        known: &[ObjectId],
        new: &ObjectId,
        most: usize,
        cancel: &Cancel,
    ) -> Result<Option<Vec<ObjectId>>> {
        connected::brought(&self.view, known, new, most, cancel)
    }

    /// Makes the objects part of the repository, durably; nothing if none came.
    ///
    /// On return the pack survives a power cut. An error from the disk is final: the push must fail, and nothing is to
    /// be tried again. Call this while holding whatever keeps other pushes from changing the refs of this repository,
    /// and hold it until the refs are changed or the pack is retracted: two pushes may bring the same pack.
    pub fn publish(self) -> Result<Option<PublishedPack>> {
        durable::check()?;
        let Some((directory, indexed)) = self.incoming else { return Ok(None) };
        let packs = self.main.objects_dir().join("pack");
        std::fs::create_dir_all(&packs)?;
        let published = PublishedPack {
            checksum: indexed.checksum,
            bytes: indexed.bytes,
            objects: u64::try_from(indexed.objects.len()).unwrap_or(u64::MAX),
            existed: packs.join(format!("pack-{}.idx", indexed.checksum)).exists(),
            directory: packs,
        };
        if !published.existed {
            for path in [&indexed.pack, &indexed.idx] {
                std::fs::set_permissions(path, Permissions::from_mode(0o444))?;
                durable::sync(&File::open(path)?, path)?;
            }
            // The index last: a pack without one is not seen.
            std::fs::rename(&indexed.pack, published.path("pack"))?;
            std::fs::rename(&indexed.idx, published.path("idx"))?;
        }
        if let Err(error) = durable::sync_dir(&published.directory) {
            if !published.existed {
                // No row names it, and no later push may take it for one that was kept.
                let _ = std::fs::remove_file(published.path("idx"));
                let _ = std::fs::remove_file(published.path("pack"));
            }
            return Err(error);
        }
        drop(directory);
        Ok(Some(published))
    }
}

impl PublishedPack {
    /// Takes the pack out of the repository again, because its refs were not changed after all.
    ///
    /// Only under the same lock as [`Quarantine::publish`]. A pack that was there before stays.
    pub fn retract(self) -> Result<()> {
        if self.existed {
            return Ok(());
        }
        std::fs::remove_file(self.path("idx"))?;
        std::fs::remove_file(self.path("pack"))?;
        durable::sync_dir(&self.directory)
    }

    /// Where the pack or its index is.
    pub fn path(&self, extension: &str) -> PathBuf {
        self.directory.join(format!("pack-{}.{extension}", self.checksum))
    }
}

#[cfg(test)]
#[path = "quarantine_tests.rs"]
mod tests;
