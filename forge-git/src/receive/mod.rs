//! Receiving a push, as steps that a caller puts together.
//!
//! [`advertise`], [`read_commands`], then [`ObjectStore::ingest`](crate::ObjectStore::ingest) into a [`Quarantine`], its
//! checks and the caller's own, [`Quarantine::publish`], the caller's transaction on its refs, and [`Answer::report`].
//! Nothing is visible to others before `publish`, and nothing is acknowledged before it is durable.

mod advertise;
mod command;
mod peel;
pub mod progress;
mod quarantine;
mod report;
#[cfg(test)]
pub(crate) mod testing;

pub use advertise::{Offer, advertise, write_service_header};
pub(crate) use command::FUNNY_NAME;
pub use command::{Command, Commands, Negotiated, read_commands};
pub use peel::Peeled;
pub use progress::{Progress, Silent, Stage};
pub use quarantine::{IncomingPack, PublishedPack, Quarantine};
pub use report::{Answer, RefReport, ReportOption, drain, unpack_status};
