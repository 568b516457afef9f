//! Deleting an account for good: people their own, administrators somebody else's.
//!
//! What lets somebody in, their settings, notifications and places go. What others go on reading stays, signed by a tombstone; the
//! audit log stays as it is. Nothing may be left that depends on them alone, so that comes first.

use forge_core::{Actor, User, Username};
use forge_store::{Tx, organisation, tombstone, user};
use serde_json::json;

use crate::access::{MeAccess, Recent, SiteAccess};
use crate::account::create::keep_an_admin;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::{Leaver, held_alone};

impl App {
    /// What depends on the person alone, and keeps their account from being deleted.
    pub async fn my_holdings(&self, me: &MeAccess<Recent>) -> Result<Leaver> {
        let rows = self.store().read().await?;
        let account = user::by_id(&rows, me.person().id).await?.ok_or(Error::NotFound)?;
        held_alone(&rows, account).await
    }

    /// Deletes the person's own account.
    pub async fn delete_my_account(&self, me: &MeAccess<Recent>, origin: &Origin) -> Result<()> {
        let tx = self.store().begin().await?;
        let account = user::by_id(&tx, me.person().id).await?.ok_or(Error::NotFound)?;
        self.bury(tx, &Actor::Person(me.person().clone()), origin, account).await
    }

    /// Deletes somebody else's account.
    pub async fn delete_account(
        &self,
        access: &SiteAccess,
        _me: &MeAccess<Recent>,
        origin: &Origin,
        name: &Username,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let account = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        if account.is_admin {
            return Err(Error::Conflict(
                "An administrator's account cannot be deleted here. Take the administrator's rights away first."
                    .to_owned(),
            ));
        }
        self.bury(tx, access.actor(), origin, account).await
    }

    /// Deletes an account within a transaction and commits it.
    async fn bury(&self, tx: Tx, actor: &Actor, origin: &Origin, account: User) -> Result<()> {
        organisation::hold_owned_by(&tx, account.id).await?;
        let held = held_alone(&tx, account).await?;
        if !held.is_free() {
            return Err(Error::Conflict(
                "Repositories, organisations or teams depend on this account alone. Hand them over first."
                    .to_owned(),
            ));
        }
        let deleted = held.user;
        self.tell_owner(&tx, &deleted, origin, "account.delete").await?;
        tombstone::leave(&tx, &deleted, self.ambient().now()).await?;
        if deleted.is_admin {
            keep_an_admin(&tx).await?;
        }
        let subject = Subject::new(&deleted.id, deleted.name.as_str());
        let detail = json!({ "shown_as": forge_core::user::tombstone(deleted.id) });
        record(&tx, self.ambient(), actor, origin, "account.delete", subject, detail).await?;
        tx.commit().await?;
        self.wake_workers();
        self.remembered().forget(deleted.id);
        Ok(())
    }
}
