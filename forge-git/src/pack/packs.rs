//! The packs of a store, for reading objects and for copying entries as they are packed.
//!
//! Each pack is mapped once and shared by all requests; the list is compared with the directory when that may have changed.

mod unpack;

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::fs::{DirEntryExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use gix_hash::oid;

use crate::reach::Reach;
use crate::{Error, Result};

pub(crate) use unpack::Unpacking;

/// Tells packs apart in caches of what was unpacked.
static NEXT_ID: AtomicU32 = AtomicU32::new(1);

/// One pack with its index.
///
/// An object has a *position* in the sorted index and a *rank*, its place in the pack in stored order.
pub(crate) struct Pack {
    index: gix_pack::index::File,
    data: gix_pack::data::File,
    /// Positions in the index in the order of their offsets.
    by_offset: OnceLock<Arc<Vec<u32>>>,
    /// By position, the rank.
    ranks: OnceLock<Vec<u32>>,
    /// By rank, where the entry starts.
    starts: OnceLock<Vec<u64>>,
    reach: Mutex<Found>,
    /// Which file it was when it was opened: a name may come to stand for a mended copy.
    file: FileId,
}

/// The device and the number of a file on it.
type FileId = (u64, u64);

/// What was found where the reachability file of a pack would be.
#[derive(Default)]
enum Found {
    #[default]
    Nothing,
    Whole(Arc<Reach>),
    /// One that cannot be used, changed at that time. It is not read again before it changes.
    Damaged(Option<SystemTime>),
}

impl Pack {
    /// Opens a pack that was received and checked a moment ago.
    pub(crate) fn on_trial(
        index: &Path,
        kind: gix_hash::Kind,
        max_allocation: Option<usize>,
    ) -> Result<Self> {
        Self::open(index, kind, max_allocation, FileId::default())
    }

    fn open(index: &Path, kind: gix_hash::Kind, max_allocation: Option<usize>, file: FileId) -> Result<Self> {
        let data = gix_pack::data::File::at(index.with_extension("pack"), kind)?;
        let mut data = data.with_alloc_limit_bytes(max_allocation);
        data.id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let index = gix_pack::index::File::at(index, kind)?;
        if index.num_objects() != data.num_objects() {
            return Err(Error::corrupt(format!("{} and its index differ", data.path().display())));
        }
        Ok(Self {
            index,
            data,
            by_offset: OnceLock::new(),
            ranks: OnceLock::new(),
            starts: OnceLock::new(),
            reach: Mutex::default(),
            file,
        })
    }

    /// What the file beside the pack says about reachability. It may come to be at any time, so its absence is not remembered.
    pub(crate) fn reach(&self) -> Option<Arc<Reach>> {
        let mut found = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        if let Found::Whole(reach) = &*found {
            return Some(Arc::clone(reach));
        }
        let path = self.data.path().with_extension("reach");
        let changed = std::fs::metadata(&path).ok()?.modified().ok();
        if matches!(&*found, Found::Damaged(seen) if *seen == changed) {
            return None;
        }
        match Reach::read(&path, &self.index.pack_checksum(), self.len()) {
            Ok(reach) => {
                let reach = Arc::new(reach);
                *found = Found::Whole(Arc::clone(&reach));
                Some(reach)
            }
            Err(error) => {
                tracing::warn!(file = %path.display(), %error, "a reachability file is not used");
                *found = Found::Damaged(changed);
                None
            }
        }
    }

    /// Where the pack is.
    pub(crate) fn path(&self) -> &Path {
        self.data.path()
    }

    /// The checksum at the pack's end, which also names it.
    pub(crate) fn checksum(&self) -> gix_hash::ObjectId {
        self.index.pack_checksum()
    }

    /// Where in the index an object is.
    pub(crate) fn position(&self, id: &oid) -> Option<u32> {
        self.index.lookup(id)
    }

    /// The object at a position of the index.
    pub(crate) fn id_at(&self, position: u32) -> &oid {
        self.index.oid_at_index(position)
    }

    /// Where in the pack the object at a position of the index starts.
    pub(crate) fn offset_at(&self, position: u32) -> u64 {
        self.index.pack_offset_at_index(position)
    }

    /// How many objects it has.
    pub(crate) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The head of the entry that starts at an offset.
    pub(crate) fn entry(&self, offset: u64) -> Result<gix_pack::data::Entry> {
        if offset >= self.end() {
            return Err(Error::corrupt(format!(
                "{} is shorter than its index says",
                self.data.path().display()
            )));
        }
        Ok(self.data.entry(offset)?)
    }

    /// The packed bytes between two offsets.
    pub(crate) fn slice(&self, start: u64, end: u64) -> Result<&[u8]> {
        self.data.entry_slice(start..end).ok_or_else(|| {
            Error::corrupt(format!("{} is shorter than its index says", self.data.path().display()))
        })
    }

    /// The object whose entry starts at an offset, as its position in the index.
    pub(crate) fn position_at(&self, offset: u64) -> Option<u32> {
        let at = self.starts().binary_search(&offset).ok()?;
        self.by_offset().get(at).copied()
    }

    /// Where the entry that starts at an offset ends.
    pub(crate) fn end_of(&self, offset: u64) -> u64 {
        let starts = self.starts();
        let next = starts.partition_point(|start| *start <= offset);
        starts.get(next).copied().unwrap_or_else(|| self.end())
    }

    /// The rank of an object.
    pub(crate) fn rank(&self, id: &oid) -> Option<u32> {
        let ranks = self.ranks.get_or_init(|| {
            let mut ranks = vec![0; self.by_offset().len()];
            for (rank, position) in (0..).zip(self.by_offset()) {
                if let Some(slot) = ranks.get_mut(usize::try_from(*position).unwrap_or(usize::MAX)) {
                    *slot = rank;
                }
            }
            ranks
        });
        ranks.get(usize::try_from(self.position(id)?).ok()?).copied()
    }

    /// The rank of the object whose entry starts at an offset.
    pub(crate) fn rank_at(&self, offset: u64) -> Option<u32> {
        u32::try_from(self.starts().binary_search(&offset).ok()?).ok()
    }

    /// The name of the object of a rank.
    pub(crate) fn id_of(&self, rank: u32) -> Option<&oid> {
        Some(self.id_at(*self.by_offset().get(usize::try_from(rank).ok()?)?))
    }

    /// Where the object of a rank starts; the number of objects gives the end of the last one.
    pub(crate) fn start_of(&self, rank: u32) -> u64 {
        let at = usize::try_from(rank).unwrap_or(usize::MAX);
        self.starts().get(at).copied().unwrap_or_else(|| self.end())
    }

    fn starts(&self) -> &[u64] {
        self.starts
            .get_or_init(|| self.by_offset().iter().map(|position| self.offset_at(*position)).collect())
    }

    /// Where the last entry ends.
    pub(crate) fn end(&self) -> u64 {
        u64::try_from(self.data.pack_end()).unwrap_or(u64::MAX)
    }

    /// Positions in the index by rank.
    pub(crate) fn by_offset(&self) -> &[u32] {
        self.by_offset.get_or_init(|| {
            if let Some(reach) = self.reach() {
                return Arc::clone(&reach.order);
            }
            let mut order: Vec<u32> = (0..self.len()).collect();
            order.sort_by_cached_key(|position| self.offset_at(*position));
            Arc::new(order)
        })
    }
}

/// All packs of a store at one moment.
#[derive(Default)]
pub(crate) struct Packs {
    packs: Vec<Arc<Pack>>,
    paths: HashMap<PathBuf, Arc<Pack>>,
}

impl Packs {
    /// Lists the packs in directories; what `earlier` has open is kept, and `earlier` itself if nothing changed.
    pub(crate) fn read(
        dirs: &[PathBuf],
        kind: gix_hash::Kind,
        max_allocation: Option<usize>,
        earlier: &Arc<Self>,
    ) -> Result<Arc<Self>> {
        let mut found = Self::default();
        let mut is_same = true;
        for dir in dirs {
            for (path, file) in list(dir)? {
                let pack = match earlier.paths.get(&path).filter(|pack| pack.file == file) {
                    Some(pack) => Arc::clone(pack),
                    None => match Pack::open(&path, kind, max_allocation, file) {
                        Ok(pack) => Arc::new(pack),
                        Err(error) => {
                            // Its objects are missing only if no other pack has them.
                            tracing::error!(pack = %path.display(), %error, "a pack cannot be opened");
                            continue;
                        }
                    },
                };
                is_same &= earlier.paths.get(&path).is_some_and(|known| Arc::ptr_eq(known, &pack));
                found.packs.push(Arc::clone(&pack));
                found.paths.insert(path, pack);
            }
        }
        if is_same && found.paths.len() == earlier.paths.len() {
            return Ok(Arc::clone(earlier));
        }
        // Large packs first: most objects are there.
        found.packs.sort_by_key(|pack| std::cmp::Reverse(pack.len()));
        Ok(Arc::new(found))
    }

    /// All of them, large ones first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Pack> {
        self.packs.iter().map(AsRef::as_ref)
    }

    /// The pack of a number.
    pub(crate) fn pack(&self, number: u32) -> Option<&Pack> {
        self.packs.get(usize::try_from(number).ok()?).map(AsRef::as_ref)
    }

    /// The largest pack of which is known what can be reached from where.
    pub(crate) fn closed(&self) -> Option<(Arc<Pack>, Arc<Reach>)> {
        self.packs.iter().find_map(|pack| Some((Arc::clone(pack), pack.reach()?)))
    }

    /// The pack with a checksum.
    pub(crate) fn find(&self, checksum: &oid) -> Option<Arc<Pack>> {
        self.packs.iter().find(|pack| pack.checksum() == checksum).map(Arc::clone)
    }

    /// All places where an object is, as number of the pack and position in its index.
    pub(crate) fn places<'a>(&'a self, id: &'a oid) -> impl Iterator<Item = (u32, &'a Pack, u32)> + 'a {
        (0..).zip(&self.packs).filter_map(|(number, pack)| Some((number, pack.as_ref(), pack.position(id)?)))
    }
}

/// The indexes in a directory that have a pack beside them, and which file that is.
fn list(dir: &Path) -> Result<Vec<(PathBuf, FileId)>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let device = std::fs::metadata(dir)?.dev();
    let mut indexes = Vec::new();
    let mut packs: HashMap<OsString, u64> = HashMap::new();
    for entry in entries {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        match name.extension().and_then(std::ffi::OsStr::to_str) {
            Some("idx") => indexes.push(name),
            Some("pack") => {
                packs.insert(name.with_extension("").into_os_string(), entry.ino());
            }
            _ => {}
        }
    }
    let with_pack = indexes.into_iter().filter_map(|name| {
        let number = packs.get(name.with_extension("").as_os_str())?;
        Some((dir.join(name), (device, *number)))
    });
    Ok(with_pack.collect())
}
