//! Where the objects of one repository are: its packs and, in a plain directory, loose objects and alternates.
//!
//! Built on the object database of gix with our own options: enough slots for every pack (its default silently loses
//! objects behind the 32nd), an upper bound for allocations, and never a replacement ref. Nothing here opens a
//! `gix::Repository`, so no configuration file of a repository has a say.

mod handle;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forge_core::{ObjectFormat, ObjectId};
use gix_object::{Exists as _, Find};
use gix_pack::Bundle;

use crate::commit_graph::CommitGraph;
use crate::pack::packs::Packs;
use crate::{Limits, Result, hash};

pub use handle::Handle;

/// Packs that may come while a store is open, besides as many again as there were.
const SPARE_SLOTS: usize = 64;
/// Slots that stay free for packs which come between two looks.
const ROOM_LEFT: usize = 16;
/// More than these gix cannot number.
const MOST_SLOTS: u16 = 32_767;

/// The objects of one repository. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct ObjectStore {
    objects_dir: PathBuf,
    format: ObjectFormat,
    store: Arc<gix_odb::Store>,
    /// The indexes that were there when the store last looked, and how many there may be.
    listing: Arc<Listing>,
    packs: Arc<Mutex<Arc<Packs>>>,
    incoming: Option<Arc<Bundle>>,
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
        let listing = Listing::read(objects_dir, None)?;
        let options = gix_odb::store::init::Options {
            slots: gix_odb::store::init::Slots::Given(listing.slots),
            alloc_limit_bytes: usize::try_from(limits.max_allocation).ok(),
            ..Default::default()
        };
        let kind = hash::kind(format);
        let store = gix_odb::Store::at_opts(objects_dir.to_owned(), kind, &mut std::iter::empty(), options)?;
        Ok(Self {
            objects_dir: objects_dir.to_owned(),
            format,
            store: Arc::new(store),
            listing: Arc::new(listing),
            packs: Arc::default(),
            incoming: None,
        })
    }

    /// The same store, looked at anew, so that packs which came since are seen.
    ///
    /// Packs that are still the same files stay mapped, with all that was worked out about them. If some are gone, or many
    /// came, everything is opened again: gix keeps what is gone for as long as it may still be read.
    pub fn reopen(&self, limits: &Limits) -> Result<Self> {
        let listing = Listing::read(&self.objects_dir, Some(self.listing.slots))?;
        if !listing.extends(&self.listing) {
            let fresh = Self::open(&self.objects_dir, self.format, limits)?;
            return Ok(Self { packs: Arc::clone(&self.packs), ..fresh });
        }
        // Asked for what nobody has, gix lists the directory.
        let nobodys = gix_hash::ObjectId::from_bytes_or_panic(&[0xff; 32][..self.format.byte_len()]);
        self.store.to_handle_arc().exists(&nobodys);
        Ok(Self { listing: Arc::new(listing), ..self.clone() })
    }

    /// The same store with a pack in front that is not a part of it yet.
    pub(crate) fn with_incoming(&self, idx: &Path) -> Result<Self> {
        let pack = Bundle::at(idx, hash::kind(self.format))?;
        Ok(Self { incoming: Some(Arc::new(pack)), ..self.clone() })
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
        Handle::new(&self.store, self.incoming.as_ref())
    }

    /// A reader for look-ups that often miss: it never lists the pack directory again.
    pub fn handle_without_refresh(&self) -> Handle {
        let mut handle = self.handle();
        handle.never_refresh();
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
        Ok(self.handle().header(&hash::to_gix(id))?.is_some())
    }

    /// The kind and content of an object, if it is there.
    pub fn read(&self, id: &ObjectId) -> Result<Option<(gix_object::Kind, Vec<u8>)>> {
        let mut content = Vec::new();
        let handle = self.handle();
        let kind = handle.try_find(&hash::to_gix(id), &mut content)?.map(|data| data.kind);
        Ok(kind.map(|kind| (kind, content)))
    }
}

/// What lies in the directories of packs.
struct Listing {
    indexes: HashSet<OsString>,
    /// How many packs the store must be able to hold. Each costs time when the store is opened and closed; too few, and gix
    /// no longer finds what is in the rest.
    slots: u16,
}

impl Listing {
    fn read(objects_dir: &Path, slots: Option<u16>) -> Result<Self> {
        let mut indexes = HashSet::new();
        let mut dirs = vec![objects_dir.to_owned()];
        dirs.extend(gix_odb::alternate::resolve(objects_dir.to_owned(), &std::path::absolute(".")?)?);
        for dir in dirs {
            let entries = match std::fs::read_dir(dir.join("pack")) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            for entry in entries {
                let name = entry?.file_name();
                if Path::new(&name).extension().is_some_and(|extension| extension == "idx") {
                    indexes.insert(name);
                }
            }
        }
        let needed = indexes.len().saturating_mul(2).saturating_add(SPARE_SLOTS);
        let slots = slots.unwrap_or_else(|| u16::try_from(needed).unwrap_or(MOST_SLOTS).min(MOST_SLOTS));
        Ok(Self { indexes, slots })
    }

    /// Whether nothing is gone and what came still has room.
    fn extends(&self, earlier: &Self) -> bool {
        self.indexes.is_superset(&earlier.indexes)
            && self.indexes.len().saturating_add(ROOM_LEFT) <= usize::from(self.slots)
    }
}

impl std::fmt::Debug for ObjectStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectStore")
            .field("objects_dir", &self.objects_dir)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
