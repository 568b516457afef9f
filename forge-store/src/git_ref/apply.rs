//! Changing refs: all of a batch or none, and each only from where its pusher saw it.

use std::collections::HashMap;

use forge_core::RepoId;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{RefChange, conflict};
use crate::entity::git_ref::{self, Column as Refs, Entity};
use crate::entity::repository;
use crate::value::{Column, optional_bytes};
use crate::{Error, Result, Tx, user::CHUNK};

/// How many rows one statement adds: four values each, and SQLite takes 32,766.
const INSERTS: usize = 500;

/// Changes refs. `Conflict` names a ref that is not where its change starts, that the batch names twice, or whose name
/// is a directory of another's (`refs/heads/a` and `refs/heads/a/b`) once the batch is through.
///
/// The repository's row is locked first, so that changes of one repository come one after the other. After an error
/// the transaction must be dropped.
pub async fn apply(tx: &Tx, repo: RepoId, changes: &[RefChange]) -> Result<()> {
    let id = repo.column();
    let lock = repository::Entity::find_by_id(id).lock_exclusive().one(&tx.inner).await?;
    lock.ok_or(Error::NotFound)?;
    compare(tx, id, changes).await?;
    conflict::check(tx, id, changes).await?;
    write(tx, id, changes).await
}

/// Holds each old value against what is there.
async fn compare(tx: &Tx, repo: Uuid, changes: &[RefChange]) -> Result<()> {
    let mut expected = HashMap::with_capacity(changes.len());
    for change in changes {
        let update = &change.update;
        let name = update.name.as_str();
        if expected.insert(name, optional_bytes(update.old.as_ref())).is_some() {
            return Err(Error::Conflict(name.to_owned()));
        }
    }
    let names: Vec<&str> = expected.keys().copied().collect();
    let mut there = HashMap::with_capacity(names.len());
    for names in names.chunks(CHUNK) {
        let query = Entity::find()
            .filter(Refs::RepositoryId.eq(repo))
            .filter(Refs::Name.is_in(names.iter().copied()));
        for row in query.all(&tx.inner).await? {
            there.insert(row.name, row.target);
        }
    }
    let moved = |change: &&RefChange| {
        let name = change.update.name.as_str();
        there.get(name).map(Vec::as_slice) != change.update.old.as_ref().map(forge_core::ObjectId::as_bytes)
    };
    match changes.iter().find(moved) {
        Some(change) => Err(Error::Conflict(change.update.name.as_str().to_owned())),
        None => Ok(()),
    }
}

async fn write(tx: &Tx, repo: Uuid, changes: &[RefChange]) -> Result<()> {
    let gone = |change: &&RefChange| change.update.old.is_some() && change.update.new.is_none();
    let deleted: Vec<&str> = changes.iter().filter(gone).map(|change| change.update.name.as_str()).collect();
    for names in deleted.chunks(CHUNK) {
        let names = names.iter().copied();
        let query = Entity::delete_many().filter(Refs::RepositoryId.eq(repo)).filter(Refs::Name.is_in(names));
        query.exec(&tx.inner).await?;
    }
    let mut created = Vec::new();
    for change in changes {
        let Some(new) = &change.update.new else { continue };
        match &change.update.old {
            Some(old) => move_one(tx, repo, change, old.as_bytes(), new.as_bytes()).await?,
            None => created.push(git_ref::ActiveModel {
                repository_id: Set(repo),
                name: Set(change.update.name.as_str().to_owned()),
                target: Set(new.as_bytes().to_vec()),
                peeled: Set(optional_bytes(change.peeled.as_ref())),
            }),
        }
    }
    while !created.is_empty() {
        let rest = created.split_off(created.len().min(INSERTS));
        Entity::insert_many(created).exec_without_returning(&tx.inner).await?;
        created = rest;
    }
    Ok(())
}

/// The statement compares once more: it costs nothing, and no lock has to be trusted.
async fn move_one(tx: &Tx, repo: Uuid, change: &RefChange, old: &[u8], new: &[u8]) -> Result<()> {
    let name = change.update.name.as_str();
    let update = Query::update()
        .table(Entity)
        .value(Refs::Target, new.to_vec())
        .value(Refs::Peeled, optional_bytes(change.peeled.as_ref()))
        .and_where(Refs::RepositoryId.eq(repo))
        .and_where(Refs::Name.eq(name))
        .and_where(Expr::col(Refs::Target).eq(old.to_vec()))
        .to_owned();
    let affected = tx.inner.execute(&update).await?.rows_affected();
    if affected == 1 { Ok(()) } else { Err(Error::Conflict(name.to_owned())) }
}
