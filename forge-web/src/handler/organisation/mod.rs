//! Making an organisation, and its people.

mod members;
mod new;

pub(super) use members::{change_members, show_members};
pub(super) use new::{create_organisation, new_organisation};
