//! How much one request may ask for, and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Bounds on a single fetch or push. Plain numbers; the defaults suit a server of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a received pack, as sent. Default 2 GiB.
    pub max_pack_bytes: u64,
    /// Bytes of one object after inflation. Default 512 MiB.
    pub max_object_bytes: u64,
    /// Objects announced by a received pack. Default 10 million.
    pub max_objects: u64,
    /// Bytes of all objects of a received pack after inflation and delta application. Default 64 GiB.
    pub max_inflated_bytes: u64,
    /// Objects that a received thin pack may lean on. Default 1 million.
    pub max_thin_bases: u64,
    /// Ref updates in one push. Default 10,000.
    pub max_refs_per_push: u64,
    /// Bytes of all commands of one push. Default 16 MiB.
    pub max_command_bytes: u64,
    /// Push options in one push. Default 32.
    pub max_push_options: u64,
    /// Bytes of one push option. Default 4096.
    pub max_push_option_bytes: u64,
    /// `want` lines of one fetch. Default 200,000.
    pub max_wants: u64,
    /// `have` lines of one fetch, all rounds together. Default 1 million.
    pub max_haves: u64,
    /// `shallow`, `deepen-not` and `want-ref` lines of one fetch, each. Default 200,000.
    pub max_shallow: u64,
    /// Ref prefixes of one ls-refs from which on they are all ignored, as git does. Default 65,536.
    pub max_ref_prefixes: u64,
    /// Levels of directories in a tree that is walked. Default 2,048.
    pub max_tree_depth: u64,
    /// Bytes of a path in a pushed tree. Default 4096, the longest that systems of our users open.
    pub max_path_bytes: u64,
    /// Bytes allocated at once for stored pack data. Default 1 GiB.
    pub max_allocation: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_pack_bytes: 2 << 30,
            max_object_bytes: 512 << 20,
            max_objects: 10_000_000,
            max_inflated_bytes: 64 << 30,
            max_thin_bases: 1_000_000,
            max_refs_per_push: 10_000,
            max_command_bytes: 16 << 20,
            max_push_options: 32,
            max_push_option_bytes: 4096,
            max_wants: 200_000,
            max_haves: 1_000_000,
            max_shallow: 200_000,
            max_ref_prefixes: 65_536,
            max_tree_depth: 2_048,
            max_path_bytes: 4_096,
            max_allocation: 1 << 30,
        }
    }
}

/// Refuses a count over its limit.
pub(crate) fn check(count: usize, limit: u64, what: &'static str) -> Result<()> {
    if u64::try_from(count).unwrap_or(u64::MAX) > limit {
        return Err(Error::TooLarge { what, limit });
    }
    Ok(())
}

/// Lets the caller stop blocking work: a shared flag, and a deadline if there is one.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Cancel {
    /// Runs until somebody calls [`Cancel::cancel`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs for at most this long.
    pub fn within(time: Duration) -> Self {
        Self { flag: Arc::default(), deadline: Instant::now().checked_add(time) }
    }

    /// Stops the work at its next check.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// The shared flag, for code that only understands flags.
    pub fn flag(&self) -> &AtomicBool {
        &self.flag
    }

    /// Whether the work should stop. A passed deadline raises the flag too.
    pub fn is_cancelled(&self) -> bool {
        if self.flag.load(Ordering::Relaxed) {
            return true;
        }
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if late {
            self.cancel();
        }
        late
    }

    /// Fails with [`Error::Cancelled`] when the work should stop.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_are_stopped_together() {
        let cancel = Cancel::new();
        let other = cancel.clone();
        assert!(other.check().is_ok());
        cancel.cancel();
        assert!(matches!(other.check(), Err(Error::Cancelled)));
    }

    #[test]
    fn a_passed_deadline_stops_the_work() {
        let cancel = Cancel::within(Duration::ZERO);
        assert!(cancel.is_cancelled());
        assert!(cancel.flag().load(Ordering::Relaxed));
    }

    #[test]
    fn a_count_at_its_limit_passes() {
        assert!(check(3, 3, "x").is_ok());
        assert!(matches!(check(4, 3, "x"), Err(Error::TooLarge { what: "x", limit: 3 })));
    }
}
