//! A piece of long work that can be stopped and that shows signs of life.

use std::cell::{Cell, RefCell};

use crate::{Cancel, Result};

/// Steps between two looks at the flag, the clock and the sign of life.
const STRIDE: u64 = 64;

/// What a piece of long work tells: how many objects it has met.
type Beat<'a> = Box<dyn FnMut(u64) -> Result<()> + 'a>;

/// Carried through walks, which call [`Steps::step`] at each commit and tree.
pub(crate) struct Work<'a> {
    cancel: &'a Cancel,
    steps: Cell<u64>,
    count: Cell<u64>,
    beat: RefCell<Option<Beat<'a>>>,
}

impl<'a> Work<'a> {
    pub(crate) fn new(cancel: &'a Cancel) -> Self {
        Self { cancel, steps: Cell::new(0), count: Cell::new(0), beat: RefCell::new(None) }
    }

    /// From now on, calls `beat` now and then with the count.
    pub(crate) fn set_beat(&self, beat: impl FnMut(u64) -> Result<()> + 'a) {
        *self.beat.borrow_mut() = Some(Box::new(beat));
    }
}

/// What walks see of [`Work`].
pub(crate) trait Steps {
    /// How many objects were met.
    fn count(&self, count: usize);
    /// One step further, unless the work should stop.
    fn step(&self) -> Result<()>;
}

impl Steps for Work<'_> {
    fn count(&self, count: usize) {
        self.count.set(u64::try_from(count).unwrap_or(u64::MAX));
    }

    fn step(&self) -> Result<()> {
        let steps = self.steps.get() + 1;
        self.steps.set(steps);
        if !steps.is_multiple_of(STRIDE) {
            return Ok(());
        }
        self.cancel.check()?;
        match self.beat.borrow_mut().as_mut() {
            Some(beat) => beat(self.count.get()),
            None => Ok(()),
        }
    }
}
