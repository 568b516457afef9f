//! A clock that tests set forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use forge_app::{Clock, SystemClock};
use time::OffsetDateTime;

/// The computer's clock, set forward by as much as a test says.
#[derive(Debug, Clone, Default)]
pub struct TestClock {
    ahead: Arc<AtomicU64>,
}

impl TestClock {
    /// Sets it forward.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() + Duration::from_secs(self.ahead.load(Ordering::SeqCst))
    }
}
