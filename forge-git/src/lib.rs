//! Git: objects, packs and the wire protocol, as steps that a caller puts together.
//!
//! This crate knows no people, no permissions and no database. It is blocking code over `std::io`; callers run it on a
//! bounded pool and carry the bytes to their sockets. Object ids and names at the border are those of `forge-core`.

mod error;
mod hash;
pub mod limits;
pub mod object_store;
pub mod pktline;
pub mod plain;
pub mod refs;
pub mod sideband;

pub use error::{Error, Result};
pub use limits::{Cancel, Limits};
pub use object_store::ObjectStore;
pub use refs::{Head, Ref, RefSnapshot};
