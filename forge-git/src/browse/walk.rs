//! A queue of commits, newest first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use gix_hash::ObjectId;

/// Commits that wait to be looked at: newest first, and of the same second the one that came first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<(i64, Reverse<u64>, ObjectId)>,
    pushed: u64,
}

impl Queue {
    /// Adds a commit with its committer's time.
    pub(super) fn push(&mut self, time: i64, id: ObjectId) {
        self.heap.push((time, Reverse(self.pushed), id));
        self.pushed += 1;
    }

    /// Takes the newest.
    pub(super) fn pop(&mut self) -> Option<ObjectId> {
        self.heap.pop().map(|(_, _, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_first_then_as_they_came() {
        let id = |byte| ObjectId::Sha1([byte; 20]);
        let mut queue = Queue::default();
        for (time, byte) in [(5, 1), (9, 2), (5, 3), (9, 0)] {
            queue.push(time, id(byte));
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [id(2), id(0), id(1), id(3)]);
    }
}
