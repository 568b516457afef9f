//! How a change stands to what it was: the same patch on another base, the same commit in another branch, the same line in
//! another version.
//!
//! A review is of a change, and the change moves: it is rebased, pushed again, merged with its target. Everything here answers
//! "is this still what somebody looked at?", and says no where it cannot tell.

mod anchor;
mod patch_id;
mod range_diff;
#[cfg(test)]
mod tests;
mod versions;

pub use anchor::LineMap;
pub use range_diff::RangeDiffLimits;
pub use versions::{Brought, VersionDiff};
