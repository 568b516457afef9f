//! What is known of each entry of a pack that is being indexed.

use forge_core::ObjectId;
use gix_object::Kind;

/// One entry: 80 bytes, so that ten million of them fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Where it starts.
    pub(super) offset: u64,
    /// Bytes in the pack before the deflated part.
    pub(super) header: u64,
    /// Bytes of its deflated part when inflated: the object itself, or a delta.
    pub(super) inflated: u64,
    /// Bytes of the object; zero until that is known.
    pub(super) size: u64,
    pub(super) crc32: u32,
    /// What it turned out to be; nothing while its base is unknown.
    pub(super) kind: Option<Kind>,
    /// Its name, once it is known.
    pub(super) id: ObjectId,
}

/// Entries in the order of the pack, and who is a delta of whom.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
    /// Deltas by the position of their base, sorted.
    by_position: Vec<(usize, usize)>,
    /// Deltas by the name of their base, sorted.
    by_name: Vec<(ObjectId, usize)>,
}

/// The deltas of one base that are still to be looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Children {
    by_position: std::ops::Range<usize>,
    by_name: std::ops::Range<usize>,
}

impl Children {
    pub(super) fn is_empty(&self) -> bool {
        self.by_position.is_empty() && self.by_name.is_empty()
    }
}

impl Table {
    pub(super) fn push_offset_delta(&mut self, base: usize, entry: Entry) {
        self.by_position.push((base, self.entries.len()));
        self.entries.push(entry);
    }

    pub(super) fn push_named_delta(&mut self, base: ObjectId, entry: Entry) {
        self.by_name.push((base, self.entries.len()));
        self.entries.push(entry);
    }

    /// Must be called once all entries are in and before children are asked for.
    pub(super) fn sort(&mut self) {
        self.by_position.sort_unstable();
        self.by_name.sort_unstable();
    }

    /// The entry that starts exactly there.
    pub(super) fn starting_at(&self, offset: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&offset, |entry| entry.offset).ok()
    }

    pub(super) fn deltas(&self) -> usize {
        self.by_position.len().saturating_add(self.by_name.len())
    }

    /// The deltas of an entry.
    pub(super) fn children(&self, position: usize, id: &ObjectId) -> Children {
        let start = self.by_position.partition_point(|(base, _)| *base < position);
        let end = self.by_position.partition_point(|(base, _)| *base <= position);
        Children { by_position: start..end, ..self.children_of_name(id) }
    }

    /// The deltas of an object that is not in the pack.
    pub(super) fn children_of_name(&self, id: &ObjectId) -> Children {
        let start = self.by_name.partition_point(|(base, _)| base < id);
        let end = self.by_name.partition_point(|(base, _)| base <= id);
        Children { by_position: 0..0, by_name: start..end }
    }

    /// Takes the next delta that is not resolved.
    pub(super) fn next_child(&self, children: &mut Children) -> Option<usize> {
        loop {
            let child = match children.by_position.next() {
                Some(at) => self.by_position.get(at).map(|(_, child)| *child),
                None => children.by_name.next().and_then(|at| self.by_name.get(at)).map(|(_, child)| *child),
            }?;
            if self.entries.get(child).is_some_and(|entry| entry.kind.is_none()) {
                return Some(child);
            }
        }
    }

    /// Names of bases that deltas wait for, in the order of those deltas in the pack.
    pub(super) fn missing_bases(&self) -> Vec<ObjectId> {
        let is_open = |child: &usize| self.entries.get(*child).is_some_and(|entry| entry.kind.is_none());
        let mut bases: Vec<(usize, ObjectId)> = self
            .by_name
            .iter()
            .filter(|(_, child)| is_open(child))
            .map(|(base, child)| (*child, *base))
            .collect();
        bases.sort_unstable();
        let mut seen = std::collections::BTreeSet::new();
        bases.into_iter().map(|(_, base)| base).filter(|base| seen.insert(*base)).collect()
    }

    /// Whether deltas wait for this object.
    pub(super) fn has_open_children(&self, id: &ObjectId) -> bool {
        self.next_child(&mut self.children_of_name(id)).is_some()
    }

    /// The names of all entries with their positions, sorted.
    pub(super) fn names(&self) -> Vec<(ObjectId, usize)> {
        let mut names: Vec<_> = self.entries.iter().enumerate().map(|(at, entry)| (entry.id, at)).collect();
        names.sort_unstable();
        names
    }

    /// What each delta was made against.
    pub(super) fn bases(&self) -> impl Iterator<Item = (usize, Base)> + '_ {
        let by_position = self.by_position.iter().map(|(base, child)| (*child, Base::Entry(*base)));
        by_position.chain(self.by_name.iter().map(|(base, child)| (*child, Base::Name(*base))))
    }
}

/// How a delta names its base.
#[derive(Debug, Clone, Copy)]
pub(super) enum Base {
    Entry(usize),
    Name(ObjectId),
}
