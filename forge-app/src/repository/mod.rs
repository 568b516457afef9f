//! Repositories as things people own.

mod audience;
mod create;
mod fork;
mod grants;
mod happening;
mod list;
mod narrow_forks;
mod rules;
mod settings;
mod visibility;

pub use audience::{Audience, Why};
pub use create::{NewRepository, Start};
pub use fork::{ForkStanding, NewFork};
pub use grants::{Holder, NewGrant, Receiver};
pub use happening::{Deed, Happening};
pub(crate) use list::viewer;
pub use list::{Activity, RepoFilter, RepoSort};
pub(crate) use rules::RulesFor;
pub use rules::{BranchExplained, Explained, NewAllowed, NewRule};
pub use visibility::{NewVisibility, VisibilityOutcome, WaitingChange};
