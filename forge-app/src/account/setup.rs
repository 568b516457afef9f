//! The first administrator: made through a link that works once.

use forge_core::{Actor, Secret, User};
use forge_store::{Tx, setup, user};
use time::Duration;

use crate::account::create::NewUser;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// How long the link works.
const LINK_HOURS: i64 = 24;

impl App {
    /// Makes the secret of a set-up link if the forge has no administrator yet. Earlier links stop working.
    pub async fn offer_setup(&self) -> Result<Option<Secret<String>>> {
        let tx = self.store().begin().await?;
        if user::count_admins(&tx).await? > 0 {
            return Ok(None);
        }
        let (secret, hash) = self.ambient().secret();
        setup::clear(&tx).await?;
        setup::put(&tx, &hash, self.ambient().now() + Duration::hours(LINK_HOURS)).await?;
        tx.commit().await?;
        Ok(Some(secret))
    }

    /// Whether a set-up link still works, for showing its page.
    pub async fn setup_is_open(&self, secret: &str) -> Result<bool> {
        let tx = self.store().begin().await?;
        // Dropping the transaction puts the link back.
        self.take_link(&tx, secret).await
    }

    /// Makes the first administrator, using the link up in the same transaction: of two who try, one does.
    pub async fn set_up(&self, origin: &Origin, secret: &str, new: NewUser) -> Result<User> {
        if !self.setup_is_open(secret).await? {
            // Whoever has no link gets no password hashed.
            return Err(Error::NotFound);
        }
        let new = NewUser { is_admin: true, ..new };
        let actor = Actor::System { reason: "setup" };
        let hash = self.first_password(&new).await?;
        let tx = self.store().begin().await?;
        if !self.take_link(&tx, secret).await? {
            return Err(Error::NotFound);
        }
        let created = self.insert_user(&tx, &actor, origin, &new, &hash).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// Uses the link up, if it works and there is still no administrator.
    async fn take_link(&self, tx: &Tx, secret: &str) -> Result<bool> {
        let taken = setup::take(tx, &hash_secret(secret), self.ambient().now()).await?;
        Ok(taken && user::count_admins(tx).await? == 0)
    }
}
