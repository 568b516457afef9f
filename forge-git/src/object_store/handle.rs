//! Reading objects one by one.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::sync::Arc;

use gix_hash::oid;
use gix_object::{Data, Kind};
use gix_pack::cache::Object as _;

use super::ObjectStore;
use crate::Result;
use crate::hash::IdMap;
use crate::pack::packs::{Pack, Packs, Unpacking};

/// A reader of objects. Cheap to make; one per request and thread.
///
/// A pack on trial is asked first, then the packs, the one of the last find before the others, then what lies loose.
pub struct Handle {
    store: ObjectStore,
    packs: RefCell<Arc<Packs>>,
    /// The pack in which something was found last.
    last: Cell<u32>,
    unpacking: RefCell<Unpacking>,
    whole: Option<RefCell<gix_pack::cache::object::MemoryCappedHashmap>>,
    /// Objects that were made and are stored nowhere.
    memory: RefCell<IdMap<(Kind, Vec<u8>)>>,
    memory_bytes: Cell<usize>,
    refreshes: bool,
}

impl Handle {
    pub(super) fn new(store: &ObjectStore, refreshes: bool) -> Self {
        Self {
            packs: RefCell::new(store.known_packs()),
            store: store.clone(),
            last: Cell::new(0),
            unpacking: RefCell::default(),
            whole: None,
            memory: RefCell::default(),
            memory_bytes: Cell::new(0),
            refreshes,
        }
    }

    /// Remembers whole objects, as many as fit into so many bytes.
    pub(crate) fn with_object_cache(self, bytes: usize) -> Self {
        let whole = gix_pack::cache::object::MemoryCappedHashmap::new(bytes);
        Self { whole: Some(RefCell::new(whole)), ..self }
    }

    /// Keeps an object that was made, so that this reader finds it. Its name must be right.
    pub(crate) fn remember(&self, id: gix_hash::ObjectId, kind: Kind, content: Vec<u8>) {
        self.memory_bytes.set(self.memory_bytes.get().saturating_add(content.len()));
        self.memory.borrow_mut().insert(id, (kind, content));
    }

    /// Bytes of all objects that were made.
    pub(crate) fn remembered_bytes(&self) -> usize {
        self.memory_bytes.get()
    }

    /// An object that was only made.
    pub(crate) fn remembered(&self, id: &oid) -> Option<(Kind, Vec<u8>)> {
        self.memory.borrow().get(id).cloned()
    }

    /// Reads an object into `buffer`, if it is there.
    pub(crate) fn try_find<'a>(&self, id: &oid, buffer: &'a mut Vec<u8>) -> Result<Option<Data<'a>>> {
        if let Some((kind, content)) = self.memory.borrow().get(id) {
            buffer.clear();
            buffer.extend_from_slice(content);
            return Ok(Some(Data { kind: *kind, object_hash: id.kind(), data: buffer }));
        }
        if let Some(whole) = &self.whole
            && let Some(kind) = whole.borrow_mut().get(&id.to_owned(), buffer)
        {
            return Ok(Some(Data { kind, object_hash: id.kind(), data: buffer }));
        }
        let Some(kind) = self.read(id, buffer)? else { return Ok(None) };
        if let Some(whole) = &self.whole {
            whole.borrow_mut().put(id.to_owned(), kind, buffer);
        }
        Ok(Some(Data { kind, object_hash: id.kind(), data: buffer }))
    }

    fn read(&self, id: &oid, buffer: &mut Vec<u8>) -> Result<Option<Kind>> {
        let unpack = |pack: &Pack, at: u32| pack.unpack(at, buffer, &mut self.unpacking.borrow_mut());
        if let Some(kind) = self.in_packs(id, unpack)? {
            return Ok(Some(kind));
        }
        for loose in self.store.loose() {
            if let Some(data) = loose.try_find(id, buffer)? {
                return Ok(Some(data.kind));
            }
        }
        if !self.look_again()? {
            return Ok(None);
        }
        self.in_packs(id, |pack, at| pack.unpack(at, buffer, &mut self.unpacking.borrow_mut()))
    }

    /// The kind and size of an object, if it is there.
    pub(crate) fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>> {
        if let Some((kind, content)) = self.memory.borrow().get(id) {
            return Ok(Some((*kind, u64::try_from(content.len()).unwrap_or(u64::MAX))));
        }
        let header = |pack: &Pack, at: u32| pack.header(at, &mut self.unpacking.borrow_mut());
        if let Some(found) = self.in_packs(id, header)? {
            return Ok(Some(found));
        }
        for loose in self.store.loose() {
            if let Some((size, kind)) = loose.try_header(id)? {
                return Ok(Some((kind, size)));
            }
        }
        if self.look_again()? { self.in_packs(id, header) } else { Ok(None) }
    }

    /// Whether an object is there. A pack that cannot be read is not noticed.
    pub(crate) fn contains(&self, id: &oid) -> Result<bool> {
        let found = |_: &Pack, _: u32| Ok(());
        if self.memory.borrow().contains_key(id) {
            return Ok(true);
        }
        if self.in_packs(id, found)?.is_some() || self.store.loose().iter().any(|loose| loose.contains(id)) {
            return Ok(true);
        }
        Ok(self.look_again()? && self.in_packs(id, found)?.is_some())
    }

    /// Every object whose name starts so. What is on trial has no short names.
    pub(crate) fn with_prefix(&self, prefix: gix_hash::Prefix) -> Result<HashSet<gix_hash::ObjectId>> {
        let mut candidates = HashSet::new();
        for pack in self.packs.borrow().all() {
            candidates.extend(pack.with_prefix(prefix));
        }
        for loose in self.store.loose() {
            loose.lookup_prefix(prefix, Some(&mut candidates)).map_err(std::io::Error::other)?;
        }
        Ok(candidates)
    }

    fn in_packs<T>(&self, id: &oid, read: impl FnOnce(&Pack, u32) -> Result<T>) -> Result<Option<T>> {
        if let Some(incoming) = self.store.incoming()
            && let Some(at) = incoming.position(id)
        {
            return read(incoming, at).map(Some);
        }
        let packs = self.packs.borrow();
        if let Some(pack) = packs.pack(self.last.get())
            && let Some(at) = pack.position(id)
        {
            return read(pack, at).map(Some);
        }
        match packs.places(id).next() {
            Some((number, pack, at)) => {
                self.last.set(number);
                read(pack, at).map(Some)
            }
            None => Ok(None),
        }
    }

    /// Lists the packs anew, if this reader does that, and says whether they are others now.
    fn look_again(&self) -> Result<bool> {
        if !self.refreshes {
            return Ok(false);
        }
        let fresh = self.store.packs()?;
        let before = self.packs.replace(Arc::clone(&fresh));
        Ok(!Arc::ptr_eq(&before, &fresh))
    }
}
