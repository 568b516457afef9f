//! A person's own account: profile and password.

use forge_core::Secret;
use forge_store::user;
use serde_json::json;

use crate::access::{MeAccess, Recent};
use crate::account::create::checked_display_name;
use crate::account::password::check_password;
use crate::account::session::current;
use crate::account::throttle::Guess;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// What a person says about themself.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What they are called.
    pub display_name: String,
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
        let account = user::by_id(&tx, me.person().id).await?.ok_or(Error::NotFound)?;
        user::update_profile(&tx, account.id, &display_name, &account.email, bio).await?;
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
        let guess = Guess::at(person.name.as_str(), origin);
        let (account, hash) = {
            let rows = self.store().read().await?;
            self.may_guess(&rows, &guess).await?;
            let account = user::by_id(&rows, person.id).await?.ok_or(Error::NotFound)?;
            (account, user::password_hash(&rows, person.id).await?)
        };
        if !self.passwords().verify(hash, old).await? {
            self.note_miss(&guess).await?;
            return Err(Error::invalid("old_password", "This is not your present password."));
        }
        check_password(new, &account.name, &account.email)?;
        let hash = self.passwords().hash(self.ambient(), new).await?;
        let tx = self.store().begin().await?;
        user::set_password(&tx, person.id, &hash).await?;
        self.password_changed(&tx, person.id, current(me)).await?;
        self.record_mine(&tx, me, origin, "account.change_password", json!({})).await?;
        tx.commit().await?;
        self.remembered().forget(person.id);
        Ok(())
    }
}
