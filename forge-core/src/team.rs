//! Teams: people of an organisation who are given permissions together.

use time::OffsetDateTime;

use crate::{OrgId, TeamId, TeamName, UserId};

/// How deep teams stand in one another at most.
pub const MAX_TEAM_DEPTH: usize = 8;

/// A group of members of one organisation. Whoever is in a team is in every team above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// Whose.
    pub org: OrgId,
    /// The team that it is a part of.
    pub parent: Option<TeamId>,
    /// Its name in addresses.
    pub name: TeamName,
    /// Its name in words; never empty.
    pub display_name: String,
    /// What it does.
    pub description: String,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// One person's place in one team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamMembership {
    /// Where.
    pub team: TeamId,
    /// Who.
    pub user: UserId,
    /// Whether they manage who is in it.
    pub is_maintainer: bool,
    /// Since when.
    pub since: OffsetDateTime,
}
