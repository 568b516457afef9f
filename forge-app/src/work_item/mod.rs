//! What tickets and merge requests have in common: who sees them, what is said about them, and how they change.
//!
//! Every change takes the lock of the repository, looks at the item again, writes what happened to it, and tells those
//! who follow it, in one transaction. A confidential item is not there for anybody but its author, those it was given
//! to and those who may push.

mod close;
mod comment;
mod label;
mod listed;
mod milestone;
mod naming;
mod people;
mod seen;
mod shown;
mod sort;
mod template;
mod text;

#[cfg(test)]
pub(crate) mod tests;

pub use comment::NewComment;
pub use label::NewLabel;
pub use listed::{ItemList, ListedItem};
pub use milestone::{MilestoneShown, NewMilestone};
pub(crate) use naming::NamedItem;
pub use seen::ItemAddress;
pub use shown::{ItemEventShown, ItemLink, ItemRights, ItemShown, LinkedItem};
pub use sort::ItemSorting;
pub use template::ItemTemplate;

pub(crate) use close::{ClosedBy, run as close_after_push};
pub(crate) use seen::{Begun, speaker};
pub(crate) use text::checked_text;
