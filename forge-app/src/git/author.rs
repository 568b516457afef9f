//! Who commits made on the forge are by.

use forge_core::Actor;
use forge_core::code::Identity;
use forge_store::user;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// The identity for a commit that somebody makes through a page.
    pub(crate) async fn author_of(&self, actor: &Actor) -> Result<Identity> {
        let (name, email) = match actor {
            Actor::Person(person) => {
                let rows = self.store().read().await?;
                let found = user::by_id(&rows, person.id).await?.ok_or(Error::NotFound)?;
                (found.display_name, found.email.as_str().to_owned())
            }
            Actor::Nobody | Actor::Machine(_) => return Err(Error::Unauthenticated),
            Actor::System { .. } => ("Forge".to_owned(), "forge@localhost".to_owned()),
        };
        Ok(Identity { name, email, at: self.ambient().now() })
    }
}
