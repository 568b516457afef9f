//! Repositories: finding them, and changing what is said of them.

mod change;
mod row;
#[cfg(test)]
mod tests;
mod visible;

pub use change::{
    bump, delete, insert, lock, pushed, relocate, set_archived, set_default_branch, set_description,
    set_visibility,
};
pub(crate) use visible::may_read;
pub use visible::{RepoFilter, RepoSort, Viewer, visible};

use std::collections::HashMap;

use forge_core::{OrgRole, OwnerId, RepoId, RepoPath, Repository, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::entity::{owner, redirect, repository};
use crate::value::Column;
use crate::{Result, Rows, organisation, user};
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
    let query = redirect::Entity::find_by_id((crate::owner::column(owner.id), path.name.key()));
    Ok(query.one(rows.connection()).await?.map(|row| RepoId::of(row.repository_id)))
}

/// What the permission rule must know of a person and a repository: their role in the organisation that owns it, and
/// whether they share an organisation with its owner.
pub async fn facts(rows: &impl Rows, repo: &Repository, user: UserId) -> Result<(Option<OrgRole>, bool)> {
    match repo.owner {
        OwnerId::Org(org) => {
            let role = organisation::role(rows, org, user).await?;
            Ok((role, role.is_some()))
        }
        OwnerId::User(_) => Ok((None, organisation::shares(rows, user, repo.owner).await?)),
    }
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
