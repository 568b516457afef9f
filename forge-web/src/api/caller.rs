//! Who a program acts for.

use axum::extract::FromRequestParts;
use forge_app::access::Level;
use forge_app::{Origin, RepoAccess};
use forge_core::{Actor, Door, RepoName, RepoPath};
use http::request::Parts;

use crate::error::Failure;
use crate::extract::{Address, Client};
use crate::git::{Credentials, credentials};
use crate::web::Web;

/// Somebody whose access token was right, and the repository behind `/api/v1/repos`.
pub(super) struct Caller {
    actor: Actor,
    path: Option<RepoPath>,
    origin: Origin,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Failure;

    /// Asks for a token first: whoever has none learns nothing about the address.
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let origin = Origin { door: Door::Http, address: Client::of(&parts.extensions).text() };
        let Some(Credentials::Token(token)) = credentials(&parts.headers) else {
            return Err(Failure::SignIn);
        };
        let actor = web.app().actor_of_token(&origin, token.expose()).await?.ok_or(Failure::SignIn)?;
        let address = Address::of(&parts.uri);
        let name = address.segment(4).and_then(|name| RepoName::new(name).ok());
        let path = address.owner(3).zip(name).map(|(owner, name)| RepoPath::new(owner, name));
        Ok(Self { actor, path, origin })
    }
}

impl Caller {
    /// Where the request came from.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Proves a level of permission. An old address of the repository counts as its new one.
    pub(super) async fn authorize<L: Level>(&self, web: &Web) -> Result<RepoAccess<L>, Failure> {
        let path = self.path.as_ref().ok_or_else(Failure::not_found)?;
        Ok(web.app().authorize::<L>(&self.actor, path).await?)
    }
}
