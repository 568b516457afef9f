//! Repositories as things people own.

mod create;
mod list;
mod settings;

pub use create::{NewRepository, Start};
pub use list::{Activity, RepoFilter, RepoSort};
