//! Proofs of permission as arguments of handlers. A handler that takes one cannot run without it.

use axum::extract::FromRequestParts;
use forge_app::access::Level;
use forge_app::{
    AuditAccess, FeedAccess, MeAccess, OrgAccess, Origin, Recent, RepoAccess, SiteAccess, TeamAccess,
};
use forge_core::{Actor, Door, RepoPath};
use http::request::Parts;

use crate::error::Failure;
use crate::extract::{Address, Client, Visitor};
use crate::url;
use crate::web::Web;

/// Somebody is signed in. Asked first wherever an address may name something hidden, so that the answer to nobody
/// is the same for every address.
async fn somebody(parts: &mut Parts, web: &Web) -> Result<Actor, Failure> {
    match Visitor::from_request_parts(parts, web).await?.actor {
        Actor::Nobody => Err(Failure::SignIn),
        actor => Ok(actor),
    }
}

/// Proof that somebody is signed in.
#[derive(Debug)]
pub(crate) struct SignedIn(pub(crate) forge_app::SignedIn);

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        Ok(Self(web.app().signed_in(&actor)?))
    }
}

/// Proof that the actor may look for repositories.
#[derive(Debug)]
pub(crate) struct Looking(pub(crate) forge_app::Looking);

impl FromRequestParts<Web> for Looking {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = Visitor::from_request_parts(parts, web).await?.actor;
        match web.app().looking(&actor) {
            Ok(looking) => Ok(Self(looking)),
            Err(forge_app::Error::Unauthenticated) => Err(Failure::SignIn),
            Err(error) => Err(error.into()),
        }
    }
}

/// Proof that the second part of the address is a token for feeds.
#[derive(Debug)]
pub(crate) struct Feed(pub(crate) FeedAccess);

impl FromRequestParts<Web> for Feed {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let token = Address::of(&parts.uri).segment(1).ok_or_else(Failure::not_found)?;
        let origin = Origin { door: Door::Web, address: Client::of(&parts.extensions).text() };
        Ok(Self(web.app().authorize_feed(&origin, &token).await?))
    }
}

/// Proof that the actor may change their own account.
#[derive(Debug)]
pub(crate) struct Me(pub(crate) MeAccess);

impl FromRequestParts<Web> for Me {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        Ok(Self(web.app().authorize_me(&actor)?))
    }
}

/// Proof that the actor may change what lets them in: they have said who they are within the last minutes.
#[derive(Debug)]
pub(crate) struct MeRecently(pub(crate) MeAccess<Recent>);

impl FromRequestParts<Web> for MeRecently {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        Ok(Self(web.app().authorize_me_recently(&actor).await?))
    }
}

/// Proof that the actor administers the site.
#[derive(Debug)]
pub(crate) struct Site(pub(crate) SiteAccess);

impl FromRequestParts<Web> for Site {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        Ok(Self(web.app().authorize_site(&actor)?))
    }
}

/// Proof that the actor reads the audit log of the site.
#[derive(Debug)]
pub(crate) struct Audit(pub(crate) AuditAccess);

impl FromRequestParts<Web> for Audit {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        Ok(Self(web.app().authorize_audit(&actor).await?))
    }
}

/// Proof that the actor reads the audit log of the organisation that the second part of the address names.
#[derive(Debug)]
pub(crate) struct OrgAudit(pub(crate) AuditAccess);

impl FromRequestParts<Web> for OrgAudit {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        let name = Address::of(&parts.uri).org(1).ok_or_else(Failure::not_found)?;
        Ok(Self(web.app().authorize_org_audit(&actor, &name).await?))
    }
}

/// Proof that the actor manages the organisation that the second part of the address names.
#[derive(Debug)]
pub(crate) struct Org(pub(crate) OrgAccess);

impl FromRequestParts<Web> for Org {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        let name = Address::of(&parts.uri).org(1).ok_or_else(Failure::not_found)?;
        Ok(Self(web.app().authorize_org(&actor, &name).await?))
    }
}

/// Proof that the actor manages the team that the address names behind its organisation.
#[derive(Debug)]
pub(crate) struct Team(pub(crate) TeamAccess);

impl FromRequestParts<Web> for Team {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = somebody(parts, web).await?;
        let address = Address::of(&parts.uri);
        let (Some(org), Some(team)) = (address.org(1), address.team(3)) else {
            return Err(Failure::not_found());
        };
        Ok(Self(web.app().authorize_team(&actor, &org, &team).await?))
    }
}

/// Proof of a level of permission in the repository that the first two parts of the address name.
#[derive(Debug)]
pub(crate) struct Repo<L: Level>(pub(crate) RepoAccess<L>);

impl<L: Level> FromRequestParts<Web> for Repo<L> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let actor = Visitor::from_request_parts(parts, web).await?.actor;
        let address = Address::of(&parts.uri);
        let access = match (&actor, address.repo()) {
            // Nobody hears the same of what is hidden, of what is missing, and of what needs more than reading.
            (Actor::Nobody, Some(path)) if web.app().has_public_reading() => {
                let access = web.app().authorize::<L>(&actor, &path).await;
                access.map_err(|error| match error {
                    forge_app::Error::NotFound | forge_app::Error::Unauthenticated => Failure::SignIn,
                    other => other.into(),
                })?
            }
            (Actor::Nobody, _) => return Err(Failure::SignIn),
            (_, None) => return Err(Failure::not_found()),
            (_, Some(path)) => web.app().authorize::<L>(&actor, &path).await?,
        };
        let path = address.repo().ok_or_else(Failure::not_found)?;
        if access.repo().path != path && parts.method.is_safe() {
            return Err(Failure::Moved(moved(&access.repo().path, address, parts.uri.query())));
        }
        Ok(Self(access))
    }
}

/// The same page of a repository that has moved, or whose name is written otherwise.
fn moved(now: &RepoPath, address: Address<'_>, query: Option<&str>) -> String {
    let mut to = url::repo(now);
    let rest = address.raw_rest(2);
    if !rest.is_empty() {
        to.push('/');
        to.push_str(rest);
    }
    if let Some(query) = query {
        to.push('?');
        to.push_str(query);
    }
    to
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    #[test]
    fn the_rest_of_an_address_moves_along() {
        let now: RepoPath = "rr8/beds".parse().unwrap();
        let uri: Uri = "/old/name/blob/main/a%20b?plain=1".parse().unwrap();
        assert_eq!(moved(&now, Address::of(&uri), uri.query()), "/rr8/beds/blob/main/a%20b?plain=1");
        let uri: Uri = "/old/name".parse().unwrap();
        assert_eq!(moved(&now, Address::of(&uri), None), "/rr8/beds");
    }
}
