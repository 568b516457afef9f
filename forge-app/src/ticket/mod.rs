//! Tickets: opening them, and the templates that a repository has for them.

mod create;
mod template;

pub use create::NewTicket;
pub use template::TicketTemplate;
