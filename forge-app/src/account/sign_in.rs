//! Signing in with a name and a password.

use forge_core::{AccountState, Actor, Credential, Email, Person, Secret, Session, User, Username};
use forge_store::{Rows, session, user};
use serde_json::json;
use time::Duration;

use crate::account::session::SESSION_DAYS;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// What somebody enters to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Their name or e-mail address.
    pub login: String,
    /// Their password.
    pub password: Secret<String>,
    /// What their browser says it is.
    pub user_agent: String,
}

/// Somebody who has just signed in.
#[derive(Debug)]
pub struct SignedInAs {
    /// Who.
    pub user: User,
    /// The value of their session cookie.
    pub secret: Secret<String>,
}

impl App {
    /// Signs somebody in with a browser.
    ///
    /// An unknown name, a wrong password and a switched-off account give the same answer in the same time.
    pub async fn sign_in(&self, origin: &Origin, entered: &SignIn) -> Result<SignedInAs> {
        let user = self.check_credentials(origin, &entered.login, &entered.password).await?;
        let (secret, hash) = self.ambient().secret();
        let now = self.ambient().now();
        let new = Session {
            id: self.ambient().id(),
            user: user.id,
            created_at: now,
            last_used_at: now,
            expires_at: now + Duration::days(SESSION_DAYS),
            address: origin.address.clone(),
            user_agent: entered.user_agent.chars().take(250).collect(),
        };
        let actor = person(&user, Credential::Session(new.id));
        let tx = self.store().begin().await?;
        session::delete_expired(&tx, now).await?;
        session::insert(&tx, &new, &hash).await?;
        record(
            &tx,
            self.ambient(),
            &actor,
            origin,
            "session.create",
            Subject::new(&user.id, user.name.as_str()),
            json!({}),
        )
        .await?;
        tx.commit().await?;
        Ok(SignedInAs { user, secret })
    }

    /// Checks a name and password, slowing guesses down, and says whose they are.
    pub(crate) async fn check_credentials(
        &self,
        origin: &Origin,
        login: &str,
        password: &Secret<String>,
    ) -> Result<User> {
        let login: String = login.trim().chars().take(254).collect();
        self.throttle().check(self.ambient().now(), &login, &origin.address)?;
        let (found, hash) = {
            let rows = self.store().read().await?;
            let found = by_login(&rows, &login).await?;
            let hash = match &found {
                Some(found) => user::password_hash(&rows, found.id).await?,
                None => None,
            };
            (found, hash)
        };
        let matches = self.passwords().verify(hash, password).await?;
        match found {
            Some(found) if matches && found.state == AccountState::Active => {
                self.throttle().passed(&login);
                Ok(found)
            }
            found => {
                self.throttle().missed(self.ambient().now(), &login, &origin.address);
                self.record_failed_sign_in(origin, &login, found.as_ref()).await?;
                Err(Error::invalid(
                    "password",
                    "The name or password is not right. Check both and try again.",
                ))
            }
        }
    }

    async fn record_failed_sign_in(&self, origin: &Origin, login: &str, found: Option<&User>) -> Result<()> {
        // A person may type a password into the name field: an unknown name is not written down.
        let (id, name) =
            found.map_or((String::new(), "unknown"), |user| (user.id.to_string(), user.name.as_str()));
        let detail = json!({ "login_characters": login.chars().count() });
        let tx = self.store().begin().await?;
        record(
            &tx,
            self.ambient(),
            &Actor::Nobody,
            origin,
            "session.refuse",
            Subject::new(&id, name),
            detail,
        )
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A person as an actor.
pub(crate) fn person(user: &User, credential: Credential) -> Actor {
    Actor::Person(Person { id: user.id, name: user.name.clone(), is_admin: user.is_admin, credential })
}

async fn by_login(rows: &impl Rows, login: &str) -> Result<Option<User>> {
    if let Ok(name) = Username::new(login) {
        return Ok(user::by_name(rows, &name).await?);
    }
    match Email::new(login) {
        Ok(email) => Ok(user::by_email(rows, &email).await?),
        Err(_) => Ok(None),
    }
}
