//! Packs: how objects are stored and sent.

pub(crate) mod all;
pub mod build;
pub(crate) mod closed;
pub(crate) mod delta;
pub mod idx;
pub mod index_pack;
pub(crate) mod packs;
pub(crate) mod plan;
pub(crate) mod search;
mod verify;
pub(crate) mod write;

pub use all::write_all;
pub use verify::verify;
