//! Where the objects of one repository are: its packs and, in a plain directory, loose objects and alternates.
//!
//! Built on the packs and loose objects of gix, and not on its object database: that one opens every pack anew to see one
//! that came, and silently loses objects behind the 32nd pack unless told how many there will be. Here a pack stays open
//! for as long as it is the same file, and seeing what came costs one list of the directory. Allocations have an upper
//! bound, replacement refs are not looked at, and no configuration file of a repository has a say.

mod handle;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use forge_core::{ObjectFormat, ObjectId};
use gix_odb::loose;

use crate::commit_graph::CommitGraph;
use crate::pack::packs::{Pack, Packs};
use crate::{Limits, Result, hash};

pub use handle::Handle;

/// The objects of one repository. Cheap to clone and shared between threads.
#[derive(Clone)]
pub struct ObjectStore {
    objects_dir: PathBuf,
    format: ObjectFormat,
    /// The most that an object may make us allocate.
    max_allocation: Option<usize>,
    /// The directory of packs, and those of alternates.
    pack_dirs: Arc<[PathBuf]>,
    loose: Arc<[loose::Store]>,
    packs: Arc<Mutex<Arc<Packs>>>,
    incoming: Option<Arc<Pack>>,
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
        let kind = hash::kind(format);
        let max_allocation = usize::try_from(limits.max_allocation).ok();
        let mut dirs = vec![objects_dir.to_owned()];
        dirs.extend(gix_odb::alternate::resolve(objects_dir.to_owned(), &std::path::absolute(".")?)?);
        std::fs::metadata(objects_dir)?;
        let loose = dirs.iter().map(|dir| {
            let options = loose::Options { alloc_limit_bytes: max_allocation, ..Default::default() };
            loose::Store::at_opts(dir.clone(), kind, options)
        });
        let store = Self {
            objects_dir: objects_dir.to_owned(),
            format,
            max_allocation,
            loose: loose.collect(),
            pack_dirs: dirs.iter().map(|dir| dir.join("pack")).collect(),
            packs: Arc::default(),
            incoming: None,
        };
        store.packs()?;
        Ok(store)
    }

    /// The same store, looked at anew: packs that came are seen, and those that went are let go.
    ///
    /// Packs that are still the same files stay mapped, with all that was worked out about them.
    pub fn reopen(&self) -> Result<Self> {
        self.packs()?;
        Ok(self.clone())
    }

    /// The same store with a pack in front that is not a part of it yet.
    pub(crate) fn with_incoming(&self, idx: &Path) -> Result<Self> {
        let pack = Pack::on_trial(idx, hash::kind(self.format), self.max_allocation)?;
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
        Handle::new(self, true)
    }

    /// A reader for look-ups that often miss: it never lists the pack directory again.
    pub fn handle_without_refresh(&self) -> Handle {
        Handle::new(self, false)
    }

    /// The packs as they are now.
    pub(crate) fn packs(&self) -> Result<Arc<Packs>> {
        let mut known = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Packs::read(&self.pack_dirs, hash::kind(self.format), self.max_allocation, &known)?;
        Ok(Arc::clone(&known))
    }

    /// The packs as they were when somebody looked last.
    fn known_packs(&self) -> Arc<Packs> {
        Arc::clone(&self.packs.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn loose(&self) -> &[loose::Store] {
        &self.loose
    }

    fn incoming(&self) -> Option<&Pack> {
        self.incoming.as_deref()
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
        let kind = self.handle().try_find(&hash::to_gix(id), &mut content)?.map(|data| data.kind);
        Ok(kind.map(|kind| (kind, content)))
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
