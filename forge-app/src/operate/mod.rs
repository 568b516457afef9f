//! What the administrator of the machine does: bringing repositories in and out, backing up, looking for damage.

mod doctor;
mod export;
mod import;

pub use doctor::Examination;
pub use export::Exported;
pub use import::Imported;
