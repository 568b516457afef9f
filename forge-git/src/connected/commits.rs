//! Walks of history: which commits are new, and who descends from whom.

use std::collections::BinaryHeap;

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use super::{Objects, Seen, missing, wrong_kind};
use crate::hash::{self, IdMap, IdSet};
use crate::{Cancel, Error, Head, ObjectStore, RefSnapshot, Result};

/// How much older than its child a commit may claim to be younger: clocks of committers disagree.
const CLOCK_SLOP: i64 = 24 * 60 * 60;

/// What is needed of a commit.
#[derive(Debug, Clone)]
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) date: i64,
}

/// Reads the headers. They were checked when they came in, but old objects may be anything.
pub(super) fn parse(bytes: &[u8], format: ObjectFormat) -> Option<Commit> {
    let mut tree = None;
    let mut parents = Vec::new();
    let mut date = 0;
    for line in bytes.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
        let id = |hex: &[u8]| {
            let hex = std::str::from_utf8(hex).ok()?;
            hex.parse::<ObjectId>().ok().filter(|id| id.format() == format)
        };
        if let Some(hex) = line.strip_prefix(b"tree ") {
            tree = Some(id(hex)?);
        } else if let Some(hex) = line.strip_prefix(b"parent ") {
            parents.push(id(hex)?);
        } else if let Some(who) = line.strip_prefix(b"committer ") {
            let after_email =
                who.rsplit(|byte| *byte == b'>').next().and_then(|part| std::str::from_utf8(part).ok());
            let text = after_email.and_then(|text| text.split_ascii_whitespace().next()).unwrap_or_default();
            date = text.parse().unwrap_or(0);
            break;
        }
    }
    Some(Commit { tree: tree?, parents, date })
}

/// Trees of old commits that are kept to compare with. More would only make the comparison longer.
const MAX_BORDER: usize = 8;

/// Finds the commits that existing refs do not reach.
pub(super) struct Walk<'a> {
    objects: &'a Objects<'a>,
    cancel: &'a Cancel,
    /// What refs name, tags followed.
    old_tips: Vec<ObjectId>,
    /// Commits known to be reached by refs.
    old: IdSet,
    head: Option<ObjectId>,
    /// How far refs were walked: from nowhere, from `HEAD`, from everywhere.
    history: Vec<OldHistory<'a>>,
    seen: Seen,
    todo: Vec<ObjectId>,
    /// Trees of old commits at which the walk stopped.
    border: Vec<ObjectId>,
    buffer: Vec<u8>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(objects: &'a Objects<'a>, refs: &RefSnapshot, cancel: &'a Cancel) -> Self {
        let old_tips: Vec<ObjectId> = refs
            .refs()
            .iter()
            .map(|found| found.peeled.unwrap_or(found.target))
            .chain(refs.head().and_then(|head| match head {
                Head::Detached(id) => Some(*id),
                Head::Symbolic(_) => None,
            }))
            .collect();
        let old = old_tips.iter().map(hash::to_gix).collect();
        let head = refs.head_target().copied();
        Self {
            objects,
            cancel,
            old_tips,
            old,
            head,
            history: Vec::new(),
            seen: Seen::default(),
            todo: Vec::new(),
            border: Vec::new(),
            buffer: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, tip: ObjectId) {
        self.todo.push(tip);
    }

    /// The tree of the next new commit.
    pub(super) fn next(&mut self) -> Result<Option<ObjectId>> {
        while let Some(id) = self.todo.pop() {
            self.cancel.check()?;
            if !self.seen.add(&id) {
                continue;
            }
            let is_old = self.is_old(&id)?;
            if is_old && self.border.len() >= MAX_BORDER {
                continue;
            }
            let commit = self.read(&id)?;
            if is_old {
                self.border.push(commit.tree);
                continue;
            }
            self.todo.extend(commit.parents);
            return Ok(Some(commit.tree));
        }
        Ok(None)
    }

    /// Trees that are complete because refs reach them; to be asked for when the walk is over.
    pub(super) fn into_border(self) -> Vec<ObjectId> {
        self.border
    }

    fn read(&mut self, id: &ObjectId) -> Result<Commit> {
        self.objects.read(id, Kind::Commit, &mut self.buffer)?;
        parse(&self.buffer, self.objects.format)
            .ok_or_else(|| Error::invalid(format!("commit {id} cannot be read")))
    }

    /// Whether refs reach the commit. A `false` only means that it was not proven.
    fn is_old(&mut self, id: &ObjectId) -> Result<bool> {
        if self.old.contains(&hash::to_gix(id)) {
            return Ok(true);
        }
        if self.old_tips.is_empty() {
            return Ok(false);
        }
        match self.objects.sent_kind(id) {
            // What was sent is taken for new: to look into too much is never wrong.
            Some(Kind::Commit) => return Ok(false),
            Some(other) => return Err(wrong_kind(id, other, Kind::Commit)),
            None => {}
        }
        let date = self.read(id)?.date;
        if self.history.is_empty() {
            let from_head: Vec<ObjectId> = self.head.into_iter().collect();
            self.history.push(OldHistory::new(self.objects, &from_head));
        }
        if self.history.iter_mut().any(|history| history.contains(id)) {
            return Ok(true);
        }
        for at in 0..2 {
            if at == self.history.len() {
                self.history.push(OldHistory::new(self.objects, &self.old_tips));
            }
            if let Some(history) = self.history.get_mut(at)
                && history.walk_to(id, date, self.cancel)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// History from some tips back, walked no further than was asked for.
struct OldHistory<'a> {
    objects: &'a Objects<'a>,
    reached: IdSet,
    queue: BinaryHeap<(i64, ObjectId)>,
    tips: Vec<ObjectId>,
}

impl<'a> OldHistory<'a> {
    fn new(objects: &'a Objects<'a>, tips: &[ObjectId]) -> Self {
        Self { objects, reached: IdSet::default(), queue: BinaryHeap::new(), tips: tips.to_vec() }
    }

    fn contains(&self, id: &ObjectId) -> bool {
        self.reached.contains(&hash::to_gix(id))
    }

    fn walk_to(&mut self, id: &ObjectId, date: i64, cancel: &Cancel) -> Result<bool> {
        for tip in std::mem::take(&mut self.tips) {
            cancel.check()?;
            self.reach(tip)?;
        }
        while !self.contains(id) {
            cancel.check()?;
            let Some((newest, _)) = self.queue.peek() else { return Ok(false) };
            if newest.saturating_add(CLOCK_SLOP) < date {
                return Ok(false);
            }
            let Some((_, next)) = self.queue.pop() else { return Ok(false) };
            for parent in self.objects.old_commit(&next)?.map(|commit| commit.parents).unwrap_or_default() {
                self.reach(parent)?;
            }
        }
        Ok(true)
    }

    /// Takes note of a commit. What is no commit or not there (a shallow end) proves nothing and is left out.
    fn reach(&mut self, id: ObjectId) -> Result<()> {
        if !self.contains(&id)
            && let Some(commit) = self.objects.old_commit(&id)?
        {
            self.reached.insert(hash::to_gix(&id));
            self.queue.push((commit.date, id));
        }
        Ok(())
    }
}

const OLD: u8 = 1;
const NEW: u8 = 2;

/// Whether `old` is `new` or an ancestor of it.
///
/// Walks both histories back by date until only common ground is left.
pub fn is_ancestor(store: &ObjectStore, old: &ObjectId, new: &ObjectId, cancel: &Cancel) -> Result<bool> {
    let objects = Objects::new(store, &[]);
    if old == new {
        return Ok(true);
    }
    for id in [old, new] {
        match objects.kind(id)? {
            Some(Kind::Commit) => {}
            Some(_) => return Ok(false),
            None => return Err(missing(id, Kind::Commit)),
        }
    }
    let generation = |id: &ObjectId| store.commit_graph()?.generation(&hash::to_gix(id));
    if let (Some(old), Some(new)) = (generation(old), generation(new))
        && new <= old
    {
        // A commit reaches only commits of lower generations.
        return Ok(false);
    }
    let mut flags: IdMap<u8> = IdMap::default();
    let mut queue: BinaryHeap<(i64, ObjectId)> = BinaryHeap::new();
    // What waits in the queue and is reached from the new side only.
    let mut only_new = IdSet::default();
    let mut bytes = Vec::new();
    let mut pending = vec![(*old, OLD), (*new, NEW)];
    loop {
        for (id, flag) in std::mem::take(&mut pending) {
            // The end of a shallow history.
            if objects.kind(&id)? != Some(Kind::Commit) {
                continue;
            }
            let known = flags.entry(hash::to_gix(&id)).or_insert(0);
            let before = *known;
            *known |= flag;
            if before == *known {
                continue;
            }
            if id == *old && *known == OLD | NEW {
                return Ok(true);
            }
            if *known == NEW {
                only_new.insert(hash::to_gix(&id))
            } else {
                only_new.remove(&hash::to_gix(&id))
            };
            objects.read(&id, Kind::Commit, &mut bytes)?;
            queue.push((parse(&bytes, objects.format).map_or(0, |commit| commit.date), id));
        }
        cancel.check()?;
        // Common ground does not lead to the old tip, so without the rest there is no way left.
        if only_new.is_empty() {
            return Ok(false);
        }
        let Some((_, id)) = queue.pop() else { return Ok(false) };
        only_new.remove(&hash::to_gix(&id));
        let flag = flags.get(&hash::to_gix(&id)).copied().unwrap_or_default();
        objects.read(&id, Kind::Commit, &mut bytes)?;
        let parents = parse(&bytes, objects.format).map(|commit| commit.parents).unwrap_or_default();
        pending.extend(parents.into_iter().map(|parent| (parent, flag)));
    }
}

/// Whether a ref that comes to `new` brings a merge of histories that none of the `known` commits has.
///
/// Follows first parents only: until the first merge a history has no others, and behind what is known nothing is new.
pub fn has_new_merge(
    store: &ObjectStore,
    known: &[ObjectId],
    new: &ObjectId,
    cancel: &Cancel,
) -> Result<bool> {
    let objects = Objects::new(store, &[]);
    let mut bytes = Vec::new();
    let mut at = *new;
    while !known.contains(&at) && objects.kind(&at)? == Some(Kind::Commit) {
        cancel.check()?;
        objects.read(&at, Kind::Commit, &mut bytes)?;
        let parents = parse(&bytes, objects.format).map(|commit| commit.parents).unwrap_or_default();
        if parents.len() > 1 {
            for tip in known {
                if is_ancestor(store, &at, tip, cancel)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let Some(parent) = parents.into_iter().next() else { return Ok(false) };
        at = parent;
    }
    Ok(false)
}
