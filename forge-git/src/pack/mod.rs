//! Packs: how objects are stored and sent.

mod all;
pub mod build;
pub mod idx;
pub mod index_pack;
pub(crate) mod delta;
pub(crate) mod packs;
pub(crate) mod plan;
pub(crate) mod search;
pub(crate) mod write;
mod verify;

pub use all::write_all;
pub use verify::verify;
