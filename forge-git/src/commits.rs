//! The part of history that one request has looked at.
//!
//! Commits get small numbers in the order in which they are met, so that every walk of a request shares what was read and
//! keeps its own marks in plain vectors. A store that is itself shallow cuts the parents of some commits for everybody; the
//! cuts of a shallow client are a matter of each walk.

use std::ops::Range;

use gix_hash::{ObjectId, oid};
use gix_object::Kind;

use crate::Result;
use crate::hash::{IdMap, IdSet};
use crate::objects::Objects;
use crate::work::Steps;

/// The number of a commit within one [`Commits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Number(u32);

impl Number {
    pub(crate) fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

struct Node {
    id: ObjectId,
    tree: ObjectId,
    time: i64,
    /// Into `Commits::parents`; nothing while the commit was not read.
    parents: Option<Range<usize>>,
}

/// Commits met so far.
pub(crate) struct Commits<'a> {
    objects: &'a Objects,
    work: &'a dyn Steps,
    numbers: IdMap<Number>,
    nodes: Vec<Node>,
    parents: Vec<Number>,
    cut: IdSet,
}

impl<'a> Commits<'a> {
    /// `cut` are the commits whose parents this store does not have.
    pub(crate) fn new(objects: &'a Objects, cut: IdSet, work: &'a dyn Steps) -> Self {
        Self { objects, work, numbers: IdMap::default(), nodes: Vec::new(), parents: Vec::new(), cut }
    }

    /// The same commits, with another watcher over what comes.
    pub(crate) fn watched<'b>(self, work: &'b dyn Steps) -> Commits<'b>
    where
        'a: 'b,
    {
        Commits { work, ..self }
    }

    pub(crate) fn objects(&self) -> &'a Objects {
        self.objects
    }

    pub(crate) fn work(&self) -> &'a dyn Steps {
        self.work
    }

    /// The number of an id that is known to be a commit.
    pub(crate) fn number(&mut self, id: &oid) -> Number {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = Number(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let null = ObjectId::null(id.kind());
        self.nodes.push(Node { id: id.to_owned(), tree: null, time: 0, parents: None });
        self.numbers.insert(id.to_owned(), number);
        number
    }

    /// The number of the commit behind an id, over tags; nothing if it leads elsewhere or is not there.
    pub(crate) fn peel(&mut self, id: &oid) -> Result<Option<Number>> {
        if let Some(number) = self.numbers.get(id) {
            return Ok(Some(*number));
        }
        let peeled = self.objects.peel(id)?;
        Ok(peeled.filter(|(_, kind)| *kind == Kind::Commit).map(|(id, _)| self.number(&id)))
    }

    pub(crate) fn id(&self, number: Number) -> &ObjectId {
        #[expect(clippy::indexing_slicing, reason = "numbers are only made together with their nodes")]
        &self.nodes[number.index()].id
    }

    /// Whether the store itself lacks the parents.
    pub(crate) fn is_cut(&self, number: Number) -> bool {
        !self.cut.is_empty() && self.cut.contains(self.id(number))
    }

    /// Whether the store has the commit at all.
    pub(crate) fn is_there(&self, number: Number) -> Result<bool> {
        Ok(self.objects.kind(self.id(number))?.is_some())
    }

    pub(crate) fn time(&mut self, number: Number) -> Result<i64> {
        self.read(number)?;
        Ok(self.node(number).time)
    }

    pub(crate) fn tree(&mut self, number: Number) -> Result<ObjectId> {
        self.read(number)?;
        Ok(self.node(number).tree)
    }

    /// Where the parents are; take them one by one with [`Self::parent`].
    pub(crate) fn parents(&mut self, number: Number) -> Result<Range<usize>> {
        self.read(number)?;
        Ok(self.node(number).parents.clone().unwrap_or_default())
    }

    pub(crate) fn parent(&self, at: usize) -> Number {
        #[expect(clippy::indexing_slicing, reason = "ranges are only made together with their parents")]
        self.parents[at]
    }

    fn node(&self, number: Number) -> &Node {
        #[expect(clippy::indexing_slicing, reason = "numbers are only made together with their nodes")]
        &self.nodes[number.index()]
    }

    fn read(&mut self, number: Number) -> Result<()> {
        if self.node(number).parents.is_some() {
            return Ok(());
        }
        self.work.step()?;
        let id = self.node(number).id;
        let facts = self.objects.history(&id)?;
        let start = self.parents.len();
        if !self.cut.contains(&id) {
            for parent in &facts.parents {
                let parent = self.number(parent);
                self.parents.push(parent);
            }
        }
        let range = start..self.parents.len();
        #[expect(clippy::indexing_slicing, reason = "numbers are only made together with their nodes")]
        let node = &mut self.nodes[number.index()];
        node.tree = facts.tree;
        node.time = facts.time;
        node.parents = Some(range);
        Ok(())
    }
}

/// Marks on commits, one byte each, for one walk.
#[derive(Debug, Default)]
pub(crate) struct Marks(Vec<u8>);

impl Marks {
    pub(crate) fn has(&self, number: Number, mark: u8) -> bool {
        self.0.get(number.index()).is_some_and(|marks| marks & mark != 0)
    }

    /// Adds marks; `true` if one of them is new.
    pub(crate) fn add(&mut self, number: Number, mark: u8) -> bool {
        let index = number.index();
        if index >= self.0.len() {
            self.0.resize(index + 1, 0);
        }
        let Some(marks) = self.0.get_mut(index) else { return false };
        let new = *marks & mark != mark;
        *marks |= mark;
        new
    }

    pub(crate) fn remove(&mut self, number: Number, mark: u8) {
        if let Some(marks) = self.0.get_mut(number.index()) {
            *marks &= !mark;
        }
    }
}
