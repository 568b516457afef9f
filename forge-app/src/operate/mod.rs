//! What the administrator of the machine does: bringing repositories in and out, backing up, looking for damage.

mod backup;
mod doctor;
mod export;
mod import;
mod manifest;
mod restore;
mod schema;

pub use backup::BackedUp;
pub use doctor::Examination;
pub use export::Exported;
pub use import::Imported;
pub use restore::{Destination, Restored, restore};
pub use schema::Schema;
