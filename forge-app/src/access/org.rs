//! Proofs about organisations, and about who may own a new repository.

use forge_core::{Actor, Credential, OrgName, OrgRole, Organisation, Owner, OwnerId, OwnerName, Scope};
use forge_store::{organisation, owner, user};

use crate::app::App;
use crate::error::{Error, Result};

/// Proof that an actor may manage an organisation: its name, its members, its teams, its policies.
#[must_use]
#[derive(Debug)]
pub struct OrgAccess {
    organisation: Organisation,
    actor: Actor,
}

impl OrgAccess {
    /// The organisation.
    pub fn organisation(&self) -> &Organisation {
        &self.organisation
    }

    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// Proof that an actor may put a repository under an owner.
#[must_use]
#[derive(Debug)]
pub struct OwnerAccess {
    owner: Owner,
    actor: Actor,
}

impl OwnerAccess {
    /// The owner.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// Whether a credential reaches far enough to put a repository there.
fn may_create(credential: &Credential, owner: OwnerId) -> bool {
    credential.covers(match owner {
        OwnerId::User(_) => Scope::AccountWrite,
        OwnerId::Org(_) => Scope::OrganisationWrite,
    })
}

impl App {
    /// Proves that an actor manages an organisation. Organisations are no secret among those signed in.
    pub async fn authorize_org(&self, actor: &Actor, name: &OrgName) -> Result<OrgAccess> {
        let rows = self.store().read().await?;
        if actor == &Actor::Nobody {
            return Err(Error::Unauthenticated);
        }
        let found = organisation::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        let role = match actor.person() {
            Some(person) => organisation::role(&rows, found.id, person.id).await?,
            None => None,
        };
        let by_credential =
            actor.person().is_none_or(|person| person.credential.covers(Scope::OrganisationWrite));
        if (role == Some(OrgRole::Owner) && by_credential) || actor.is_site_admin() {
            return Ok(OrgAccess { organisation: found, actor: actor.clone() });
        }
        Err(Error::Forbidden(format!("Only owners of {} can change it.", found.display_name)))
    }

    /// Proves that an actor may put a repository under this owner: themself, or an organisation they develop in.
    pub async fn authorize_owner(&self, actor: &Actor, name: &OwnerName) -> Result<OwnerAccess> {
        let rows = self.store().read().await?;
        let Some(found) = owner::by_name(&rows, name).await? else { return Err(Error::NotFound) };
        let allowed = match (actor, found.id) {
            (Actor::Nobody, _) => return Err(Error::Unauthenticated),
            // A name that is kept for an account that was deleted owns nothing any more.
            (Actor::System { .. }, OwnerId::User(id)) => user::by_id(&rows, id).await?.is_some(),
            (Actor::System { .. }, OwnerId::Org(_)) => true,
            (Actor::Machine(_), _) => false,
            (Actor::Person(person), _) if !may_create(&person.credential, found.id) => false,
            (Actor::Person(person), OwnerId::User(id)) => person.id == id,
            (Actor::Person(person), OwnerId::Org(id)) => {
                actor.is_site_admin()
                    || organisation::role(&rows, id, person.id).await? >= Some(OrgRole::Developer)
            }
        };
        if allowed {
            return Ok(OwnerAccess { owner: found, actor: actor.clone() });
        }
        Err(Error::Forbidden(format!(
            "You cannot put a repository under {}. Choose yourself or an organisation in which you are at least a developer.",
            found.name
        )))
    }
}
