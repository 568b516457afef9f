//! Making an organisation, its people and its teams.

mod leaver;
mod members;
mod new;
mod policies;
mod settings;
mod teams;

pub(super) use leaver::{release_member, show_member_leaver};
pub(super) use members::{change_members, role_label, roles, show_members};
pub(super) use new::{create_organisation, new_organisation};
pub(super) use policies::{change_policies, lower_visibilities, show_policies};
pub(super) use settings::{change_org_settings, show_org_settings};
pub(super) use teams::{change_team, create_team, show_team, show_teams};
