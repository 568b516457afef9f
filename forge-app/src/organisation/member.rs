//! Who is in an organisation, as what, and what they answer for.

use forge_core::{Duties, Membership, OrgRole, Organisation, User, Username};
use forge_store::{Tx, organisation, user};
use serde_json::json;

use crate::access::{OrgAccess, SignedIn};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

impl App {
    /// The members of an organisation.
    pub async fn members(&self, _access: &SignedIn, of: &Organisation) -> Result<Vec<(User, Membership)>> {
        let rows = self.store().read().await?;
        Ok(organisation::members(&rows, of.id).await?)
    }

    /// Adds a member, or changes the role and the duties of one.
    pub async fn set_member(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        name: &Username,
        role: OrgRole,
        duties: Duties,
    ) -> Result<()> {
        let org = access.organisation();
        let tx = self.store().begin().await?;
        let member = user::by_name(&tx, name)
            .await?
            .ok_or_else(|| Error::invalid("name", "There is no person of this name."))?;
        let before = organisation::membership(&tx, org.id, member.id).await?;
        let membership =
            Membership { org: org.id, user: member.id, role, duties, since: self.ambient().now() };
        organisation::set_member(&tx, &membership).await?;
        keep_an_owner(&tx, org).await?;
        let detail = json!({
            "member": member.name.as_str(),
            "role": role.name(),
            "duties": duties.names(),
            "before": before.map(|before| json!({ "role": before.role.name(), "duties": before.duties.names() })),
        });
        let subject = Subject::new(&org.id, org.name.as_str());
        record(&tx, self.ambient(), access.actor(), origin, "organisation.set_member", subject, detail)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Removes a member, from its teams too, with what was granted to them in its repositories.
    pub async fn remove_member(&self, access: &OrgAccess, origin: &Origin, name: &Username) -> Result<()> {
        let tx = self.store().begin().await?;
        let member = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        organisation::role(&tx, access.organisation().id, member.id).await?.ok_or(Error::NotFound)?;
        self.remove_in(&tx, access, origin, &member).await?;
        Ok(tx.commit().await?)
    }

    /// Removes a member, within a larger change.
    pub(super) async fn remove_in(
        &self,
        tx: &Tx,
        access: &OrgAccess,
        origin: &Origin,
        member: &User,
    ) -> Result<()> {
        let org = access.organisation();
        organisation::remove_member(tx, org.id, member.id).await?;
        keep_an_owner(tx, org).await?;
        let detail = json!({ "member": member.name.as_str() });
        let subject = Subject::new(&org.id, org.name.as_str());
        record(tx, self.ambient(), access.actor(), origin, "organisation.remove_member", subject, detail)
            .await
    }
}

/// After the change, within its transaction: dropping that takes the change back.
async fn keep_an_owner(tx: &Tx, org: &Organisation) -> Result<()> {
    if organisation::count_owners(tx, org.id).await? == 0 {
        return Err(Error::Conflict("This is the last owner. Make somebody else an owner first.".to_owned()));
    }
    Ok(())
}
