//! What a long push tells its sender meanwhile.

use crate::Result;

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The pack comes in.
    Receiving,
    /// Deltas are unfolded.
    Indexing,
    /// What the new tips need is looked for.
    Checking,
}

impl Stage {
    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Receiving => "Receiving objects",
            Self::Indexing => "Indexing objects",
            Self::Checking => "Checking objects",
        }
    }
}

/// Hears of each step. Called often, so it should do next to nothing most of the time.
pub trait Progress {
    /// So many of so many are done; a total of zero means that it is not known.
    ///
    /// An error ends the work: the sender has gone.
    fn step(&mut self, stage: Stage, done: u64, total: u64) -> Result<()>;
}

/// Hears nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn step(&mut self, _: Stage, _: u64, _: u64) -> Result<()> {
        Ok(())
    }
}
