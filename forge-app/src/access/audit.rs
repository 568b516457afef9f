//! Proof that an actor may read the audit log, of the site or of one organisation.

use forge_core::{Actor, OrgName, Organisation, Scope};
use forge_store::{auditor, organisation};

use crate::app::App;
use crate::error::{Error, Result};

/// Proof that an actor may read the audit log.
#[must_use]
#[derive(Debug)]
pub struct AuditAccess {
    actor: Actor,
    organisation: Option<Organisation>,
}

impl AuditAccess {
    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The organisation whose entries may be read; nothing for those of the whole site.
    pub fn organisation(&self) -> Option<&Organisation> {
        self.organisation.as_ref()
    }
}

impl App {
    /// Proves that an actor reads the log of the whole site: an administrator, or somebody made an auditor. For
    /// everyone else it is not there.
    pub async fn authorize_audit(&self, actor: &Actor) -> Result<AuditAccess> {
        if actor == &Actor::Nobody {
            return Err(Error::Unauthenticated);
        }
        if self.audits_site(actor).await? {
            return Ok(AuditAccess { actor: actor.clone(), organisation: None });
        }
        Err(Error::NotFound)
    }

    /// Proves that an actor reads what the log says of one organisation.
    pub async fn authorize_org_audit(&self, actor: &Actor, name: &OrgName) -> Result<AuditAccess> {
        if actor == &Actor::Nobody {
            return Err(Error::Unauthenticated);
        }
        let rows = self.store().read().await?;
        let found = organisation::by_name(&rows, name).await?.ok_or(Error::NotFound)?;
        let place = match actor.person().filter(|person| person.credential.covers(Scope::OrganisationRead)) {
            Some(person) => organisation::membership(&rows, found.id, person.id).await?,
            None => None,
        };
        let reads = place.is_some_and(|place| place.role.reads_audit() || place.duties.auditor);
        if reads || self.audits_site(actor).await? {
            return Ok(AuditAccess { actor: actor.clone(), organisation: Some(found) });
        }
        Err(Error::Forbidden(format!(
            "Only owners and auditors of {} can read its audit log.",
            found.display_name
        )))
    }

    /// Whether the actor is an auditor of the site, for showing or hiding links.
    pub async fn audits_site(&self, actor: &Actor) -> Result<bool> {
        if actor.is_site_admin() {
            return Ok(true);
        }
        match actor.person().filter(|person| person.credential.covers(Scope::AdminRead)) {
            Some(person) => {
                let find =
                    async { Ok(Some(auditor::is_auditor(&self.store().read().await?, person.id).await?)) };
                let found = self.doorkeeper().auditors.get(self.store(), person.id, find).await?;
                Ok(found.unwrap_or(false))
            }
            None => Ok(false),
        }
    }

    /// Proves the same again, as things are now.
    pub(crate) async fn authorize_audit_again(&self, access: &AuditAccess) -> Result<AuditAccess> {
        let actor = {
            let rows = self.store().read().await?;
            self.actor_now(&rows, &access.actor).await?
        };
        match &access.organisation {
            None => self.authorize_audit(&actor).await,
            Some(org) => self.authorize_org_audit(&actor, &org.name).await,
        }
    }
}
