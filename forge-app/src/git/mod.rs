//! Git, served: fetches, the push door, and reading for pages.

mod advertise;
mod archive;
mod ask;
mod author;
mod bundle;
mod cache;
pub(crate) mod commit;
mod disk;
mod fetch;
mod first_commit;
mod landing;
mod objects;
mod pipe;
pub(crate) mod push;
mod receive;
mod remote;
mod repositories;
mod signed;
mod sweep;
mod transaction;
mod watch;

pub use advertise::Service;
pub use bundle::BundleFile;
pub use commit::{Expected, NewCommit};
pub use forge_git::plain::ProtocolVersion as Version;
pub use pipe::{Exchange, Input, Output};
pub use remote::PackStorage;
pub use repositories::TransferLimits;

/// What we call ourselves to git clients.
pub(crate) const AGENT: &str = concat!("forge/", env!("CARGO_PKG_VERSION"));

pub(crate) use landing::Landing;
pub(crate) use objects::Objects;
pub(crate) use remote::{GRACE, NewPack, fetch_into};
pub(crate) use repositories::Repositories;
