//! Making accounts, and switching them on and off.

use forge_core::{AccountState, Actor, Email, Secret, User, UserId, Username};
use forge_store::{PageRequest, Tx, access_token, auditor, owner, pending_sign_in, session, user};
use serde_json::json;
use time::OffsetDateTime;

use crate::access::SiteAccess;
use crate::account::password::check_password;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::page::Page;

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// What they sign in as.
    pub name: Username,
    /// What they are called; empty for the same.
    pub display_name: String,
    /// Where mail reaches them.
    pub email: Email,
    /// Their first password.
    pub password: Secret<String>,
    /// Whether they administer the site.
    pub is_admin: bool,
}

impl App {
    /// Makes an account.
    pub async fn create_user(&self, access: &SiteAccess, origin: &Origin, new: &NewUser) -> Result<User> {
        let hash = self.first_password(new).await?;
        let tx = self.store().begin().await?;
        let created = self.insert_user(&tx, access.actor(), origin, new, &hash).await?;
        tx.commit().await?;
        Ok(created)
    }

    /// Checks and hashes the password of a new account: the slow part, before any transaction is open.
    pub(crate) async fn first_password(&self, new: &NewUser) -> Result<String> {
        check_password(&new.password, &new.name, &new.email)?;
        self.passwords().hash(self.ambient(), &new.password).await
    }

    /// Makes an account within the caller's transaction. An empty hash is no password.
    pub(crate) async fn insert_user(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        new: &NewUser,
        hash: &str,
    ) -> Result<User> {
        let display_name =
            if new.display_name.trim().is_empty() { new.name.as_str() } else { new.display_name.trim() };
        let created = User {
            id: self.ambient().id(),
            name: new.name.clone(),
            display_name: checked_display_name(display_name)?,
            email: new.email.clone(),
            bio: String::new(),
            is_admin: new.is_admin,
            state: AccountState::Active,
            created_at: self.ambient().now(),
        };
        if owner::by_name(tx, &new.name.clone().into()).await?.is_some() {
            return Err(Error::invalid("name", "This name is taken. Choose another."));
        }
        if user::by_email(tx, &new.email).await?.is_some() {
            return Err(Error::invalid("email", "An account with this email address exists already."));
        }
        user::insert(tx, &created, hash).await?;
        let subject = Subject::new(&created.id, created.name.as_str());
        let detail = json!({ "admin": new.is_admin });
        record(tx, self.ambient(), actor, origin, "account.create", subject, detail).await?;
        Ok(created)
    }

    /// Everybody who has an account, by name.
    pub async fn people(
        &self,
        _access: &SiteAccess,
        text: Option<&str>,
        page: Page,
    ) -> Result<forge_store::Page<User>> {
        let rows = self.store().read().await?;
        Ok(user::list(&rows, text, PageRequest { offset: page.offset, limit: page.limit }).await?)
    }

    /// Switches an account off, ending everything that lets its owner in, or on again.
    pub async fn set_account_state(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        name: &Username,
        state: AccountState,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        user::set_state(&tx, found.id, state).await?;
        if state == AccountState::Disabled {
            keep_an_admin(&tx).await?;
            session::delete_all(&tx, found.id, None).await?;
            pending_sign_in::delete_all(&tx, found.id).await?;
            access_token::delete_all(&tx, found.id).await?;
        }
        let action = if state == AccountState::Active { "account.enable" } else { "account.disable" };
        record(
            &tx,
            self.ambient(),
            access.actor(),
            origin,
            action,
            Subject::new(&found.id, found.name.as_str()),
            json!({}),
        )
        .await?;
        tx.commit().await?;
        self.remembered().forget(found.id);
        Ok(())
    }

    /// Makes somebody an administrator, or no longer one.
    pub async fn set_admin(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        name: &Username,
        is_admin: bool,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        user::set_admin(&tx, found.id, is_admin).await?;
        if !is_admin {
            keep_an_admin(&tx).await?;
        }
        let subject = Subject::new(&found.id, found.name.as_str());
        record(
            &tx,
            self.ambient(),
            access.actor(),
            origin,
            "account.set_admin",
            subject,
            json!({ "admin": is_admin }),
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes somebody an auditor of the site, who reads the whole audit log, or no longer one.
    pub async fn set_auditor(
        &self,
        access: &SiteAccess,
        origin: &Origin,
        name: &Username,
        is_auditor: bool,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let found = user::by_name(&tx, name).await?.ok_or(Error::NotFound)?;
        if is_auditor {
            auditor::add(&tx, found.id, self.ambient().now()).await?;
        } else {
            auditor::remove(&tx, found.id).await?;
        }
        let subject = Subject::new(&found.id, found.name.as_str());
        let detail = json!({ "auditor": is_auditor });
        record(&tx, self.ambient(), access.actor(), origin, "account.set_auditor", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Those of several people who are auditors of the site.
    pub async fn auditors_among(&self, _access: &SiteAccess, people: &[User]) -> Result<Vec<UserId>> {
        let ids: Vec<_> = people.iter().map(|user| user.id).collect();
        Ok(auditor::among(&self.store().read().await?, &ids).await?)
    }

    /// When several people last used a browser that is signed in.
    pub async fn last_seen_of(
        &self,
        _access: &SiteAccess,
        people: &[User],
    ) -> Result<Vec<(UserId, OffsetDateTime)>> {
        let ids: Vec<_> = people.iter().map(|user| user.id).collect();
        Ok(session::last_used(&self.store().read().await?, &ids).await?)
    }

    /// A person by name, for showing to those signed in.
    pub async fn user_by_name(&self, name: &Username) -> Result<User> {
        let rows = self.store().read().await?;
        user::by_name(&rows, name).await?.ok_or(Error::NotFound)
    }

    /// A person who may be let in: known and not switched off.
    pub(crate) async fn active_user(
        &self,
        rows: &impl forge_store::Rows,
        id: UserId,
    ) -> Result<Option<User>> {
        Ok(user::by_id(rows, id).await?.filter(|user| user.state == AccountState::Active))
    }
}

/// After the change, within its transaction: dropping that takes the change back.
pub(super) async fn keep_an_admin(tx: &Tx) -> Result<()> {
    if user::count_admins(tx).await? == 0 {
        return Err(Error::Conflict(
            "This is the last administrator. Make somebody else one first.".to_owned(),
        ));
    }
    Ok(())
}

/// Checks what people are called: one line of 1 to 100 characters.
pub(crate) fn checked_display_name(text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        return Err(Error::invalid("display_name", "Enter a name of 1 to 100 characters."));
    }
    Ok(text.to_owned())
}
