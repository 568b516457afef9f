//! A person's own account: profile and password.

use forge_core::{Email, Secret};
use forge_store::{pending_sign_in, session, user};
use serde_json::json;

use crate::access::{MeAccess, Recent};
use crate::account::create::checked_display_name;
use crate::account::password::check_password;
use crate::account::session::current;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// What a person says about themself.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What they are called.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Email,
    /// A line about themselves.
    pub bio: String,
}

impl App {
    /// Changes what a person says about themself.
    pub async fn update_profile(&self, me: &MeAccess, origin: &Origin, profile: &Profile) -> Result<()> {
        let display_name = checked_display_name(&profile.display_name)?;
        let bio = profile.bio.trim();
        if bio.chars().count() > 250 || bio.chars().any(char::is_control) {
            return Err(Error::invalid("bio", "Enter one line of at most 250 characters."));
        }
        let tx = self.store().begin().await?;
        let holder = user::by_email(&tx, &profile.email).await?;
        if holder.is_some_and(|holder| holder.id != me.person().id) {
            return Err(Error::invalid("email", "An account with this email address exists already."));
        }
        user::update_profile(&tx, me.person().id, &display_name, &profile.email, bio).await?;
        self.record_mine(&tx, me, origin, "account.update", json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Changes a password; the old one is asked for, and every other session ends.
    pub async fn change_password(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        old: &Secret<String>,
        new: &Secret<String>,
    ) -> Result<()> {
        let person = me.person();
        self.throttle().check(self.ambient().now(), person.name.as_str(), &origin.address)?;
        let (account, hash) = {
            let rows = self.store().read().await?;
            let account = user::by_id(&rows, person.id).await?.ok_or(Error::NotFound)?;
            (account, user::password_hash(&rows, person.id).await?)
        };
        if !self.passwords().verify(hash, old).await? {
            self.throttle().missed(self.ambient().now(), person.name.as_str(), &origin.address);
            return Err(Error::invalid("old_password", "This is not your present password."));
        }
        check_password(new, &account.name, &account.email)?;
        let hash = self.passwords().hash(self.ambient(), new).await?;
        let tx = self.store().begin().await?;
        user::set_password(&tx, person.id, &hash).await?;
        session::delete_all(&tx, person.id, current(me)).await?;
        pending_sign_in::delete_all(&tx, person.id).await?;
        self.record_mine(&tx, me, origin, "account.change_password", json!({})).await?;
        tx.commit().await?;
        self.remembered().forget(person.id);
        Ok(())
    }
}
