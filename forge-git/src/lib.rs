//! Git: objects, packs and the wire protocol, as steps that a caller puts together.
//!
//! This crate knows no people, no permissions and no database. It is blocking code over `std::io`; callers run it on a
//! bounded pool and carry the bytes to their sockets. Object ids and names at the border are those of `forge-core`.

mod commits;
mod error;
mod filter;
mod hash;
mod list_objects;
mod objects;
mod revwalk;
mod work;

pub mod browse;
pub mod bundle;
pub mod commit_graph;
pub mod compare;
pub mod connected;
pub mod durable;
pub mod fsck;
pub mod limits;
pub mod merge;
pub mod object_store;
pub mod pack;
pub mod patch;
pub mod pktline;
pub mod plain;
pub mod reach;
pub mod receive;
pub mod refs;
pub mod repack;
pub mod sideband;
pub mod upload_archive;
pub mod upload_pack;

pub use error::{Error, Result};
pub use gix_object::Kind;
pub use limits::{Cancel, Limits};
pub use object_store::ObjectStore;
pub use refs::{Head, Ref, RefSnapshot};
