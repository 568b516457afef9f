//! Where the objects of one repository are: its packs and, in a plain directory, loose objects and alternates.
//!
//! Built on the object database of gix with our own options: enough slots for every pack (its default silently loses
//! objects behind the 32nd), an upper bound for allocations, and never a replacement ref. Nothing here opens a
//! `gix::Repository`, so no configuration file of a repository has a say.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Find;

use crate::commit_graph::CommitGraph;
use crate::pack::packs::Packs;
use crate::{Limits, Result, hash};

/// A reader of objects. Cheap to make; one per request and thread.
pub type Handle = gix_odb::HandleArc;

/// Packs that may come while a store is open, besides as many again as there were.
const SPARE_SLOTS: usize = 64;
/// More than these gix cannot number.
const MOST_SLOTS: u16 = 32_767;
/// Bytes of unpacked delta bases that one handle remembers.
const PACK_CACHE: usize = 32 << 20;

/// The objects of one repository. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct ObjectStore {
    objects_dir: PathBuf,
    format: ObjectFormat,
    store: Arc<gix_odb::Store>,
    packs: Arc<Mutex<Arc<Packs>>>,
}

impl ObjectStore {
    /// Makes the directories of an empty store and opens it. An existing store is left as it is.
    pub fn create(objects_dir: &Path, format: ObjectFormat, limits: &Limits) -> Result<Self> {
        std::fs::create_dir_all(objects_dir.join("pack"))?;
        std::fs::create_dir_all(objects_dir.join("info"))?;
        Self::open(objects_dir, format, limits)
    }

    /// Opens the store in `objects_dir`, the directory that holds `pack`.
    pub fn open(objects_dir: &Path, format: ObjectFormat, limits: &Limits) -> Result<Self> {
        let options = gix_odb::store::init::Options {
            slots: gix_odb::store::init::Slots::Given(slots(objects_dir)?),
            alloc_limit_bytes: usize::try_from(limits.max_allocation).ok(),
            ..Default::default()
        };
        let kind = hash::kind(format);
        let store = gix_odb::Store::at_opts(objects_dir.to_owned(), kind, &mut std::iter::empty(), options)?;
        Ok(Self {
            objects_dir: objects_dir.to_owned(),
            format,
            store: Arc::new(store),
            packs: Arc::default(),
        })
    }

    /// Opens the same store anew, so that packs which came since are seen.
    ///
    /// Packs that are still the same files stay mapped, with all that was worked out about them.
    pub fn reopen(&self, limits: &Limits) -> Result<Self> {
        let fresh = Self::open(&self.objects_dir, self.format, limits)?;
        Ok(Self { packs: Arc::clone(&self.packs), ..fresh })
    }

    /// Which hash names the objects.
    pub fn format(&self) -> ObjectFormat {
        self.format
    }

    /// The directory that holds `pack`.
    pub fn objects_dir(&self) -> &Path {
        &self.objects_dir
    }

    /// A reader that looks for new packs when an object is missing.
    pub fn handle(&self) -> Handle {
        let mut handle = self.store.to_cache_arc();
        handle.prevent_pack_unload();
        handle.ignore_replacements = true;
        handle.with_pack_cache(|| Box::new(gix_pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE)))
    }

    /// A reader for look-ups that often miss: it never lists the pack directory again.
    pub fn handle_without_refresh(&self) -> Handle {
        let mut handle = self.handle();
        handle.refresh_never();
        handle
    }

    /// The packs as they are now, for copying out of them.
    pub(crate) fn packs(&self) -> Result<Arc<Packs>> {
        let mut known = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        let found = Arc::new(Packs::read(&self.objects_dir, hash::kind(self.format), &known)?);
        *known = Arc::clone(&found);
        Ok(found)
    }

    /// The commit graph, if there is one that can be believed.
    pub(crate) fn commit_graph(&self) -> Option<Arc<CommitGraph>> {
        CommitGraph::of_store(&self.objects_dir, hash::kind(self.format))
    }

    /// Whether the object is there. A damaged pack is an error, not a no.
    pub fn contains(&self, id: &ObjectId) -> Result<bool> {
        let handle = self.handle();
        Ok(gix_odb::Header::try_header(&*handle, &hash::to_gix(id))?.is_some())
    }

    /// The kind and content of an object, if it is there.
    pub fn read(&self, id: &ObjectId) -> Result<Option<(gix_object::Kind, Vec<u8>)>> {
        let mut content = Vec::new();
        let handle = self.handle();
        let kind = handle.try_find(&hash::to_gix(id), &mut content)?.map(|data| data.kind);
        Ok(kind.map(|kind| (kind, content)))
    }
}

/// How many packs a store must be able to hold. Each costs time when the store is opened and closed, which happens with
/// every push; too few, and gix no longer finds what is in the rest.
fn slots(objects_dir: &Path) -> Result<u16> {
    let mut packs = SPARE_SLOTS;
    let mut dirs = vec![objects_dir.to_owned()];
    dirs.extend(gix_odb::alternate::resolve(objects_dir.to_owned(), &std::path::absolute(".")?)?);
    for dir in dirs {
        match std::fs::read_dir(dir.join("pack")) {
            Ok(entries) => packs += entries.count(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(u16::try_from(packs).unwrap_or(MOST_SLOTS).min(MOST_SLOTS))
}

impl std::fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectStore")
            .field("objects_dir", &self.objects_dir)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
