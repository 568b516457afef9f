//! Repositories: finding them, and changing what is said of them.

mod change;
mod row;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod towns;
mod visible;

pub use change::{
    bump, delete, insert, lock, pushed, relocate, set_archived, set_default_branch, set_description,
    set_merge_methods, set_visibility,
};
pub(crate) use visible::readable;
pub use visible::{RepoFilter, RepoSort, Viewer, visible};

use std::collections::HashMap;

use forge_core::{Granted, OrgRole, OwnerId, RepoId, RepoPath, Repository, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::{owner, redirect, repository};
use crate::value::Column;
use crate::{Result, Rows, grant, organisation, user};
use row::{from_rows, repositories};

/// Finds a repository by identifier.
pub async fn by_id(rows: &impl Rows, id: RepoId) -> Result<Option<Repository>> {
    let query = repositories().filter(repository::Column::Id.eq(id.column()));
    query.one(rows.connection()).await?.map(from_rows).transpose()
}

/// Finds a repository by its address now, in any mixture of capitals.
pub async fn by_path(rows: &impl Rows, path: &RepoPath) -> Result<Option<Repository>> {
    let query = repositories()
        .filter(owner::Column::NameKey.eq(path.owner.key()))
        .filter(repository::Column::NameKey.eq(path.name.key()));
    query.one(rows.connection()).await?.map(from_rows).transpose()
}

/// The repository that had this address before.
pub async fn redirected(rows: &impl Rows, path: &RepoPath) -> Result<Option<RepoId>> {
    let Some(owner) = crate::owner::by_name(rows, &path.owner).await? else {
        return Ok(None);
    };
    if owner.name.key() != path.owner.key() {
        // The owner has another name now, and the repository may still have its own.
        let query = repository::Entity::find()
            .filter(repository::Column::OwnerId.eq(crate::owner::column(owner.id)))
            .filter(repository::Column::NameKey.eq(path.name.key()));
        if let Some(found) = query.one(rows.connection()).await? {
            return Ok(Some(RepoId::of(found.id)));
        }
    }
    let query = redirect::Entity::find_by_id((crate::owner::column(owner.id), path.name.key()));
    Ok(query.one(rows.connection()).await?.map(|row| RepoId::of(row.repository_id)))
}

/// What the permission rule must know of a person and a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Their role in the organisation that owns it.
    pub role: Option<OrgRole>,
    /// Whether they share an organisation with its owner.
    pub shares_organisation: bool,
    /// What is granted to them and to their teams, whether it has ended or not.
    pub grants: Vec<Granted>,
}

/// Somebody's place in a repository: two questions.
pub async fn place(rows: &impl Rows, repo: &Repository, user: UserId) -> Result<Place> {
    let grants = grant::held(rows, repo.id, user).await?;
    let (role, shares_organisation) = match repo.owner {
        OwnerId::Org(org) => {
            let role = organisation::role(rows, org, user).await?;
            (role, role.is_some())
        }
        OwnerId::User(_) => (None, organisation::shares(rows, user, repo.owner).await?),
    };
    Ok(Place { role, shares_organisation, grants })
}

/// The repositories of an owner in the order of their names, whoever may see them.
pub async fn of_owner(rows: &impl Rows, owner: OwnerId) -> Result<Vec<Repository>> {
    let query = repositories()
        .filter(repository::Column::OwnerId.eq(crate::owner::column(owner)))
        .order_by_asc(repository::Column::NameKey);
    query.all(rows.connection()).await?.into_iter().map(from_rows).collect()
}

/// The forks that were made of a repository itself, whoever may see them.
pub async fn forks(rows: &impl Rows, source: RepoId) -> Result<Vec<Repository>> {
    let query = repositories()
        .filter(repository::Column::ForkedFromId.eq(source.column()))
        .order_by_asc(repository::Column::Id);
    query.all(rows.connection()).await?.into_iter().map(from_rows).collect()
}

/// Every repository there is, in the order in which they were made.
pub async fn ids(rows: &impl Rows) -> Result<Vec<RepoId>> {
    let query = repository::Entity::find()
        .select_only()
        .column(repository::Column::Id)
        .order_by_asc(repository::Column::Id)
        .into_tuple::<Uuid>();
    Ok(query.all(rows.connection()).await?.into_iter().map(RepoId::of).collect())
}

/// Several repositories at once.
pub(crate) async fn by_ids(rows: &impl Rows, ids: &[Uuid]) -> Result<HashMap<Uuid, Repository>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(user::CHUNK) {
        let query = repositories().filter(repository::Column::Id.is_in(ids.iter().copied()));
        for pair in query.all(rows.connection()).await? {
            let repo = from_rows(pair)?;
            found.insert(repo.id.column(), repo);
        }
    }
    Ok(found)
}
