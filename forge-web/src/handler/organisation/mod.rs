//! Making an organisation, its people and its teams.

mod members;
mod new;
mod teams;

pub(super) use members::{change_members, role_label, show_members};
pub(super) use new::{create_organisation, new_organisation};
pub(super) use teams::{change_team, create_team, show_team, show_teams};
