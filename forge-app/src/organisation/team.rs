//! Teams of an organisation, and who is in them.

use forge_core::{Actor, OrgName, Organisation, Team, TeamMembership, TeamName, User, Username};
use forge_store::{Tx, organisation, team, user};
use serde_json::{Value, json};

use super::checked_description;
use crate::access::{OrgAccess, SignedIn, TeamAccess};
use crate::account::checked_display_name;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// What a new team is made of.
#[derive(Debug, Clone)]
pub struct NewTeam {
    /// Its name in addresses.
    pub name: TeamName,
    /// Its name in words; empty for the same.
    pub display_name: String,
    /// What it does.
    pub description: String,
    /// The team that it is a part of.
    pub parent: Option<TeamName>,
}

impl App {
    /// The teams of an organisation, by name.
    pub async fn teams(&self, _access: &SignedIn, of: &Organisation) -> Result<Vec<Team>> {
        let rows = self.store().read().await?;
        Ok(team::of_org(&rows, of.id).await?)
    }

    /// One team of an organisation.
    pub async fn team(
        &self,
        _access: &SignedIn,
        org: &OrgName,
        name: &TeamName,
    ) -> Result<(Organisation, Team)> {
        let rows = self.store().read().await?;
        let organisation = organisation::by_name(&rows, org).await?.ok_or(Error::NotFound)?;
        let found = team::by_name(&rows, organisation.id, name).await?.ok_or(Error::NotFound)?;
        Ok((organisation, found))
    }

    /// The members of a team itself.
    pub async fn team_members(&self, _access: &SignedIn, of: &Team) -> Result<Vec<(User, TeamMembership)>> {
        let rows = self.store().read().await?;
        Ok(team::members(&rows, of.id, false).await?)
    }

    /// Makes a team.
    pub async fn create_team(&self, access: &OrgAccess, origin: &Origin, new: &NewTeam) -> Result<Team> {
        let org = access.organisation();
        let display_name =
            if new.display_name.trim().is_empty() { new.name.as_str() } else { &new.display_name };
        let tx = self.store().begin().await?;
        let parent = match &new.parent {
            Some(name) => Some(
                team::by_name(&tx, org.id, name)
                    .await?
                    .ok_or_else(|| Error::invalid("parent", "Choose a team of this organisation."))?,
            ),
            None => None,
        };
        let created = Team {
            id: self.ambient().id(),
            org: org.id,
            parent: parent.as_ref().map(|parent| parent.id),
            name: new.name.clone(),
            display_name: checked_display_name(display_name)?,
            description: checked_description(&new.description)?,
            created_at: self.ambient().now(),
        };
        team::insert(&tx, &created).await.map_err(|error| match error {
            forge_store::Error::Conflict(what) if what == "depth" => Error::invalid(
                "parent",
                format!(
                    "Teams stand at most {} deep in one another. Choose one further up.",
                    forge_core::team::MAX_TEAM_DEPTH
                ),
            ),
            forge_store::Error::Conflict(_) => {
                Error::invalid("name", "There is a team of this name already. Choose another.")
            }
            other => other.into(),
        })?;
        let detail = json!({ "parent": parent.map(|parent| parent.name.to_string()) });
        self.record_team(&tx, access.actor(), origin, "team.create", (org, &created), detail).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// Changes what a team says about itself.
    pub async fn update_team(
        &self,
        access: &TeamAccess,
        origin: &Origin,
        display_name: &str,
        description: &str,
    ) -> Result<()> {
        let (display_name, description) =
            (checked_display_name(display_name)?, checked_description(description)?);
        let tx = self.store().begin().await?;
        team::update(&tx, access.team().id, &display_name, &description).await?;
        let about = (access.organisation(), access.team());
        self.record_team(&tx, access.actor(), origin, "team.update", about, json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a team of the organisation with the teams below it, and what was granted to them.
    pub async fn delete_team(&self, access: &OrgAccess, origin: &Origin, name: &TeamName) -> Result<()> {
        let org = access.organisation();
        let tx = self.store().begin().await?;
        let found = team::by_name(&tx, org.id, name).await?.ok_or(Error::NotFound)?;
        team::delete(&tx, found.id).await?;
        self.record_team(&tx, access.actor(), origin, "team.delete", (org, &found), json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Puts a member of the organisation into a team, or changes whether they maintain it.
    pub async fn set_team_member(
        &self,
        access: &TeamAccess,
        origin: &Origin,
        name: &Username,
        is_maintainer: bool,
    ) -> Result<()> {
        let (org, team) = (access.organisation(), access.team());
        let tx = self.store().begin().await?;
        let member = user::by_name(&tx, name).await?;
        let role = match &member {
            Some(member) => organisation::role(&tx, org.id, member.id).await?,
            None => None,
        };
        let Some(member) = member.filter(|_| role.is_some()) else {
            return Err(Error::invalid(
                "name",
                format!("Nobody of this name is a member of {}. Add them there first.", org.display_name),
            ));
        };
        let place =
            TeamMembership { team: team.id, user: member.id, is_maintainer, since: self.ambient().now() };
        team::set_member(&tx, &place).await?;
        let detail = json!({ "member": member.name.as_str(), "maintainer": is_maintainer });
        self.record_team(&tx, access.actor(), origin, "team.set_member", (org, team), detail).await?;
        Ok(tx.commit().await?)
    }

    /// Takes somebody out of a team.
    pub async fn remove_team_member(
        &self,
        access: &TeamAccess,
        origin: &Origin,
        name: &Username,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let member = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        team::remove_member(&tx, access.team().id, member.id).await?;
        let detail = json!({ "member": member.name.as_str() });
        let about = (access.organisation(), access.team());
        self.record_team(&tx, access.actor(), origin, "team.remove_member", about, detail).await?;
        Ok(tx.commit().await?)
    }

    async fn record_team(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        action: &str,
        (org, team): (&Organisation, &Team),
        detail: Value,
    ) -> Result<()> {
        let name = format!("{}/{}", org.name, team.name);
        record(tx, self.ambient(), actor, origin, action, Subject::new(&team.id, &name), detail).await
    }
}
