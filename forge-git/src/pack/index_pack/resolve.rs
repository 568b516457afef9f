//! Unfolds deltas, from each base down to the deltas of its deltas.

use forge_core::ObjectId;
use gix_object::Kind;

use super::table::Children;
use super::{Indexer, delta};
use crate::receive::progress::Stage;
use crate::{Error, Result};

/// How long a chain of deltas may be. Git itself makes none longer than 4,095.
const MAX_DEPTH: usize = 4_096;

/// One object on the way from a whole object down to the delta at hand.
struct Frame {
    /// Its entry; nothing for an object that the repository had before.
    position: Option<usize>,
    /// Its bytes, unless they were let go.
    bytes: Option<Vec<u8>>,
    size: u64,
    children: Children,
}

/// Where a chain of deltas starts.
pub(super) struct Root {
    pub(super) position: Option<usize>,
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    /// Its bytes, if the pack cannot give them back.
    pub(super) bytes: Option<Vec<u8>>,
}

impl Indexer<'_, '_> {
    /// Unfolds all deltas of objects that are whole in the pack.
    pub(super) fn resolve(&mut self) -> Result<()> {
        for position in 0..self.table.entries.len() {
            // Deltas that are known by now were unfolded with their bases, and all of theirs with them.
            let entry = self.table.entries.get(position).copied();
            if let Some((entry, kind)) = entry.and_then(|entry| entry.kind.map(|kind| (entry, kind))) {
                self.resolve_from(Root { position: Some(position), id: entry.id, kind, bytes: None })?;
            }
        }
        Ok(())
    }

    /// Unfolds all deltas that start from one object.
    pub(super) fn resolve_from(&mut self, root: Root) -> Result<()> {
        let children = match root.position {
            Some(position) => self.table.children(position, &root.id),
            None => self.table.children_of_name(&root.id),
        };
        if children.is_empty() {
            return Ok(());
        }
        let size = match (&root.bytes, root.position.and_then(|position| self.table.entries.get(position))) {
            (Some(bytes), _) => length(bytes),
            (None, Some(entry)) => entry.inflated,
            (None, None) => return Ok(()),
        };
        let mut stack = vec![Frame { position: root.position, bytes: root.bytes, size, children }];
        while let Some(top) = stack.last_mut() {
            let Some(child) = self.table.next_child(&mut top.children) else {
                stack.pop();
                continue;
            };
            if stack.len() > MAX_DEPTH {
                let limit = u64::try_from(MAX_DEPTH).unwrap_or(u64::MAX);
                return Err(Error::TooLarge { what: "the length of a chain of deltas", limit });
            }
            self.tell_progress()?;
            let bytes = self.unfold(&mut stack, child)?;
            let id = self.accept(root.kind, &bytes)?;
            let size = length(&bytes);
            if let Some(entry) = self.table.entries.get_mut(child) {
                entry.kind = Some(root.kind);
                entry.id = id;
                entry.size = size;
            }
            let children = self.table.children(child, &id);
            self.forget(&mut stack);
            if !children.is_empty() {
                stack.push(Frame { position: Some(child), bytes: Some(bytes), size, children });
            }
        }
        Ok(())
    }

    fn tell_progress(&mut self) -> Result<()> {
        self.request.cancel.check()?;
        self.done = self.done.saturating_add(1);
        let total = u64::try_from(self.table.deltas()).unwrap_or(u64::MAX);
        self.request.progress.step(Stage::Indexing, self.done, total)
    }

    /// Makes the object of a delta whose base is the top of the stack.
    fn unfold(&mut self, stack: &mut [Frame], child: usize) -> Result<Vec<u8>> {
        self.restore(stack)?;
        let recipe = self.file.inflate(&self.table, child)?;
        let (sizes, _) = delta::sizes(&recipe)?;
        self.budget.make(sizes.result)?;
        let base = stack.last().and_then(|top| top.bytes.as_deref()).unwrap_or_default();
        delta::apply(base, &recipe)
    }

    /// Makes sure that the bytes of the top are in memory, making them again if they were let go.
    fn restore(&mut self, stack: &mut [Frame]) -> Result<()> {
        let Some(from) = stack.iter().rposition(|frame| frame.bytes.is_some()) else {
            return self.restore_from_root(stack);
        };
        let count = stack.len() - from - 1;
        if count == 0 {
            return Ok(());
        }
        let mut bytes: Option<Vec<u8>> = None;
        for index in from + 1..stack.len() {
            self.request.cancel.check()?;
            let base = match &bytes {
                Some(bytes) => bytes.as_slice(),
                None => stack.get(from).and_then(|frame| frame.bytes.as_deref()).unwrap_or_default(),
            };
            let Some(frame) = stack.get(index) else { break };
            self.budget.make_again(frame.size)?;
            let position = frame.position.ok_or_else(|| Error::corrupt("a base is gone"))?;
            let recipe = self.file.inflate(&self.table, position)?;
            bytes = Some(delta::apply(base, &recipe)?);
        }
        if let Some(top) = stack.last_mut() {
            top.bytes = bytes;
        }
        Ok(())
    }

    fn restore_from_root(&mut self, stack: &mut [Frame]) -> Result<()> {
        if let Some(root) = stack.first_mut() {
            let position = root.position.ok_or_else(|| Error::corrupt("a base is gone"))?;
            self.budget.make_again(root.size)?;
            root.bytes = Some(self.file.inflate(&self.table, position)?);
        }
        self.restore(stack)
    }

    /// Lets go of bytes that are not needed again, and of the eldest if all together are too many.
    fn forget(&mut self, stack: &mut [Frame]) {
        for frame in stack.iter_mut() {
            // The root of a thin chain cannot be read back from the pack.
            if frame.children.is_empty() && frame.position.is_some() {
                frame.bytes = None;
            }
        }
        let mut held: u64 = stack.iter().filter(|frame| frame.bytes.is_some()).map(|frame| frame.size).sum();
        let last = stack.len().saturating_sub(1);
        for (index, frame) in stack.iter_mut().enumerate() {
            let can_go = index < last && frame.bytes.is_some() && frame.position.is_some();
            if held > self.budget.memory() && can_go {
                frame.bytes = None;
                held = held.saturating_sub(frame.size);
            }
        }
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
