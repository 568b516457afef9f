//! Looking after repositories: packs in order, what nobody reaches swept in time, bytes that are still those written.
//!
//! Pushes only ever add packs. Maintenance puts packs in the place of packs, and takes nothing away that anybody may
//! need:
//!
//! 1. New packs are written beside the old ones, of what the refs reached at one moment and of what they did not.
//! 2. One transaction changes the rows: old out, new in, the generation up. It fails if any of the old ones is not there
//!    any more, so of two processes that look after one repository one has done nothing.
//! 3. The files of the old packs stay for as long as a transfer may take. Clones that have them open go on, and a push that
//!    leans on an object of theirs finds it.
//! 4. Then they are deleted. If the swap left out objects whose time of grace was over, everything the refs reach is walked
//!    first, without the old packs: a push may have brought one of those objects back into use at the last moment. Then the
//!    old pack is taken back.
//!
//! A crash between two steps leaves a repository that works: a pack without a row, which the next examination names, or
//! old packs that are deleted later.

mod collect;
mod decide;
mod figures;
mod look_after;
mod overview;
mod purge;
mod replaced;
mod scrub;
mod swap;
#[cfg(test)]
pub(crate) mod tests;

pub use collect::{Collected, Haste};
pub use figures::StorageFigures;
pub use overview::{DiskSpace, StorageOverview};
pub use purge::Purged;
pub use scrub::DamagedPack;

pub(crate) use look_after::Extent;
pub(crate) use replaced::delete_files;
pub(crate) use scrub::damage_of;

use std::time::Duration;

/// How repositories are looked after.
#[derive(Debug, Clone)]
pub struct MaintenanceOptions {
    /// How long objects stay that no ref reaches.
    pub grace: Duration,
    /// How often every pack is read again to see that its bytes are still those that were written.
    pub scrub_every: Duration,
}

impl Default for MaintenanceOptions {
    fn default() -> Self {
        Self { grace: Duration::from_hours(14 * 24), scrub_every: Duration::from_hours(24) }
    }
}
