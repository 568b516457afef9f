//! Between rows and repositories.

use forge_core::{ForkedFrom, OwnerName, RefName, RepoId, RepoName, RepoPath, Repository};
use sea_orm::{ActiveValue::Set, EntityTrait, SelectTwo};
use uuid::Uuid;

use crate::entity::{owner, repository};
use crate::value::{Column, micros, optional_time, parsed, signed, time, unsigned};
use crate::{Error, Result};

/// Every repository beside its owner, without whom it has no address.
pub(crate) fn repositories() -> SelectTwo<repository::Entity, owner::Entity> {
    repository::Entity::find().find_also_related(owner::Entity)
}

pub(crate) fn from_rows((row, owner): (repository::Model, Option<owner::Model>)) -> Result<Repository> {
    let owner = owner.ok_or_else(|| Error::Corrupt(format!("the repository {} has no owner", row.id)))?;
    Ok(Repository {
        id: RepoId::of(row.id),
        owner: crate::owner::id(&owner)?,
        path: RepoPath::new(
            parsed("owner's name", &owner.name, OwnerName::new(owner.name.clone()))?,
            parsed("repository's name", &row.name, RepoName::new(row.name.clone()))?,
        ),
        description: row.description,
        visibility: parsed("visibility", &row.visibility, row.visibility.parse())?,
        format: parsed("object format", &row.object_format, row.object_format.parse())?,
        default_branch: parsed("ref name", &row.default_branch, RefName::new(row.default_branch.clone()))?,
        generation: unsigned(row.generation)?,
        archived: row.archived,
        merge_methods: parsed("ways of merging", &row.merge_methods, row.merge_methods.parse())?,
        forked_from: row
            .forked_from_path
            .map(|path| ForkedFrom { repo: row.forked_from_id.map(RepoId::of), path }),
        created_at: time(row.created_at)?,
        pushed_at: optional_time(row.pushed_at)?,
    })
}

pub(crate) fn to_row(repo: &Repository, created_by: Option<Uuid>) -> Result<repository::ActiveModel> {
    Ok(repository::ActiveModel {
        id: Set(repo.id.column()),
        owner_id: Set(crate::owner::column(repo.owner)),
        name: Set(repo.path.name.as_str().to_owned()),
        name_key: Set(repo.path.name.key()),
        description: Set(repo.description.clone()),
        visibility: Set(repo.visibility.name().to_owned()),
        object_format: Set(repo.format.name().to_owned()),
        default_branch: Set(repo.default_branch.as_str().to_owned()),
        generation: Set(signed(repo.generation)?),
        archived: Set(repo.archived),
        merge_methods: Set(repo.merge_methods.to_string()),
        created_by: Set(created_by),
        created_at: Set(micros(repo.created_at)),
        pushed_at: Set(repo.pushed_at.map(micros)),
        forked_from_id: Set(repo.forked_from.as_ref().and_then(|from| from.repo).map(Column::column)),
        forked_from_path: Set(repo.forked_from.as_ref().map(|from| from.path.clone())),
    })
}
