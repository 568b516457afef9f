//! Who a git client acts for, and on which repository.

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use forge_app::access::Level;
use forge_app::{Origin, RepoAccess};
use forge_core::{Actor, Door, RepoPath, Repository, Secret};
use http::request::Parts;
use http::{HeaderMap, Uri, header};

use crate::error::Failure;
use crate::extract::{Address, Client};
use crate::url;
use crate::web::Web;

/// Somebody whose credentials were right, and the repository that the address names.
pub(super) struct Caller {
    actor: Actor,
    path: Option<RepoPath>,
    origin: Origin,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = Failure;

    /// Asks for credentials first: whoever has none learns nothing about the address.
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let origin = Origin { door: Door::Http, address: Client::of(&parts.extensions).text() };
        let actor = match credentials(&parts.headers) {
            Some(Credentials::Token(token)) => web.app().actor_of_token(&origin, token.expose()).await?,
            Some(Credentials::Basic(name, password)) => {
                web.app().actor_of_basic(&origin, &name, &password).await?
            }
            // Where the site has public repositories, whoever gives no credentials may read those. Wrong ones are wrong.
            None if web.app().has_public_reading() => Some(Actor::Nobody),
            None => None,
        };
        let actor = actor.ok_or(Failure::SignIn)?;
        Ok(Self { actor, path: Address::of(&parts.uri).git_repo(), origin })
    }
}

impl Caller {
    /// Proves a level of permission.
    pub(super) async fn authorize<L: Level>(&self, web: &Web) -> Result<RepoAccess<L>, Failure> {
        let Some(path) = &self.path else { return Err(self.refused()) };
        match web.app().authorize::<L>(&self.actor, path).await {
            Err(forge_app::Error::NotFound | forge_app::Error::Unauthenticated) => Err(self.refused()),
            other => Ok(other?),
        }
    }

    /// Not there or not for them: nobody is asked for credentials instead, whatever the address.
    fn refused(&self) -> Failure {
        if self.actor == Actor::Nobody { Failure::SignIn } else { Failure::not_found() }
    }

    /// Where the request came from.
    pub(super) fn origin(&self) -> Origin {
        self.origin.clone()
    }

    /// The same address of a repository that has another name now. Git follows it and tells its user.
    pub(super) fn moved(&self, repo: &Repository, uri: &Uri) -> Option<String> {
        let asked = self.path.as_ref()?;
        if asked.owner.key() == repo.path.owner.key() && asked.name.key() == repo.path.name.key() {
            return None;
        }
        let rest = Address::of(uri).raw_rest(2);
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        Some(format!("{}.git/{rest}{query}", url::repo(&repo.path)))
    }
}

/// What a program says to be let in.
pub(crate) enum Credentials {
    /// An access token.
    Token(Secret<String>),
    /// A name and a password, either of which may be a token.
    Basic(String, Secret<String>),
}

/// Reads `Authorization`. What makes no sense counts as nothing, so that the client is asked again.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    let (scheme, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return Some(Credentials::Token(Secret::new(value.to_owned())));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Secret::new(STANDARD.decode(value).ok()?);
    let text = std::str::from_utf8(decoded.expose()).ok()?;
    let (name, password) = text.split_once(':')?;
    Some(Credentials::Basic(name.to_owned(), Secret::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let headers = [(header::AUTHORIZATION, value.parse().unwrap())].into_iter().collect();
        match credentials(&headers)? {
            Credentials::Token(token) => Some((String::new(), token.expose().clone())),
            Credentials::Basic(name, password) => Some((name, password.expose().clone())),
        }
    }

    fn basic(text: &str) -> Option<(String, String)> {
        read(&format!("Basic {}", STANDARD.encode(text)))
    }

    #[test]
    fn reads_what_clients_send() {
        let pair = |name: &str, password: &str| Some((name.to_owned(), password.to_owned()));
        assert_eq!(basic("dev:three random words"), pair("dev", "three random words"));
        assert_eq!(basic("dev:with:colon"), pair("dev", "with:colon"));
        assert_eq!(basic("forge_abc:"), pair("forge_abc", ""));
        assert_eq!(basic("dév:pässword"), pair("dév", "pässword"));
        assert_eq!(read("bearer forge_abc"), pair("", "forge_abc"));
        assert_eq!(read("token forge_abc"), pair("", "forge_abc"));
    }

    #[test]
    fn nonsense_counts_as_nothing() {
        for bad in ["Basic", "Basic !!!", "Basic ZGV2", "Digest a=b", "x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("Basic {}", STANDARD.encode([0xff, b':', 0xfe]))), None);
    }
}
