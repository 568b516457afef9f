//! Repositories as things people own.

mod audience;
mod create;
mod grants;
mod list;
mod settings;

pub use audience::{Audience, Why};
pub use create::{NewRepository, Start};
pub use grants::{Holder, NewGrant, Receiver};
pub use list::{Activity, RepoFilter, RepoSort};
