//! Links that are mailed: a new password, a new address. Each works once and not for long.
//!
//! A link proves that whoever opens it reads the mail of an address, and nothing else: a new password signs nobody in,
//! and does not stand in for a second factor.

use forge_core::{AccountState, Actor, Email, Secret, User, UserId};
use forge_store::ceremony::{self, Ceremony};
use forge_store::{Tx, pending_sign_in, session, user};
use serde_json::json;
use time::Duration;

use crate::access::{MeAccess, Recent};
use crate::account::password::check_password;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::jobs::{Job, JobError, Task};
use crate::mail::{ChangeEmail, ResetPassword};

/// What the links are for.
const RESET: &str = "reset-password";
const EMAIL: &str = "change-email";
/// How long they work.
const RESET_MINUTES: i64 = 60;
const EMAIL_HOURS: i64 = 24;

impl App {
    /// Asks for a link that sets a new password. The answer is the same, and comes as fast, whether anybody has the address:
    /// a job looks.
    pub async fn request_password_reset(&self, origin: &Origin, email: &Email) -> Result<()> {
        self.count_request(&format!("reset {}", email.key()), origin).await?;
        let id = hex::encode(self.ambient().random::<16>());
        let text = serde_json::to_vec(&(email.as_str(), &origin.address)).map_err(Error::internal)?;
        let sealed = self.server_key().seal(self.ambient(), &place(&id), &text).await?;
        self.submit(&Job::MailReset { id, sealed: hex::encode(sealed) }).await
    }

    async fn mail_reset(&self, email: &Email, address: &str) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = user::by_email(&tx, email).await?;
        let Some(account) = found.filter(|found| found.state == AccountState::Active) else { return Ok(()) };
        let secret = self.make_link(&tx, RESET, account.id, "", Duration::minutes(RESET_MINUTES)).await?;
        let url = self.page_url(&format!("/sign-in/reset/{}", secret.expose()));
        let mail = ResetPassword { name: &account.display_name, username: account.name.as_str(), url: &url };
        self.post(&tx, &account.email, "set a new password", &mail).await?;
        let origin = Origin { door: forge_core::Door::Web, address: address.to_owned() };
        self.record_link(&tx, &account, &origin, "account.request_reset").await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Whose password a link sets, if it still works.
    pub async fn password_reset(&self, secret: &str) -> Result<Option<User>> {
        let tx = self.store().begin().await?;
        // Dropping the transaction puts the link back.
        Ok(self.take_link_of(&tx, RESET, secret).await?.map(|(account, _)| account))
    }

    /// Sets a new password by a link. Everybody is signed out; the second factor stays and will be asked for.
    pub async fn reset_password(&self, origin: &Origin, secret: &str, new: &Secret<String>) -> Result<()> {
        let account = self.password_reset(secret).await?.ok_or(Error::NotFound)?;
        check_password(new, &account.name, &account.email)?;
        let hash = self.passwords().hash(self.ambient(), new).await?;
        let tx = self.store().begin().await?;
        let (account, _) = self.take_link_of(&tx, RESET, secret).await?.ok_or(Error::NotFound)?;
        user::set_password(&tx, account.id, &hash).await?;
        self.password_changed(&tx, account.id, None).await?;
        self.record_link(&tx, &account, origin, "account.reset_password").await?;
        self.tell_owner(&tx, &account, origin, "account.reset_password").await?;
        tx.commit().await?;
        self.wake_workers();
        self.remembered().forget(account.id);
        Ok(())
    }

    /// After a password went, in its transaction: what it let in is out, and links that were asked for before are dead.
    /// Whoever knew the old password may have asked for one to an address of theirs.
    pub(crate) async fn password_changed(
        &self,
        tx: &Tx,
        id: UserId,
        except: Option<forge_core::SessionId>,
    ) -> Result<()> {
        session::delete_all(tx, id, except).await?;
        pending_sign_in::delete_all(tx, id).await?;
        ceremony::delete_all(tx, id, EMAIL).await?;
        Ok(ceremony::delete_all(tx, id, RESET).await?)
    }

    /// Asks for another address: a link goes there, and the account keeps its address until the link is opened. The answer
    /// is the same if somebody else has the address.
    pub async fn request_email_change(
        &self,
        me: &MeAccess<Recent>,
        origin: &Origin,
        email: &Email,
    ) -> Result<()> {
        self.count_request(&format!("new address {}", me.person().id), origin).await?;
        let tx = self.store().begin().await?;
        let account = user::by_id(&tx, me.person().id).await?.ok_or(Error::NotFound)?;
        if user::by_email(&tx, email).await?.is_none() {
            ceremony::delete_all(&tx, account.id, EMAIL).await?;
            let lasts = Duration::hours(EMAIL_HOURS);
            let secret = self.make_link(&tx, EMAIL, account.id, email.as_str(), lasts).await?;
            let url = self.page_url(&format!("/sign-in/email/{}", secret.expose()));
            let mail =
                ChangeEmail { name: &account.display_name, username: account.name.as_str(), url: &url };
            self.post(&tx, email, "confirm your email address", &mail).await?;
        }
        self.record_mine(&tx, me, origin, "account.request_email", json!({})).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// The account and the address that a link joins, if it still works.
    pub async fn email_change(&self, secret: &str) -> Result<Option<(User, Email)>> {
        let tx = self.store().begin().await?;
        match self.take_link_of(&tx, EMAIL, secret).await? {
            Some((account, email)) => Ok(Some((account, Email::new(&email).map_err(Error::internal)?))),
            None => Ok(None),
        }
    }

    /// Gives an account the address that its link was sent to, and tells the old one.
    pub async fn change_email(&self, origin: &Origin, secret: &str) -> Result<()> {
        let tx = self.store().begin().await?;
        let (account, email) = self.take_link_of(&tx, EMAIL, secret).await?.ok_or(Error::NotFound)?;
        let email = Email::new(&email).map_err(Error::internal)?;
        if user::by_email(&tx, &email).await?.is_some() {
            return Err(Error::Conflict("This address belongs to an account by now.".to_owned()));
        }
        user::update_profile(&tx, account.id, &account.display_name, &email, &account.bio).await?;
        ceremony::delete_all(&tx, account.id, RESET).await?;
        self.record_link(&tx, &account, origin, "account.change_email").await?;
        self.tell_owner(&tx, &account, origin, "account.change_email").await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    async fn make_link(
        &self,
        tx: &Tx,
        purpose: &str,
        id: UserId,
        state: &str,
        lasts: Duration,
    ) -> Result<Secret<String>> {
        let (secret, _) = self.ambient().secret();
        let begun = Ceremony {
            purpose: purpose.to_owned(),
            user: Some(id),
            state: state.to_owned(),
            expires_at: self.ambient().now() + lasts,
        };
        ceremony::begin(tx, &kept(purpose, secret.expose()), &begun).await?;
        Ok(secret)
    }

    async fn take_link_of(&self, tx: &Tx, purpose: &str, secret: &str) -> Result<Option<(User, String)>> {
        let now = self.ambient().now();
        let Some(taken) = ceremony::take(tx, &kept(purpose, secret), purpose, now).await? else {
            return Ok(None);
        };
        let Some(id) = taken.user else { return Ok(None) };
        Ok(self.active_user(tx, id).await?.map(|account| (account, taken.state)))
    }

    async fn record_link(&self, tx: &Tx, account: &User, origin: &Origin, action: &str) -> Result<()> {
        let subject = Subject::new(&account.id, account.name.as_str());
        record(tx, self.ambient(), &Actor::Nobody, origin, action, subject, json!({})).await
    }
}

/// Looks whose address it is, and mails the link. Running it twice mails two links, and each works once.
pub(crate) async fn run(task: &Task, id: &str, sealed: &str) -> Result<(), JobError> {
    let give_up = || JobError::GiveUp("the request was sealed with another key (data.secret_key)".to_owned());
    let sealed = hex::decode(sealed).map_err(|_| give_up())?;
    let app = &task.app;
    let opened = app.server_key().open(app.ambient(), &place(id), &sealed).await?.ok_or_else(give_up)?;
    let (email, address): (String, String) =
        serde_json::from_slice(opened.expose()).map_err(|error| JobError::GiveUp(error.to_string()))?;
    let Ok(email) = Email::new(&email) else { return Ok(()) };
    Ok(app.mail_reset(&email, &address).await?)
}

fn place(id: &str) -> String {
    format!("reset {id}")
}

/// What is stored of a link.
fn kept(purpose: &str, secret: &str) -> [u8; 32] {
    hash_secret(&format!("{purpose}\0{secret}"))
}
