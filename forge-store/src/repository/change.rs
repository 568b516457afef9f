//! Changes of repositories.

use forge_core::{MergeMethods, Owner, RefName, RepoId, RepoName, Repository, UserId, Visibility};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, UpdateStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::row::to_row;
use crate::entity::{redirect, repository};
use crate::value::{Column, micros, unsigned};
use crate::{Error, Result, Tx, store};

/// Adds a repository. From now on its address is its own, even if another one had it before. `Conflict` when its
/// owner has one of that name.
pub async fn insert(tx: &Tx, repo: &Repository, created_by: Option<UserId>) -> Result<()> {
    let row = to_row(repo, created_by.map(Column::column))?;
    repository::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    claim(tx, crate::owner::column(repo.owner), &repo.path.name).await
}

/// Says what a repository is.
pub async fn set_description(tx: &Tx, id: RepoId, description: &str) -> Result<()> {
    change(tx, id, |update| update.value(repository::Column::Description, description)).await
}

/// Changes who may see a repository.
pub async fn set_visibility(tx: &Tx, id: RepoId, visibility: Visibility) -> Result<()> {
    change(tx, id, |update| update.value(repository::Column::Visibility, visibility.name())).await
}

/// Changes the branch that HEAD names.
pub async fn set_default_branch(tx: &Tx, id: RepoId, branch: &RefName) -> Result<()> {
    change(tx, id, |update| update.value(repository::Column::DefaultBranch, branch.as_str())).await
}

/// Archives a repository, or takes it back into use.
pub async fn set_archived(tx: &Tx, id: RepoId, archived: bool) -> Result<()> {
    change(tx, id, |update| update.value(repository::Column::Archived, archived)).await
}

/// Says how merge requests may be merged.
pub async fn set_merge_methods(tx: &Tx, id: RepoId, methods: &MergeMethods) -> Result<()> {
    change(tx, id, |update| update.value(repository::Column::MergeMethods, methods.to_string())).await
}

/// Gives a repository another owner or name. Its old address leads to it until another repository takes
/// that. What teams of another owner were granted ends.
pub async fn relocate(tx: &Tx, id: RepoId, new_owner: &Owner, new_name: &RepoName) -> Result<()> {
    let query = repository::Entity::find_by_id(id.column()).lock_exclusive();
    let old = query.one(&tx.inner).await?.ok_or(Error::NotFound)?;
    let owner = crate::owner::column(new_owner.id);
    change(tx, id, |update| {
        update
            .value(repository::Column::OwnerId, owner)
            .value(repository::Column::Name, new_name.as_str())
            .value(repository::Column::NameKey, new_name.key())
    })
    .await?;
    if (old.owner_id, old.name_key.as_str()) != (owner, new_name.key().as_str()) {
        let row = redirect::ActiveModel {
            owner_id: Set(old.owner_id),
            name_key: Set(old.name_key),
            repository_id: Set(old.id),
        };
        let key = [redirect::Column::OwnerId, redirect::Column::NameKey];
        let again = OnConflict::columns(key).update_column(redirect::Column::RepositoryId).to_owned();
        redirect::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    }
    if old.owner_id != owner {
        crate::grant::take_back_from_teams(tx, id).await?;
    }
    claim(tx, owner, new_name).await
}

/// Removes a repository with its refs, packs, pushes and redirects. The files of its packs are the caller's.
pub async fn delete(tx: &Tx, id: RepoId) -> Result<()> {
    let result = repository::Entity::delete_by_id(id.column()).exec(&tx.inner).await?;
    store::one_row(result.rows_affected)
}

/// Notes that something was pushed, and gives the new generation.
pub async fn pushed(tx: &Tx, id: RepoId, at: OffsetDateTime) -> Result<u64> {
    next_generation(tx, id, |update| update.value(repository::Column::PushedAt, micros(at))).await
}

/// Waits until no other transaction changes a repository, and keeps others from it until this one ends. `NotFound`
/// when there is none.
pub async fn lock(tx: &Tx, id: RepoId) -> Result<()> {
    let row = repository::Entity::find_by_id(id.column()).lock_exclusive().one(&tx.inner).await?;
    row.map(drop).ok_or(Error::NotFound)
}

/// Notes that refs or packs changed other than by a push, and gives the new generation.
pub async fn bump(tx: &Tx, id: RepoId) -> Result<u64> {
    next_generation(tx, id, |update| update).await
}

async fn next_generation(
    tx: &Tx,
    id: RepoId,
    set: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<u64> {
    let mut update = Query::update();
    set(update.table(repository::Entity))
        .value(repository::Column::Generation, Expr::col(repository::Column::Generation).add(1))
        .and_where(repository::Column::Id.eq(id.column()))
        .returning_col(repository::Column::Generation);
    let row = tx.inner.query_one(&update).await?.ok_or(Error::NotFound)?;
    unsigned(row.try_get_by_index(0)?)
}

async fn change(
    tx: &Tx,
    id: RepoId,
    set: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<()> {
    let mut update = Query::update();
    set(update.table(repository::Entity)).and_where(repository::Column::Id.eq(id.column()));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// A repository that is there comes before one that was there.
async fn claim(tx: &Tx, owner: Uuid, name: &RepoName) -> Result<()> {
    redirect::Entity::delete_by_id((owner, name.key())).exec(&tx.inner).await?;
    Ok(())
}
