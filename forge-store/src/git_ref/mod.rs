//! Refs: what each name points at, and changing many of them in one go.

mod apply;
mod conflict;
#[cfg(test)]
mod tests;

pub use apply::apply;

use forge_core::{ObjectId, RefName, RefUpdate, RepoId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::git_ref::{self, Column as Refs, Entity};
use crate::value::{Column, object_id, optional_object_id, parsed};
use crate::{Result, Rows};

/// A ref as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRef {
    /// Its full name.
    pub name: RefName,
    /// What it points at.
    pub target: ObjectId,
    /// What an annotated tag points at in the end.
    pub peeled: Option<ObjectId>,
}

/// The change of one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefChange {
    /// From where to where.
    pub update: RefUpdate,
    /// What the new object points at in the end, if it is an annotated tag.
    pub peeled: Option<ObjectId>,
}

/// Every ref of a repository, in the order of the bytes of their names.
pub async fn all(rows: &impl Rows, repo: RepoId) -> Result<Vec<StoredRef>> {
    let query = Entity::find().filter(Refs::RepositoryId.eq(repo.column())).order_by_asc(Refs::Name);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

/// One ref.
pub async fn by_name(rows: &impl Rows, repo: RepoId, name: &RefName) -> Result<Option<StoredRef>> {
    let query = Entity::find_by_id((repo.column(), name.as_str().to_owned()));
    query.one(rows.connection()).await?.as_ref().map(from_row).transpose()
}

fn from_row(row: &git_ref::Model) -> Result<StoredRef> {
    Ok(StoredRef {
        target: object_id(&row.target)?,
        peeled: optional_object_id(row.peeled.as_deref())?,
        name: parsed("ref name", &row.name, RefName::new(row.name.clone()))?,
    })
}
