//! Proof that an address of a feed was made by somebody who may still come in.

use forge_core::{Actor, Credential, Person, Scope, Scopes, User};

use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};

/// Proof that the address of a feed carries a token for feeds, and of whom. It proves nothing about what they may see:
/// that is asked again for each thing that the feed would tell.
#[must_use]
#[derive(Debug)]
pub struct FeedAccess {
    owner: User,
    reader: Person,
}

impl FeedAccess {
    /// Whose feed it is.
    pub fn owner(&self) -> &User {
        &self.owner
    }

    /// The person as somebody who reads repositories, and does nothing else. Only for use cases of feeds: nobody gets a
    /// proof of reading out of them.
    pub(crate) fn reader(&self) -> &Person {
        &self.reader
    }

    /// The same as whoever acts.
    pub(crate) fn actor(&self) -> Actor {
        Actor::Person(self.reader.clone())
    }
}

impl App {
    /// Proves that a text is a token for feeds. A token for anything else opens no feed, so that none ends up in an
    /// address; one that was taken back, or whose owner is switched off, is like one that never was.
    pub async fn authorize_feed(&self, origin: &Origin, text: &str) -> Result<FeedAccess> {
        let found = self.token_in_force(origin, text).await?;
        let (token, owner) = found.filter(|(token, _)| token.scopes.is_for_feeds()).ok_or(Error::NotFound)?;
        let reading = Scopes::new([Scope::RepositoryRead]).map_err(Error::internal)?;
        let reader = Person {
            id: owner.id,
            name: owner.name.clone(),
            is_admin: owner.is_admin,
            credential: Credential::Token(token.id, reading, token.reach),
        };
        Ok(FeedAccess { owner, reader })
    }
}
