//! Notices to the owner of an account: whoever gets into one cannot change what lets people in unseen.

use forge_core::{User, UserId};
use forge_store::{Tx, user};
use time::macros::format_description;

use super::Notice;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// What the owner is told of an act of this name in the audit log; nothing if it is not worth a mail.
fn told(action: &str) -> Option<&'static str> {
    Some(match action {
        "account.change_password" => "Your password was changed. All other browsers were signed out.",
        "account.reset_password" => {
            "Your password was set anew through a link sent to this address. All browsers were signed out."
        }
        "account.change_email" => {
            "The email address of your account was changed. This address is no longer used."
        }
        "second_factor.add_app" => "An authenticator app was set up for your account.",
        "second_factor.remove_app" => "The authenticator app of your account was removed.",
        "second_factor.new_recovery_codes" => {
            "New recovery codes were made for your account. The old ones are dead."
        }
        "second_factor.reset" => {
            "An administrator removed the second factor of your account. All browsers were signed out."
        }
        "account.delete" => {
            "Your account was deleted. Nothing of it lets anybody in any more, and this is the last mail that it sends."
        }
        "account.merge" => {
            "An administrator made one account of two of yours. What the other had is in this one, and the other has ended."
        }
        "passkey.add" => "A passkey was added to your account.",
        "passkey.remove" => "A passkey was removed from your account.",
        "token.create" => "An access token was made for your account.",
        "ssh_key.add" => "An SSH key was added to your account.",
        "gpg_key.add" => "A GPG key that signs for you was added to your account.",
        "gpg_key.remove" => "A GPG key was removed from your account.",
        "ssh_key.remove" => "An SSH key was removed from your account.",
        "identity.link" => "Another site can sign you in to your account from now on.",
        "identity.unlink" => "Another site that could sign you in to your account no longer can.",
        "session.guessed" => {
            "Somebody entered many wrong passwords or codes for your account. They did not get in. Each further try has to \
             wait longer."
        }
        _ => return None,
    })
}

impl App {
    /// Tells the owner of an account of an act, within its transaction, at the address that the account had before it.
    pub(crate) async fn tell_owner(
        &self,
        tx: &Tx,
        owner: &User,
        origin: &Origin,
        action: &str,
    ) -> Result<()> {
        let Some(what) = told(action) else { return Ok(()) };
        let format =
            format_description!("[day padding:none] [month repr:long] [year] at [hour]:[minute] UTC");
        let when = self.ambient().now().format(format).map_err(Error::internal)?;
        let notice = Notice {
            name: &owner.display_name,
            what,
            when: &when,
            address: &origin.address,
            url: &self.page_url("/settings/sessions"),
        };
        self.post(tx, &owner.email, "a change to your account", &notice).await
    }

    /// Tells the owner, once, that somebody guesses their password or codes.
    pub(crate) async fn tell_of_guesses(
        &self,
        tx: &Tx,
        owner: UserId,
        origin: &Origin,
        misses: u64,
    ) -> Result<()> {
        /// Wrong guesses in a row that are no longer a slip of the finger.
        const MANY: u64 = 10;
        if misses != MANY {
            return Ok(());
        }
        let owner = user::by_id(tx, owner).await?.ok_or(Error::NotFound)?;
        self.tell_owner(tx, &owner, origin, "session.guessed").await?;
        self.wake_workers();
        Ok(())
    }
}
