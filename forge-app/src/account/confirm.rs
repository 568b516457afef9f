//! Proving anew who one is, before a dangerous setting.

use forge_core::{Factor, Secret};
use forge_store::{Tx, session, user};
use serde_json::json;

use crate::access::MeAccess;
use crate::account::session::current;
use crate::account::throttle::Guess;
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// What somebody proves it with.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Their password.
    Password(Secret<String>),
    /// A code of their authenticator app, or a recovery code.
    Code(String),
}

impl App {
    /// Takes a fresh proof. The session goes on under a new token, which is the value for its cookie.
    pub async fn confirm(&self, me: &MeAccess, origin: &Origin, proof: &Proof) -> Result<Secret<String>> {
        let person = me.person();
        match proof {
            Proof::Password(password) => {
                let guess = Guess::at(person.name.as_str(), origin);
                let hash = {
                    let rows = self.store().read().await?;
                    self.may_guess(&rows, &guess).await?;
                    user::password_hash(&rows, person.id).await?
                };
                if !self.passwords().verify(hash, password).await? {
                    self.note_miss(&guess).await?;
                    self.record_refused(me, origin).await?;
                    return Err(Error::invalid("password", "This is not your password. Try again."));
                }
                let tx = self.store().begin().await?;
                self.confirmed(tx, me, origin, Factor::Password).await
            }
            Proof::Code(code) => {
                let Some((tx, factor)) = self.use_code(origin, person.id, code).await? else {
                    self.record_refused(me, origin).await?;
                    return Err(Error::invalid(
                        "code",
                        "The code is not right, or it was used already. Wait for the next one.",
                    ));
                };
                self.confirmed(tx, me, origin, factor).await
            }
        }
    }

    /// Writes down a fresh proof, in the transaction that used it up.
    pub(crate) async fn confirmed(
        &self,
        tx: Tx,
        me: &MeAccess,
        origin: &Origin,
        factor: Factor,
    ) -> Result<Secret<String>> {
        let id = current(me).ok_or(Error::Unauthenticated)?;
        let known = session::by_id(&tx, id).await?.ok_or(Error::Unauthenticated)?;
        let (secret, hash) = self.ambient().secret();
        session::renew(&tx, id, &hash, self.ambient().now(), &known.factors.and(factor)).await?;
        let detail = json!({ "factor": factor.word() });
        self.record_mine(&tx, me, origin, "session.confirm", detail).await?;
        tx.commit().await?;
        Ok(secret)
    }

    async fn record_refused(&self, me: &MeAccess, origin: &Origin) -> Result<()> {
        let tx = self.store().begin().await?;
        self.record_mine(&tx, me, origin, "session.refuse_confirmation", json!({})).await?;
        Ok(tx.commit().await?)
    }
}
