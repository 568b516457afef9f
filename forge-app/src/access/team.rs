//! Proof about a team.

use forge_core::credential::Scope;
use forge_core::{Actor, OrgName, OrgRole, Organisation, Team, TeamName};
use forge_store::{organisation, team};

use crate::app::App;
use crate::error::{Error, Result};

/// Proof that an actor may change who is in a team: an owner of the organisation, or a maintainer of the team or of one
/// above it.
#[must_use]
#[derive(Debug)]
pub struct TeamAccess {
    organisation: Organisation,
    team: Team,
    actor: Actor,
}

impl TeamAccess {
    /// Whose team it is.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// The team.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

impl App {
    /// Proves that an actor manages a team. Teams are no secret among those signed in.
    pub async fn authorize_team(&self, actor: &Actor, org: &OrgName, name: &TeamName) -> Result<TeamAccess> {
        if actor == &Actor::Nobody {
            return Err(Error::Unauthenticated);
        }
        let rows = self.store().read().await?;
        let organisation = organisation::by_name(&rows, org).await?.ok_or(Error::NotFound)?;
        let team = team::by_name(&rows, organisation.id, name).await?.ok_or(Error::NotFound)?;
        let allowed = match actor {
            Actor::System { .. } => true,
            Actor::Nobody | Actor::Machine(_) => false,
            Actor::Person(person) if !person.credential.covers(Scope::OrganisationWrite) => false,
            Actor::Person(person) => {
                actor.is_site_admin()
                    || organisation::role(&rows, organisation.id, person.id).await? == Some(OrgRole::Owner)
                    || team::is_maintained_by(&rows, team.id, person.id).await?
            }
        };
        if allowed {
            return Ok(TeamAccess { organisation, team, actor: actor.clone() });
        }
        Err(Error::Forbidden(format!(
            "Only maintainers of {} and owners of {} can change it.",
            team.display_name, organisation.display_name
        )))
    }
}
