//! How much a pack may unfold to.
//!
//! Plain limits are not enough: sixteen kilobytes of deltas can ask for gigabytes of memory and minutes of work, each
//! object within its limit. So the allowance grows with what was really sent. It is generous to long histories of one
//! large file (a megabyte may unfold to more than any limit) and mean to the very small.

use crate::{Error, Limits, Result};

/// What even the smallest pack may unfold to, in all.
const FLOOR: u64 = 64 << 20;
/// What one object of the smallest pack may unfold to.
const OBJECT_FLOOR: u64 = 16 << 20;
/// One object may be this many times as long as the pack. Deflate alone reaches 1,032.
const OBJECT_RATIO: u64 = 1_100;
/// Objects made again because their memory was needed may cost this many times the first making.
const AGAIN: u64 = 4;

/// Counts what deltas unfold to.
#[derive(Debug)]
pub(super) struct Budget {
    pack: u64,
    limits: Limits,
    deltas: u64,
    credit: u64,
    object_credit: u64,
    spent: u64,
    again: u64,
}

impl Budget {
    /// Starts when the whole pack is there and `inflated` bytes have come out of it.
    pub(super) fn new(pack: u64, deltas: usize, inflated: u64, limits: &Limits) -> Self {
        let deltas = u64::try_from(deltas).unwrap_or(u64::MAX);
        Self { pack, limits: limits.clone(), deltas, credit: 0, object_credit: 0, spent: inflated, again: 0 }
    }

    /// An object that is in the repository already may be varied by any delta.
    pub(super) fn lean_on(&mut self, size: u64) {
        self.credit =
            self.credit.saturating_add(size.saturating_mul(self.deltas.saturating_add(1)).saturating_mul(2));
        self.object_credit = self.object_credit.max(size.saturating_mul(4));
    }

    /// Takes note of an object that is about to be made.
    pub(super) fn make(&mut self, size: u64) -> Result<()> {
        if size > self.limits.max_object_bytes {
            let limit = self.limits.max_object_bytes;
            return Err(Error::TooLarge { what: "the size of an object in bytes", limit });
        }
        let one = self.pack.saturating_mul(OBJECT_RATIO).max(OBJECT_FLOOR).saturating_add(self.object_credit);
        if size > one {
            return Err(Error::TooLarge {
                what: "what an object unfolds to, for so small a pack,",
                limit: one,
            });
        }
        self.spent = self.spent.saturating_add(size);
        let all = self.allowance();
        if self.spent > all {
            return Err(Error::TooLarge { what: "what the pack unfolds to in bytes", limit: all });
        }
        Ok(())
    }

    /// Takes note of an object that has to be made again.
    pub(super) fn make_again(&mut self, size: u64) -> Result<()> {
        self.again = self.again.saturating_add(size);
        let all = self.allowance().saturating_mul(AGAIN);
        if self.again > all {
            return Err(Error::TooLarge { what: "the work of unfolding the pack in bytes", limit: all });
        }
        Ok(())
    }

    /// Bytes of bases that may be kept at once.
    pub(super) fn memory(&self) -> u64 {
        self.pack.saturating_mul(OBJECT_RATIO).clamp(24 << 20, 96 << 20)
    }

    fn allowance(&self) -> u64 {
        let square = self.pack.saturating_mul(self.pack) / 4;
        square.max(FLOOR).saturating_add(self.credit).min(self.limits.max_inflated_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_packs_unfold_to_little_and_large_ones_to_the_limit() {
        let limits = Limits::default();
        let mut small = Budget::new(16 << 10, 500, 0, &limits);
        assert!(small.make(33 << 20).is_err());
        assert!((0..100).any(|_| small.make(16 << 20).is_err()));
        let mut large = Budget::new(2 << 20, 5_000, 0, &limits);
        for _ in 0..1_000 {
            large.make(10 << 20).unwrap();
        }
    }

    #[test]
    fn bases_of_the_repository_give_credit() {
        let mut budget = Budget::new(200, 3, 0, &Limits::default());
        assert!(budget.make(200 << 20).is_err());
        budget.lean_on(200 << 20);
        for _ in 0..3 {
            budget.make(210 << 20).unwrap();
        }
        assert!(budget.make(513 << 20).is_err());
    }
}
