//! What a client gets, by way of bitmaps.

use flate2::{Decompress, FlushDecompress};
use gix_hash::{ObjectId, oid};
use gix_object::Kind;
use gix_pack::data::entry::Header;
use roaring::RoaringBitmap;

use super::closure::{Closure, Ground, closure};
use crate::commits::{Commits, Number};
use crate::filter::{Condition, Filter};
use crate::objects::Objects;
use crate::pack::packs::Pack;
use crate::work::Steps;
use crate::{Limits, Result};

/// What is wanted and what the client has, with tags peeled.
pub(crate) struct Asked<'a> {
    /// Commits that are wanted, by themselves or through a tag. No filter holds them back.
    pub(crate) starts: &'a [Number],
    /// Tags, trees and blobs that are wanted.
    pub(crate) others: &'a [(ObjectId, Kind)],
    /// Commits that the client has.
    pub(crate) haves: &'a [Number],
    /// Tags, trees and blobs that it has.
    pub(crate) had: &'a [ObjectId],
    pub(crate) filter: &'a Filter,
}

impl Asked<'_> {
    /// Whether bitmaps can answer. A tree that is asked for by name has rules of its own where something is left out.
    pub(crate) fn can_be_answered(&self) -> bool {
        let leaves_out =
            !self.haves.is_empty() || !self.had.is_empty() || !self.filter.conditions().is_empty();
        let has_trees = self.others.iter().any(|(_, kind)| *kind == Kind::Tree);
        let is_odd = self.starts.is_empty() || (leaves_out && has_trees);
        !is_odd && self.filter.conditions().iter().all(|one| !matches!(one, Condition::TreeDepth(1..)))
    }
}

/// All that has to be sent.
pub(crate) struct Answer {
    pub(crate) ground: Ground,
    pub(crate) set: Closure,
    had: Option<Closure>,
}

impl Answer {
    /// Whether the object is sent.
    pub(crate) fn sends(&self, id: &oid) -> bool {
        self.set.has(&self.ground.pack, id)
    }

    /// Whether the client has the object.
    pub(crate) fn is_at_client(&self, id: &oid) -> bool {
        self.had.as_ref().is_some_and(|had| had.has(&self.ground.pack, id))
    }

    /// Whether the client has the object of a rank.
    pub(crate) fn has_rank(&self, rank: u32) -> bool {
        self.had.as_ref().is_some_and(|had| had.ranks.contains(rank))
    }

    /// Sends one more object, unless the client has it.
    pub(crate) fn add(&mut self, id: &oid, kind: Kind) {
        if !self.is_at_client(id) {
            self.set.add(&self.ground.pack, id, kind, 0);
        }
    }

    /// Whether all of the closed pack is sent.
    pub(crate) fn is_whole(&self) -> bool {
        self.set.ranks.len() == u64::from(self.ground.pack.len())
            && self.set.ranks.max().is_none_or(|last| last < self.ground.pack.len())
    }

    /// How many objects are sent.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.set.ranks.len()).unwrap_or(usize::MAX).saturating_add(self.set.outside.len())
    }
}

/// Works out the answer to what [`Asked::can_be_answered`].
pub(crate) fn answer(
    ground: Ground,
    commits: &mut Commits<'_>,
    asked: &Asked<'_>,
    limits: &Limits,
) -> Result<Answer> {
    let had = if asked.haves.is_empty() && asked.had.is_empty() {
        None
    } else {
        let mut had = closure(&ground, commits, asked.haves, &[], None, limits)?;
        for id in asked.had {
            // Of what it leads to nothing is said: that would only be sent once more.
            had.add(&ground.pack, id, Kind::Blob, 0);
        }
        Some(had)
    };
    let is_tree = |other: &&(ObjectId, Kind)| other.1 == Kind::Tree;
    let trees: Vec<ObjectId> = asked.others.iter().filter(is_tree).map(|(id, _)| *id).collect();
    let mut set = closure(&ground, commits, asked.starts, &trees, had.as_ref(), limits)?;
    if let Some(had) = &had {
        set.subtract(had);
    }
    filter(&ground, &mut set, commits.objects(), commits.work(), asked.filter)?;
    let mut answer = Answer { ground, set, had };
    for number in asked.starts {
        answer.add(commits.id(*number), Kind::Commit);
    }
    for (id, kind) in asked.others {
        answer.add(id, *kind);
    }
    Ok(answer)
}

fn filter(
    ground: &Ground,
    set: &mut Closure,
    objects: &Objects,
    work: &dyn Steps,
    filter: &Filter,
) -> Result<()> {
    if filter.conditions().is_empty() {
        return Ok(());
    }
    for kind in [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag] {
        if !filter.shows(kind, 0) {
            set.ranks -= ground.reach.of_kind(kind);
        }
    }
    let limit = filter.blob_limit();
    if let Some(limit) = limit {
        let mut sizes = Sizes::new(&ground.pack);
        let mut large = RoaringBitmap::new();
        for rank in &set.ranks & ground.reach.of_kind(Kind::Blob) {
            work.step()?;
            let size = match sizes.size(rank)? {
                Some(size) => Some(size),
                None => {
                    ground.pack.id_of(rank).map_or(Ok(None), |id| objects.header(id))?.map(|(_, size)| size)
                }
            };
            if size.is_some_and(|size| size >= limit) {
                large.insert(rank);
            }
        }
        set.ranks -= large;
    }
    set.retain_outside(|item| {
        if !filter.shows(item.kind, 0) {
            return Ok(false);
        }
        match limit.filter(|_| item.kind == Kind::Blob) {
            Some(limit) => Ok(objects.header(&item.id)?.is_none_or(|(_, size)| size < limit)),
            None => Ok(true),
        }
    })
}

/// Reads the sizes of objects without unpacking more of them than the first bytes.
struct Sizes<'p> {
    pack: &'p Pack,
    inflate: Decompress,
}

impl<'p> Sizes<'p> {
    fn new(pack: &'p Pack) -> Self {
        Self { pack, inflate: Decompress::new(true) }
    }

    /// The size of the object of a rank; nothing where its delta cannot be read.
    fn size(&mut self, rank: u32) -> Result<Option<u64>> {
        let entry = self.pack.entry(self.pack.start_of(rank))?;
        if !matches!(entry.header, Header::OfsDelta { .. } | Header::RefDelta { .. }) {
            return Ok(Some(entry.decompressed_size));
        }
        let body = self.pack.slice(entry.data_offset, self.pack.start_of(rank + 1))?;
        // A delta begins with two numbers of at most ten bytes: the size of its base, and its own.
        let mut head = [0; 20];
        self.inflate.reset(true);
        let done = self.inflate.decompress(body, &mut head, FlushDecompress::None);
        let length = usize::try_from(self.inflate.total_out()).unwrap_or_default();
        let mut head = head.iter().take(length);
        Ok(done.ok().and_then(|_| {
            let _base = number(&mut head)?;
            number(&mut head)
        }))
    }
}

fn number<'b>(bytes: &mut impl Iterator<Item = &'b u8>) -> Option<u64> {
    let (mut value, mut shift) = (0_u64, 0_u32);
    loop {
        let byte = bytes.next()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        shift += 7;
    }
}
