//! Opening tickets.

mod create;

pub use create::NewTicket;
