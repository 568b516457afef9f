//! Who may do what in one repository, beside its owner and the members of its organisation.

use forge_core::grant::MAX_GRANT_DAYS;
use forge_core::{Grant, GrantId, Grantee, OwnerId, Permission, Repository, Team, TeamName, User, Username};
use forge_store::{Rows, grant, organisation, team, user};
use serde_json::json;
use time::Duration;

use crate::access::{Admin, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Whom a new grant is for.
#[derive(Debug, Clone)]
pub enum Receiver {
    /// A person.
    Person(Username),
    /// A team of the organisation that owns the repository.
    Team(TeamName),
}

/// What is to be granted.
#[derive(Debug, Clone)]
pub struct NewGrant {
    /// To whom.
    pub receiver: Receiver,
    /// What they may do.
    pub permission: Permission,
    /// For how many days; nothing for as long as nobody takes it back.
    pub days: Option<u16>,
}

/// Who holds a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    Person {
        /// Who.
        user: User,
        /// Whether they are no member of the organisation that owns the repository.
        is_outside: bool,
    },
    /// A team.
    Team(Team),
}

impl App {
    /// The grants of a repository with their holders, the ended ones too.
    pub async fn grants(&self, access: &RepoAccess<Admin>) -> Result<Vec<(Grant, Holder)>> {
        let rows = self.store().read().await?;
        let mut found = Vec::new();
        for grant in grant::of_repository(&rows, access.repo().id).await? {
            if let Some(holder) = holder(&rows, access.repo(), grant.grantee).await? {
                found.push((grant, holder));
            }
        }
        Ok(found)
    }

    /// The teams that something can be granted to: those of the organisation that owns the repository.
    pub async fn teams_to_grant(&self, access: &RepoAccess<Admin>) -> Result<Vec<Team>> {
        match access.repo().owner {
            OwnerId::Org(org) => Ok(team::of_org(&self.store().read().await?, org).await?),
            OwnerId::User(_) => Ok(Vec::new()),
        }
    }

    /// Gives a permission in a repository. What the same person or team had before is replaced.
    pub async fn grant(&self, access: &RepoAccess<Admin>, origin: &Origin, new: &NewGrant) -> Result<()> {
        let repo = access.repo();
        if new.permission == Permission::None {
            return Err(Error::invalid("permission", "Choose what they may do."));
        }
        let now = self.ambient().now();
        let expires_at = match new.days {
            None => None,
            Some(days) if (1..=MAX_GRANT_DAYS).contains(&days) => Some(now + Duration::days(i64::from(days))),
            Some(_) => {
                return Err(Error::invalid(
                    "days",
                    format!("Enter a number of days from 1 to {MAX_GRANT_DAYS}, or leave it empty."),
                ));
            }
        };
        let tx = self.store().begin().await?;
        let (grantee, name) = match &new.receiver {
            Receiver::Person(name) => {
                let found = user::by_name(&tx, name)
                    .await?
                    .ok_or_else(|| Error::invalid("username", "There is no person of this name."))?;
                if repo.owner == OwnerId::User(found.id) {
                    return Err(Error::invalid("username", "It is theirs: they may do everything already."));
                }
                (Grantee::User(found.id), found.name.to_string())
            }
            Receiver::Team(name) => {
                let found = match repo.owner {
                    OwnerId::Org(org) => team::by_name(&tx, org, name).await?,
                    OwnerId::User(_) => None,
                };
                let found = found.ok_or_else(|| {
                    Error::invalid("team", "Choose a team of the organisation that owns the repository.")
                })?;
                (Grantee::Team(found.id), format!("team {}", found.name))
            }
        };
        let row = Grant {
            id: self.ambient().id(),
            repo: repo.id,
            grantee,
            permission: new.permission,
            granted_at: now,
            granted_by: access.actor().person().map(|person| person.id),
            expires_at,
        };
        grant::set(&tx, &row).await?;
        let detail = json!({
            "to": name,
            "permission": new.permission.name(),
            "until": expires_at.map(|end| end.to_string()),
        });
        self.record_change(&tx, access, origin, "repository.grant", detail).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a grant back.
    pub async fn revoke_grant(&self, access: &RepoAccess<Admin>, origin: &Origin, id: GrantId) -> Result<()> {
        let repo = access.repo();
        let tx = self.store().begin().await?;
        let found = grant::by_id(&tx, repo.id, id).await?.ok_or(Error::NotFound)?;
        let from = match holder(&tx, repo, found.grantee).await? {
            Some(Holder::Person { user, .. }) => user.name.to_string(),
            Some(Holder::Team(team)) => format!("team {}", team.name),
            None => String::new(),
        };
        grant::delete(&tx, repo.id, id).await?;
        let detail = json!({ "from": from, "permission": found.permission.name() });
        self.record_change(&tx, access, origin, "repository.revoke_grant", detail).await?;
        Ok(tx.commit().await?)
    }
}

async fn holder(rows: &impl Rows, repo: &Repository, grantee: Grantee) -> Result<Option<Holder>> {
    Ok(match grantee {
        Grantee::Team(id) => team::by_id(rows, id).await?.map(Holder::Team),
        Grantee::User(id) => match user::by_id(rows, id).await? {
            None => None,
            Some(user) => {
                let is_outside = match repo.owner {
                    OwnerId::Org(org) => organisation::role(rows, org, id).await?.is_none(),
                    OwnerId::User(_) => true,
                };
                Some(Holder::Person { user, is_outside })
            }
        },
    })
}
