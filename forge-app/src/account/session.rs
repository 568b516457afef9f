//! Browsers that are signed in.

use forge_core::{Actor, Credential, Session, SessionId, User};
use forge_store::{Rows, session, user};
use serde_json::json;
use time::Duration;

use crate::access::MeAccess;
use crate::account::note_use;
use crate::account::sign_in::person;
use crate::account::standing::{machine_stands, stands};
use crate::ambient::hash_secret;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::fresh::Signed;

/// How long a session lasts at most.
pub const SESSION_DAYS: i64 = 14;
/// How long it lasts without use.
const IDLE_DAYS: i64 = 3;
/// How precisely the last use is kept.
const TOUCH_SECONDS: i64 = 60;

/// Whom a session lets in.
#[derive(Debug, Clone)]
pub struct SessionHolder {
    /// As whom they act.
    pub actor: Actor,
    /// Their account.
    pub user: User,
    /// Whether they may do nothing yet but set up a second factor, because one is demanded of them.
    pub must_enrol: bool,
}

impl App {
    /// Whom a session cookie lets in, if anybody.
    pub async fn actor_of_session(&self, origin: &Origin, secret: &str) -> Result<Option<SessionHolder>> {
        let now = self.ambient().now();
        let hash = hash_secret(secret);
        let find = async {
            let rows = self.store().read().await?;
            let Some(session) = session::by_token(&rows, &hash).await? else { return Ok(None) };
            let Some(owner) = self.active_user(&rows, session.user).await? else { return Ok(None) };
            let must_enrol = !session.factors.are_two()
                && !self.has_second_factor(&rows, owner.id).await?
                && self.second_factor_demanded(&rows, &owner).await?;
            Ok(Some(Signed { session, owner, must_enrol }))
        };
        let found = self.doorkeeper().sessions.get(self.store(), hash, find).await?;
        let Some(Signed { session: found, owner, must_enrol }) = found else { return Ok(None) };
        if found.expires_at <= now || found.last_used_at + Duration::days(IDLE_DAYS) <= now {
            return Ok(None);
        }
        if found.last_used_at + Duration::seconds(TOUCH_SECONDS) <= now {
            let noting = async {
                let tx = self.store().begin().await?;
                session::touch(&tx, found.id, now, &origin.address).await?;
                Ok(tx.commit().await?)
            };
            note_use("a session", noting).await;
        }
        let actor = person(&owner, Credential::Session(found.id));
        Ok(Some(SessionHolder { actor, user: owner, must_enrol }))
    }

    /// The actor as they are at this moment; an error when nothing lets them in any more.
    pub(crate) async fn actor_now(&self, rows: &impl Rows, actor: &Actor) -> Result<Actor> {
        let now = self.ambient().now();
        let known = match actor {
            Actor::Person(known) => known,
            Actor::Machine(machine) if !machine_stands(rows, machine, now).await? => {
                return Err(Error::NotFound);
            }
            Actor::Machine(_) | Actor::Nobody | Actor::System { .. } => return Ok(actor.clone()),
        };
        let owner = self.active_user(rows, known.id).await?.ok_or(Error::NotFound)?;
        if !stands(rows, &self.credentials().certificates, known, now).await? {
            return Err(Error::NotFound);
        }
        Ok(person(&owner, known.credential.clone()))
    }

    /// The actor as they are at this moment, for doors that keep a connection open; nothing when they may no longer.
    pub async fn still_lets_in(&self, actor: &Actor) -> Result<Option<Actor>> {
        let rows = self.store().read().await?;
        match self.actor_now(&rows, actor).await {
            Ok(actor) => Ok(Some(actor)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The person's sessions, the latest used first.
    pub async fn sessions(&self, me: &MeAccess) -> Result<Vec<Session>> {
        let rows = self.store().read().await?;
        let mut all = session::of_user(&rows, me.person().id).await?;
        all.sort_by_key(|session| std::cmp::Reverse(session.last_used_at));
        Ok(all)
    }

    /// Ends one of the person's sessions, this one or another.
    pub async fn end_session(&self, me: &MeAccess, origin: &Origin, id: SessionId) -> Result<()> {
        let own = self.sessions(me).await?.iter().any(|session| session.id == id);
        if !own {
            return Err(Error::NotFound);
        }
        let tx = self.store().begin().await?;
        session::delete(&tx, id).await?;
        self.record_mine(&tx, me, origin, "session.end", json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all of the person's sessions but the one they use now.
    pub async fn end_other_sessions(&self, me: &MeAccess, origin: &Origin) -> Result<u64> {
        let tx = self.store().begin().await?;
        let ended = session::delete_all(&tx, me.person().id, current(me)).await?;
        self.record_mine(&tx, me, origin, "session.end_others", json!({ "ended": ended })).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Signs out: the session of this very cookie ends.
    pub async fn sign_out(&self, me: &MeAccess, origin: &Origin) -> Result<()> {
        match current(me) {
            Some(id) => self.end_session(me, origin, id).await,
            None => Ok(()),
        }
    }

    /// The person's own account.
    pub async fn my_account<F>(&self, me: &MeAccess<F>) -> Result<User> {
        let rows = self.store().read().await?;
        user::by_id(&rows, me.person().id).await?.ok_or(Error::NotFound)
    }

    /// Writes down what somebody did to their own account, and tells them by mail where that matters.
    pub(crate) async fn record_mine<F>(
        &self,
        tx: &forge_store::Tx,
        me: &MeAccess<F>,
        origin: &Origin,
        action: &str,
        detail: serde_json::Value,
    ) -> Result<()> {
        let actor = Actor::Person(me.person().clone());
        let subject = Subject::new(&me.person().id, me.person().name.as_str());
        record(tx, self.ambient(), &actor, origin, action, subject, detail).await?;
        let owner = user::by_id(tx, me.person().id).await?.ok_or(Error::NotFound)?;
        self.tell_owner(tx, &owner, origin, action).await
    }
}

/// The session a person acts in.
pub(crate) fn current<F>(me: &MeAccess<F>) -> Option<SessionId> {
    match me.person().credential {
        Credential::Session(id) => Some(id),
        _ => None,
    }
}
