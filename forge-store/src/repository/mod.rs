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
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use uuid::Uuid;

use crate::entity::{owner, repository};
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

/// The repository that had this address before: one question, whatever the answer is. A repository that is there under a
/// name that its owner had before comes before one that was there.
pub async fn redirected(rows: &impl Rows, path: &RepoPath) -> Result<Option<RepoId>> {
    const SQL: &str = "SELECT id, 0 AS place FROM repositories WHERE name_key = $2 AND owner_id IN \
                       (SELECT owner_id FROM owner_redirects WHERE name_key = $1) \
                       UNION ALL SELECT repository_id, 1 FROM redirects WHERE name_key = $2 AND owner_id IN \
                       (SELECT id FROM owners WHERE name_key = $1 \
                       UNION ALL SELECT owner_id FROM owner_redirects WHERE name_key = $1) ORDER BY place LIMIT 1";
    let connection = rows.connection();
    let values = [path.owner.key().into(), path.name.key().into()];
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), SQL, values);
    let found = connection.query_one_raw(statement).await?;
    Ok(found.map(|row| row.try_get_by_index(0)).transpose()?.map(RepoId::of))
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

/// Somebody's place in a repository of an owner: two questions, whether they have any or not.
pub async fn place(rows: &impl Rows, repo: RepoId, owner: OwnerId, user: UserId) -> Result<Place> {
    let grants = grant::held(rows, repo, user).await?;
    let (role, shares_organisation) = match owner {
        OwnerId::Org(org) => {
            let role = organisation::role(rows, org, user).await?;
            (role, role.is_some())
        }
        OwnerId::User(_) => (None, organisation::shares(rows, user, owner).await?),
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
