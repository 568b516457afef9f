//! Signing in: a name and a password, and a second factor where there is one.
//!
//! Between the two steps there is no session. The browser holds the secret of a *pending* sign-in, which lets nobody in,
//! lasts ten minutes, and is used up by the transaction that makes the session.

use forge_core::{
    AccountState, Actor, Credential, Email, Factor, Factors, Person, Secret, Session, User, UserId, Username,
};
use forge_store::pending_sign_in::{self, PendingSignIn};
use forge_store::{Rows, Tx, ceremony, session, user};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::account::session::SESSION_DAYS;
use crate::account::throttle::Guess;
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// How long the second factor may take.
const PENDING_MINUTES: i64 = 10;

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

/// What follows from a first factor that was right.
#[derive(Debug)]
pub enum SignInStep {
    /// They are in.
    Done(SignedInAs),
    /// A second factor is asked for; this secret is what the browser comes back with.
    SecondFactor(Secret<String>),
}

/// What somebody has proved, and when: another site may have asked a while ago.
pub(crate) struct Proved {
    pub(crate) factors: Factors,
    pub(crate) at: OffsetDateTime,
}

/// What may be given as the second factor.
#[derive(Debug, Clone)]
pub struct SecondFactorChoices {
    /// Who is signing in.
    pub user: User,
    /// Whether there is an authenticator app.
    pub app: bool,
    /// Whether there are passkeys.
    pub passkey: bool,
}

impl App {
    /// Signs somebody in with a browser.
    ///
    /// An unknown name, a wrong password and a switched-off account give the same answer in the same time.
    pub async fn sign_in(&self, origin: &Origin, entered: &SignIn) -> Result<SignInStep> {
        let user = self.check_credentials(origin, &entered.login, &entered.password).await?;
        let proved = Proved { factors: Factor::Password.into(), at: self.ambient().now() };
        self.after_first_factor(origin, user, proved, &entered.user_agent).await
    }

    /// Lets somebody in, or asks for a second factor if they have one and have not proved two.
    pub(crate) async fn after_first_factor(
        &self,
        origin: &Origin,
        user: User,
        proved: Proved,
        user_agent: &str,
    ) -> Result<SignInStep> {
        let tx = self.store().begin().await?;
        if proved.factors.are_two() || !self.has_second_factor(&tx, user.id).await? {
            let signed_in = self.admit(&tx, origin, user, proved, user_agent).await?;
            tx.commit().await?;
            return Ok(SignInStep::Done(signed_in));
        }
        let (secret, hash) = self.ambient().secret();
        let pending = PendingSignIn {
            user: user.id,
            factors: proved.factors,
            user_agent: shortened(user_agent),
            expires_at: self.ambient().now() + Duration::minutes(PENDING_MINUTES),
        };
        pending_sign_in::insert(&tx, &pending, &hash).await?;
        tx.commit().await?;
        Ok(SignInStep::SecondFactor(secret))
    }

    /// What may be given as the second factor of a sign-in that waits for one; nothing if none does.
    pub async fn pending_sign_in(&self, secret: &str) -> Result<Option<SecondFactorChoices>> {
        let rows = self.store().read().await?;
        let Some((_, user)) = self.find_pending(&rows, secret).await? else { return Ok(None) };
        let app = self.sealed_app(&rows, user.id).await?.is_some_and(|app| app.is_confirmed);
        let passkey = forge_store::passkey::count(&rows, user.id).await? > 0;
        Ok(Some(SecondFactorChoices { user, app, passkey }))
    }

    /// Ends a sign-in with a code of the authenticator app or a recovery code.
    pub async fn finish_with_code(&self, origin: &Origin, secret: &str, code: &str) -> Result<SignedInAs> {
        let (pending, user) = {
            let rows = self.store().read().await?;
            self.find_pending(&rows, secret).await?.ok_or(Error::Unauthenticated)?
        };
        let Some((tx, factor)) = self.use_code(origin, user.id, code).await? else {
            self.record_refused_code(origin, &user).await?;
            return Err(Error::invalid(
                "code",
                "The code is not right, or it was used already. Wait for the next code of your app, or enter a recovery \
                 code.",
            ));
        };
        self.finish(tx, origin, secret, pending, user, factor).await
    }

    /// Makes a session of a pending sign-in: in one transaction with what used up the second factor.
    pub(crate) async fn finish(
        &self,
        tx: Tx,
        origin: &Origin,
        secret: &str,
        pending: PendingSignIn,
        user: User,
        factor: Factor,
    ) -> Result<SignedInAs> {
        if !pending_sign_in::take(&tx, &hash_secret(secret)).await? {
            return Err(Error::Unauthenticated);
        }
        let proved = Proved { factors: pending.factors.and(factor), at: self.ambient().now() };
        let signed_in = self.admit(&tx, origin, user, proved, &pending.user_agent).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    pub(crate) async fn find_pending(
        &self,
        rows: &impl Rows,
        secret: &str,
    ) -> Result<Option<(PendingSignIn, User)>> {
        let found = pending_sign_in::by_token(rows, &hash_secret(secret), self.ambient().now()).await?;
        let Some(pending) = found else { return Ok(None) };
        Ok(self.active_user(rows, pending.user).await?.map(|user| (pending, user)))
    }

    /// Makes a session, within the caller's transaction.
    pub(crate) async fn admit(
        &self,
        tx: &Tx,
        origin: &Origin,
        user: User,
        proved: Proved,
        user_agent: &str,
    ) -> Result<SignedInAs> {
        let (secret, hash) = self.ambient().secret();
        let now = self.ambient().now();
        let detail = json!({ "factors": proved.factors.to_string() });
        let new = Session {
            id: self.ambient().id(),
            user: user.id,
            created_at: now,
            authenticated_at: proved.at,
            factors: proved.factors,
            last_used_at: now,
            expires_at: now + Duration::days(SESSION_DAYS),
            address: origin.address.clone(),
            user_agent: shortened(user_agent),
        };
        session::delete_expired(tx, now).await?;
        pending_sign_in::delete_expired(tx, now).await?;
        ceremony::delete_expired(tx, now).await?;
        session::insert(tx, &new, &hash).await?;
        let actor = person(&user, Credential::Session(new.id));
        let subject = Subject::new(&user.id, user.name.as_str());
        record(tx, self.ambient(), &actor, origin, "session.create", subject, detail).await?;
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
        // Counted under what was entered: else waiting would tell whose address it is.
        let guess = Guess::at(&login, origin);
        let rows = self.store().read().await?;
        self.may_guess(&rows, &guess).await?;
        let found = by_login(&rows, &login).await?;
        // Nobody's password is looked for as well: a name that is not there costs as many questions.
        let id = found.as_ref().map_or(UserId::from_bytes([0; 16]), |found| found.id);
        let hash = user::password_hash(&rows, id).await?;
        let matches = self.passwords().verify(hash, password).await?;
        // Again: of guesses that came at once, those that are over the limit learn nothing.
        let is_counted = self.may_guess(&rows, &guess).await?;
        match found {
            Some(found) if matches && found.state == AccountState::Active => {
                if is_counted {
                    let tx = self.store().begin().await?;
                    self.forgive(&tx, &guess).await?;
                    tx.commit().await?;
                }
                Ok(found)
            }
            found => {
                self.record_failed_sign_in(origin, &guess, &login, found.as_ref()).await?;
                Err(Error::invalid(
                    "password",
                    "The name or password is not right. Check both and try again.",
                ))
            }
        }
    }

    /// Counts a wrong password and writes it down.
    async fn record_failed_sign_in(
        &self,
        origin: &Origin,
        guess: &Guess,
        login: &str,
        found: Option<&User>,
    ) -> Result<()> {
        // A person may type a password into the name field: an unknown name is not written down.
        let (id, name) =
            found.map_or((String::new(), "unknown"), |user| (user.id.to_string(), user.name.as_str()));
        let detail = json!({ "login_characters": login.chars().count() });
        let subject = Subject::new(&id, name);
        let tx = self.store().begin().await?;
        let misses = self.missed(&tx, guess).await?;
        if let Some(owner) = found {
            self.tell_of_guesses(&tx, owner.id, origin, misses).await?;
        }
        record(&tx, self.ambient(), &Actor::Nobody, origin, "session.refuse", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Notes a wrong code.
    pub(crate) async fn record_refused_code(&self, origin: &Origin, user: &User) -> Result<()> {
        let subject = Subject::new(&user.id, user.name.as_str());
        let tx = self.store().begin().await?;
        record(&tx, self.ambient(), &Actor::Nobody, origin, "session.refuse_code", subject, json!({}))
            .await?;
        Ok(tx.commit().await?)
    }
}

/// A person as an actor.
pub(crate) fn person(user: &User, credential: Credential) -> Actor {
    Actor::Person(Person { id: user.id, name: user.name.clone(), is_admin: user.is_admin, credential })
}

fn shortened(user_agent: &str) -> String {
    user_agent.chars().take(250).collect()
}

pub(crate) async fn by_login(rows: &impl Rows, login: &str) -> Result<Option<User>> {
    if let Ok(name) = Username::new(login) {
        return Ok(user::by_name(rows, &name).await?);
    }
    match Email::new(login) {
        Ok(email) => Ok(user::by_email(rows, &email).await?),
        Err(_) => Ok(None),
    }
}
