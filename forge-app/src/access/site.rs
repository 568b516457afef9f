//! Proofs about the site, and about the person themself.

use forge_core::{Actor, Person};

use crate::app::App;
use crate::error::{Error, Result};

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
}

/// Proof that an actor is this person in a browser, so that they may change their own account.
#[must_use]
#[derive(Debug)]
pub struct MeAccess {
    person: Person,
}

impl MeAccess {
    /// Who.
    pub fn person(&self) -> &Person {
        &self.person
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

    /// Proves that the actor may change their own account. A token or a key never does: it cannot make or widen another.
    pub fn authorize_me(&self, actor: &Actor) -> Result<MeAccess> {
        let person = actor.person().ok_or(Error::Unauthenticated)?;
        if !person.credential.is_browser() {
            return Err(Error::Forbidden("Sign in with a browser to change your account.".to_owned()));
        }
        Ok(MeAccess { person: person.clone() })
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
