//! How much work an answer may cost before it is given as far as it is.

use std::time::{Duration, Instant};

use crate::{Cancel, Result};

/// How much one call may do. When it is spent the answer is what was found so far, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Commits and trees that may be read.
    pub objects: u64,
    /// Time that may pass.
    pub time: Duration,
}

impl Budget {
    /// For work inside the request of a page: 20,000 objects, a quarter of a second.
    pub const PAGE: Self = Self { objects: 20_000, time: Duration::from_millis(250) };
    /// For work that nobody waits for: 20 million objects, a minute.
    pub const BACKGROUND: Self = Self { objects: 20_000_000, time: Duration::from_mins(1) };

    /// Starts to count.
    pub(crate) fn start<'a>(&self, cancel: &'a Cancel) -> Meter<'a> {
        Meter { left: self.objects, end: Instant::now().checked_add(self.time), cancel }
    }
}

/// A budget being spent.
#[derive(Debug)]
pub(crate) struct Meter<'a> {
    left: u64,
    end: Option<Instant>,
    cancel: &'a Cancel,
}

impl Meter<'_> {
    /// Pays for one object; false when nothing is left. Fails when the caller no longer wants an answer.
    pub(crate) fn spend(&mut self) -> Result<bool> {
        self.cancel.check()?;
        if self.left == 0 || self.is_late() {
            self.left = 0;
            return Ok(false);
        }
        self.left -= 1;
        Ok(true)
    }

    /// Whether the time is up.
    pub(crate) fn is_late(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn ends_by_objects_by_time_and_by_the_caller() {
        let cancel = Cancel::new();
        let mut two = Budget { objects: 2, ..Budget::BACKGROUND }.start(&cancel);
        assert_eq!([(); 3].map(|()| two.spend().unwrap()), [true, true, false]);
        let mut none = Budget { time: Duration::ZERO, ..Budget::PAGE }.start(&cancel);
        assert!(!none.spend().unwrap());
        let mut stopped = Budget::PAGE.start(&cancel);
        cancel.cancel();
        assert!(matches!(stopped.spend(), Err(Error::Cancelled)));
    }
}
