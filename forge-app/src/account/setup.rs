//! The first administrator: made through a link that works once.

use forge_core::{Actor, Secret, User};
use forge_store::{setup, user};
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
        let open = setup::take(&tx, &hash_secret(secret), self.ambient().now()).await?;
        // Dropping the transaction puts the link back.
        Ok(open && user::count_admins(&tx).await? == 0)
    }

    /// Uses a set-up link up and makes the first administrator.
    pub async fn set_up(&self, origin: &Origin, secret: &str, new: NewUser) -> Result<User> {
        if !self.setup_is_open(secret).await? {
            return Err(Error::NotFound);
        }
        let access = self.authorize_site(&Actor::System { reason: "setup" })?;
        let created = self.create_user(&access, origin, &NewUser { is_admin: true, ..new }).await?;
        let tx = self.store().begin().await?;
        setup::clear(&tx).await?;
        tx.commit().await?;
        Ok(created)
    }
}
