//! Reading objects one by one.

use std::cell::RefCell;
use std::sync::Arc;

use gix_hash::oid;
use gix_object::{Data, Kind};
use gix_odb::Header as _;
use gix_pack::Bundle;
use gix_pack::data::decode::header::ResolvedBase;

use crate::Result;

/// Bytes of unpacked delta bases that one handle remembers.
const PACK_CACHE: usize = 32 << 20;

type PackCache = gix_pack::cache::lru::MemoryCappedHashmap;

/// A reader of objects. Cheap to make; one per request and thread.
pub struct Handle {
    main: gix_odb::HandleArc,
    incoming: Option<Incoming>,
}

/// A pack on trial, asked before the store that it may become a part of.
struct Incoming {
    pack: Arc<Bundle>,
    inflate: RefCell<gix_zlib::Inflate>,
    cache: RefCell<PackCache>,
}

impl Handle {
    pub(super) fn new(store: &Arc<gix_odb::Store>, incoming: Option<&Arc<Bundle>>) -> Self {
        let mut main = store.to_cache_arc();
        main.prevent_pack_unload();
        main.ignore_replacements = true;
        let main = main.with_pack_cache(|| Box::new(PackCache::new(PACK_CACHE)));
        let incoming = incoming.map(|pack| Incoming {
            pack: Arc::clone(pack),
            inflate: RefCell::default(),
            cache: RefCell::new(PackCache::new(PACK_CACHE)),
        });
        Self { main, incoming }
    }

    /// Never lists the pack directory again, for look-ups that often miss.
    pub(super) fn never_refresh(&mut self) {
        self.main.refresh_never();
    }

    /// Remembers whole objects, as many as fit into so many bytes.
    pub(crate) fn with_object_cache(mut self, bytes: usize) -> Self {
        self.main = self
            .main
            .with_object_cache(move || Box::new(gix_pack::cache::object::MemoryCappedHashmap::new(bytes)));
        self
    }

    /// The kind and size of an object, if it is there.
    pub(crate) fn header(&self, id: &oid) -> Result<Option<(Kind, u64)>> {
        if let Some(incoming) = &self.incoming
            && let Some(at) = incoming.pack.index.lookup(id)
        {
            return incoming.header(at).map(Some);
        }
        Ok((*self.main).try_header(id)?.map(|header| (header.kind(), header.size())))
    }

    /// Every object whose name starts so; of incoming ones, none.
    pub(crate) fn with_prefix(
        &self,
        prefix: gix_hash::Prefix,
    ) -> Result<std::collections::HashSet<gix_hash::ObjectId>> {
        let mut candidates = std::collections::HashSet::new();
        self.main.lookup_prefix(prefix, Some(&mut candidates))?;
        Ok(candidates)
    }
}

impl Incoming {
    fn header(&self, at: u32) -> Result<(Kind, u64)> {
        let Bundle { pack, index } = &*self.pack;
        let entry = pack.entry(index.pack_offset_at_index(at))?;
        let base = |id: &oid| {
            let found = index.lookup(id).map(|at| pack.entry(index.pack_offset_at_index(at)));
            Ok(found.transpose()?.map(ResolvedBase::InPack))
        };
        let header = pack.decode_header(entry, &mut self.inflate.borrow_mut(), &base)?;
        Ok((header.kind, header.object_size))
    }
}

impl gix_object::Find for Handle {
    fn try_find<'a>(&self, id: &oid, buffer: &'a mut Vec<u8>) -> gix::error::Result<Option<Data<'a>>> {
        if let Some(incoming) = &self.incoming
            && let Some(at) = incoming.pack.index.lookup(id)
        {
            let mut inflate = incoming.inflate.borrow_mut();
            let mut cache = incoming.cache.borrow_mut();
            let (data, _) = incoming.pack.get_object_by_index(at, buffer, &mut inflate, &mut *cache)?;
            return Ok(Some(data));
        }
        gix_object::Find::try_find(&self.main, id, buffer)
    }
}

impl gix_object::Exists for Handle {
    fn exists(&self, id: &oid) -> bool {
        self.incoming.as_ref().is_some_and(|incoming| incoming.pack.index.lookup(id).is_some())
            || gix_object::Exists::exists(&self.main, id)
    }
}
