//! What can be reached from where, without walking there.
//!
//! A pack that holds everything its commits need is *closed*: what maintenance writes, and the first push to a repository. Beside it
//! lies a file `pack-<checksum>.reach` that says of each object what kind it is, and of selected commits everything that
//! is reachable from them, as bitmaps over the pack in stored order. A clone then is a look-up of its branches, a short
//! walk over what was pushed since, and a copy of the pack; a fetch of much is the difference of two such sets. A force-pushed commit that
//! still lies in the pack has no bit in the answer, so it is not sent.
//!
//! The file is derived: without it, or with a damaged one, answers are the same and take longer. It belongs to one pack by
//! checksum, never changes, and may be deleted at any time. [`build`] makes it; its form is described in `file.rs`.

pub(crate) mod answer;
mod build;
pub(crate) mod closure;
mod file;
mod history;
mod select;
#[cfg(test)]
mod tests;
pub(crate) mod tips;
mod tree;

pub use build::{Built, build};
pub(crate) use file::Reach;
