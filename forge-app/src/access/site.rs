//! Proofs about the site, and about the person themself.

use std::marker::PhantomData;

use forge_core::{Actor, Credential, Person};
use forge_store::session;
use time::Duration;

use crate::app::App;
use crate::error::{Error, Result};

/// For how long a proof of who somebody is counts as recent.
const RECENT_MINUTES: i64 = 15;

/// Proof that somebody is signed in, by whatever credential.
#[must_use]
#[derive(Debug)]
pub struct SignedIn {
    person: Person,
}

impl SignedIn {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// Whoever is signed in may look for repositories.
    pub fn looking(&self) -> Looking {
        Looking { actor: Actor::Person(self.person.clone()) }
    }
}

/// Proof that somebody may look for repositories: they are signed in, or the site has public ones. They find what they may
/// read.
#[must_use]
#[derive(Debug)]
pub struct Looking {
    actor: Actor,
}

impl Looking {
    /// Who looks; nobody in particular where the site has public repositories.
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// When the person last proved who they are: any time since they signed in.
#[derive(Debug)]
pub enum Ever {}

/// When the person last proved who they are: a few minutes ago.
#[derive(Debug)]
pub enum Recent {}

/// Proof that an actor is this person in a browser, so that they may change their own account. What would let somebody
/// in, or keep the person out, asks for `MeAccess<Recent>`.
#[must_use]
#[derive(Debug)]
pub struct MeAccess<F = Ever> {
    person: Person,
    freshness: PhantomData<F>,
}

impl<F> MeAccess<F> {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
    }
}

impl MeAccess<Recent> {
    /// The same proof for what asks for less.
    pub fn lower(self) -> MeAccess {
        MeAccess { person: self.person, freshness: PhantomData }
    }
}

/// Proof that an actor administers the site.
#[must_use]
#[derive(Debug)]
pub struct SiteAccess {
    actor: Actor,
}

impl SiteAccess {
    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

impl App {
    /// Proves that somebody is signed in.
    pub fn signed_in(&self, actor: &Actor) -> Result<SignedIn> {
        let person = actor.person().ok_or(Error::Unauthenticated)?;
        Ok(SignedIn { person: person.clone() })
    }

    /// Proves that somebody may look for repositories.
    pub fn looking(&self, actor: &Actor) -> Result<Looking> {
        match actor {
            Actor::Person(_) => {}
            Actor::Nobody if self.has_public_reading() => {}
            Actor::Nobody | Actor::Machine(_) | Actor::System { .. } => return Err(Error::Unauthenticated),
        }
        Ok(Looking { actor: actor.clone() })
    }

    /// Proves that the actor may change their own account. A token or a key never does: it cannot make or widen another.
    pub fn authorize_me(&self, actor: &Actor) -> Result<MeAccess> {
        let person = actor.person().ok_or(Error::Unauthenticated)?;
        if !person.credential.is_browser() {
            return Err(Error::Forbidden("Sign in with a browser to change your account.".to_owned()));
        }
        Ok(MeAccess { person: person.clone(), freshness: PhantomData })
    }

    /// Proves the same of somebody who has said who they are within the last minutes. `NotRecent` asks them to say it again.
    pub async fn authorize_me_recently(&self, actor: &Actor) -> Result<MeAccess<Recent>> {
        let me = self.authorize_me(actor)?;
        let Credential::Session(id) = me.person.credential else { return Err(Error::NotRecent) };
        let rows = self.store().read().await?;
        let found = session::by_id(&rows, id).await?.ok_or(Error::Unauthenticated)?;
        if found.authenticated_at + Duration::minutes(RECENT_MINUTES) <= self.ambient().now() {
            return Err(Error::NotRecent);
        }
        Ok(MeAccess { person: me.person, freshness: PhantomData })
    }

    /// Proves that the actor administers the site. For everyone else the administration is not there.
    pub fn authorize_site(&self, actor: &Actor) -> Result<SiteAccess> {
        match actor {
            Actor::Nobody => Err(Error::Unauthenticated),
            _ if actor.is_site_admin() => Ok(SiteAccess { actor: actor.clone() }),
            _ => Err(Error::NotFound),
        }
    }
}
