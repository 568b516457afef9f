//! Deploy keys. Each opens one repository, and goes with it.

use forge_core::{DeployKey, DeployKeyId, RepoId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::deploy_key::{self, Column as Keys, Entity};
use crate::lock::{self, Lock};
use crate::value::{Column, micros, optional_time, time};
use crate::{Result, Rows, Tx, ssh_key, store};

/// Adds a key. `Conflict` names the `fingerprint` when the key is in use anywhere on the site.
pub async fn insert(tx: &Tx, key: &DeployKey) -> Result<()> {
    let row = deploy_key::ActiveModel {
        id: Set(key.id.column()),
        repository_id: Set(key.repo.column()),
        name: Set(key.name.clone()),
        fingerprint: Set(key.fingerprint.clone()),
        public_key: Set(key.public_key.clone()),
        writes: Set(key.writes),
        added_by: Set(key.added_by.clone()),
        created_at: Set(micros(key.created_at)),
        expires_at: Set(key.expires_at.map(micros)),
        last_used_at: Set(key.last_used_at.map(micros)),
        last_used_from: Set(key.last_used_from.clone()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Whether a key is in use anywhere on the site, as a person's or a repository's. Until the transaction ends nobody
/// else adds one.
pub async fn is_taken(tx: &Tx, fingerprint: &str) -> Result<bool> {
    lock::take(tx, Lock::SshKeys).await?;
    Ok(ssh_key::by_fingerprint(tx, fingerprint).await?.is_some()
        || by_fingerprint(tx, fingerprint).await?.is_some())
}

/// Finds a key by its fingerprint, `SHA256:…`.
pub async fn by_fingerprint(rows: &impl Rows, fingerprint: &str) -> Result<Option<DeployKey>> {
    let query = Entity::find().filter(Keys::Fingerprint.eq(fingerprint));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Finds a key.
pub async fn by_id(rows: &impl Rows, id: DeployKeyId) -> Result<Option<DeployKey>> {
    Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// The keys of a repository, the newest first.
pub async fn of_repo(rows: &impl Rows, repo: RepoId) -> Result<Vec<DeployKey>> {
    let query = Entity::find()
        .filter(Keys::RepositoryId.eq(repo.column()))
        .order_by_desc(Keys::CreatedAt)
        .order_by_desc(Keys::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Notes that a key was used, and from which network.
pub async fn touch(tx: &Tx, id: DeployKeyId, at: OffsetDateTime, from: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Keys::LastUsedAt, micros(at))
        .value(Keys::LastUsedFrom, from)
        .and_where(Keys::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes a key of a repository; says whether it had it.
pub async fn delete(tx: &Tx, repo: RepoId, id: DeployKeyId) -> Result<bool> {
    let query = Entity::delete_by_id(id.column()).filter(Keys::RepositoryId.eq(repo.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected > 0)
}

fn from_row(row: deploy_key::Model) -> Result<DeployKey> {
    Ok(DeployKey {
        id: DeployKeyId::of(row.id),
        repo: RepoId::of(row.repository_id),
        name: row.name,
        fingerprint: row.fingerprint,
        public_key: row.public_key,
        writes: row.writes,
        added_by: row.added_by,
        created_at: time(row.created_at)?,
        expires_at: optional_time(row.expires_at)?,
        last_used_at: optional_time(row.last_used_at)?,
        last_used_from: row.last_used_from,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::repository;
    use crate::sample::{add_person, add_repo, at, id};

    #[tokio::test]
    async fn keys_belong_to_a_repository_and_go_with_it() {
        on_both(async |store| {
            let owner = OwnerId::User(add_person(&store, "alice").await.id);
            let beds = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let wards = add_repo(&store, owner, "alice/wards", Visibility::Private).await.id;
            let mut key = DeployKey {
                id: id(),
                repo: beds,
                name: "CI".to_owned(),
                fingerprint: "SHA256:one".to_owned(),
                public_key: "ssh-ed25519 AAAA".to_owned(),
                writes: true,
                added_by: "alice".to_owned(),
                created_at: at(1),
                expires_at: Some(at(9)),
                last_used_at: None,
                last_used_from: None,
            };
            let tx = store.begin().await.unwrap();
            assert_eq!(is_taken(&tx, "SHA256:one").await, Ok(false));
            insert(&tx, &key).await.unwrap();
            assert_eq!(is_taken(&tx, "SHA256:one").await, Ok(true));
            touch(&tx, key.id, at(5), "192.0.2.0/24").await.unwrap();
            (key.last_used_at, key.last_used_from) = (Some(at(5)), Some("192.0.2.0/24".to_owned()));
            assert_eq!(of_repo(&tx, beds).await, Ok(vec![key.clone()]));
            assert_eq!(by_id(&tx, key.id).await, Ok(Some(key.clone())));
            assert_eq!(delete(&tx, wards, key.id).await, Ok(false), "not of that repository");
            repository::delete(&tx, beds).await.unwrap();
            assert_eq!(by_fingerprint(&tx, "SHA256:one").await, Ok(None));
        })
        .await;
    }
}
