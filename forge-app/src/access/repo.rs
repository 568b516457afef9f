//! Proof that an actor may do something with a repository.

use std::marker::PhantomData;

use forge_core::grant::in_force;
use forge_core::policy::{RepoFacts, decide};
use forge_core::{Actor, Credential, OwnerId, Permission, Person, RepoId, RepoPath, Repository, UserId};
use forge_store::repository::Place;
use forge_store::{Rows, repository};
use serde_json::json;
use time::OffsetDateTime;

use crate::access::level::{Implies, Level};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::{Error, Result};
use crate::fresh::Standing;

/// Proof that an actor has a level of permission in a repository, and the repository itself.
#[must_use]
#[derive(Debug)]
pub struct RepoAccess<L: Level> {
    repo: Repository,
    actor: Actor,
    permission: Permission,
    level: PhantomData<L>,
}

impl<L: Level> RepoAccess<L> {
    /// The repository as it was when this was proven.
    pub fn repo(&self) -> &Repository {
        &self.repo
    }

    /// Who it was proven for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// All that the actor may do, for showing or hiding buttons.
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// The same proof at a level that this one includes.
    pub fn lower<M: Level>(self) -> RepoAccess<M>
    where
        L: Implies<M>,
    {
        RepoAccess { repo: self.repo, actor: self.actor, permission: self.permission, level: PhantomData }
    }
}

impl App {
    /// Finds a repository and proves what the actor may do with it.
    ///
    /// An old address leads to the repository that moved away from it, for those who may read it: compare
    /// [`Repository::path`] with what was asked for.
    pub async fn authorize<L: Level>(&self, actor: &Actor, path: &RepoPath) -> Result<RepoAccess<L>> {
        let now = self.ambient().now();
        let public_reading = self.has_public_reading();
        let is_shown =
            |standing: &Standing| decide(actor, &facts(standing, now, public_reading)) >= Permission::Read;
        let find = async { look_up(&self.store().read().await?, actor, path, is_shown).await };
        let key = (actor.person().map(|person| person.id), path.clone());
        // What is hidden is not kept, like what is missing, so that neither is answered faster than the other.
        let found = self.doorkeeper().standings.get_if(self.store(), key, find, is_shown).await?;
        let proven = found.ok_or(Error::NotFound).and_then(|found| {
            let facts = facts(&found, now, public_reading);
            prove(actor, found.repo, &facts)
        });
        if let Err(Error::NotFound | Error::Forbidden(_)) = &proven
            && actor != &Actor::Nobody
        {
            self.note_refused::<L>(actor, path);
        }
        proven
    }

    /// Notes for the audit log that somebody asked for more than they may have, whether it is there or not.
    fn note_refused<L: Level>(&self, actor: &Actor, path: &RepoPath) {
        let asked = format!("{:?}", L::PERMISSION).to_lowercase();
        let name = path.to_string();
        let subject = Subject::new(&String::new(), &name);
        let (origin, detail) = (Origin::inside(), json!({ "asked_for": asked }));
        self.note(actor, &origin, "repository.refuse", subject, detail);
    }

    /// Proves again what an actor may do, at the moment of delivery.
    pub(crate) async fn authorize_again<L: Level>(&self, access: &RepoAccess<L>) -> Result<RepoAccess<L>> {
        self.authorize_by_id(&access.actor, access.repo.id).await
    }

    /// Proves what an actor, as they are now, may do with a repository known by id.
    pub(crate) async fn authorize_by_id<L: Level>(
        &self,
        actor: &Actor,
        repo: RepoId,
    ) -> Result<RepoAccess<L>> {
        let rows = self.store().read().await?;
        let repo = repository::by_id(&rows, repo).await?.ok_or(Error::NotFound)?;
        let actor = self.actor_now(&rows, actor).await?;
        let standing = standing(&rows, &actor, repo).await?;
        let facts = facts(&standing, self.ambient().now(), self.has_public_reading());
        prove(&actor, standing.repo, &facts)
    }
}

/// Finds the repository of an address, and what the rule must know of the actor in it.
///
/// As many questions are asked about what is hidden from the actor, under its address or an old one, as about what is not there:
/// the time that a refusal takes tells nothing either.
async fn look_up(
    rows: &impl Rows,
    actor: &Actor,
    path: &RepoPath,
    is_shown: impl Fn(&Standing) -> bool,
) -> Result<Option<Standing>> {
    let nowhere = RepoId::from_bytes([0; 16]);
    if let Some(repo) = repository::by_path(rows, path).await? {
        let found = standing(rows, actor, repo).await?;
        if !is_shown(&found) {
            repository::redirected(rows, path).await?;
            repository::by_id(rows, nowhere).await?;
        }
        return Ok(Some(found));
    }
    let moved = repository::redirected(rows, path).await?;
    if let Some(repo) = repository::by_id(rows, moved.unwrap_or(nowhere)).await? {
        return standing(rows, actor, repo).await.map(Some);
    }
    place(rows, actor, nowhere, OwnerId::User(UserId::from_bytes([0; 16]))).await?;
    Ok(None)
}

async fn standing(rows: &impl Rows, actor: &Actor, repo: Repository) -> Result<Standing> {
    Ok(Standing { place: place(rows, actor, repo.id, repo.owner).await?, repo })
}

async fn place(rows: &impl Rows, actor: &Actor, repo: RepoId, owner: OwnerId) -> Result<Place> {
    Ok(match actor.person() {
        Some(person) => repository::place(rows, repo, owner, person.id).await?,
        None => Place::default(),
    })
}

fn facts(standing: &Standing, now: OffsetDateTime, public_reading: bool) -> RepoFacts {
    let Standing { repo, place } = standing;
    RepoFacts {
        id: repo.id,
        visibility: repo.visibility,
        owner: repo.owner,
        role: place.role,
        shares_organisation: place.shares_organisation,
        granted: in_force(&place.grants, now),
        public_reading,
    }
}

fn prove<L: Level>(actor: &Actor, repo: Repository, facts: &RepoFacts) -> Result<RepoAccess<L>> {
    let permission = decide(actor, facts);
    if permission < Permission::Read {
        return Err(Error::NotFound);
    }
    if permission < L::PERMISSION {
        return Err(match actor {
            Actor::Nobody => Error::Unauthenticated,
            Actor::Person(_) | Actor::Machine(_) | Actor::System { .. } => {
                let what = match L::PERMISSION {
                    Permission::None | Permission::Read | Permission::Write => "push to it",
                    Permission::Maintain => "change its settings",
                    Permission::Admin => "change who sees or owns it",
                };
                Error::Forbidden(format!("You can read {} but not {what}. Ask one of its owners.", repo.path))
            }
        });
    }
    Ok(RepoAccess { repo, actor: actor.clone(), permission, level: PhantomData })
}

impl App {
    /// What somebody could do with a repository by a key of theirs: for those who do not act themselves at the moment.
    pub(crate) async fn could(&self, rows: &impl Rows, repo: RepoId, user: UserId) -> Result<Permission> {
        let Some(owner) = self.active_user(rows, user).await? else { return Ok(Permission::None) };
        let Some(repo) = repository::by_id(rows, repo).await? else { return Ok(Permission::None) };
        let actor = Actor::Person(Person {
            id: owner.id,
            name: owner.name,
            is_admin: false,
            credential: Credential::Password,
        });
        Ok(decide(
            &actor,
            &facts(&standing(rows, &actor, repo).await?, self.ambient().now(), self.has_public_reading()),
        ))
    }

    /// Whether somebody could read a repository.
    pub(crate) async fn may_read(&self, rows: &impl Rows, repo: RepoId, user: UserId) -> Result<bool> {
        Ok(self.could(rows, repo, user).await? >= Permission::Read)
    }

    /// Whether somebody could push to a repository.
    pub(crate) async fn may_write(&self, rows: &impl Rows, repo: RepoId, user: UserId) -> Result<bool> {
        Ok(self.could(rows, repo, user).await? >= Permission::Write)
    }
}
