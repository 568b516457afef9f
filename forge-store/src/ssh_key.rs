//! SSH public keys. One key signs in one person.

use forge_core::{SshKey, SshKeyId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::ssh_key::{self, Column as Keys, Entity};
use crate::value::{Column, micros, optional_time, time};
use crate::{Result, Rows, Tx, store};

/// Adds a key. `Conflict` names the `fingerprint` when somebody has the key already.
pub async fn insert(tx: &Tx, key: &SshKey) -> Result<()> {
    let row = ssh_key::ActiveModel {
        id: Set(key.id.column()),
        user_id: Set(key.user.column()),
        name: Set(key.name.clone()),
        fingerprint: Set(key.fingerprint.clone()),
        public_key: Set(key.public_key.clone()),
        created_at: Set(micros(key.created_at)),
        last_used_at: Set(key.last_used_at.map(micros)),
        expires_at: Set(key.expires_at.map(micros)),
        challenge: Set(key.challenge.clone()),
        verified_at: Set(key.verified_at.map(micros)),
        last_used_from: Set(key.last_used_from.clone()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a key by its fingerprint, `SHA256:…`.
pub async fn by_fingerprint(rows: &impl Rows, fingerprint: &str) -> Result<Option<SshKey>> {
    let query = Entity::find().filter(Keys::Fingerprint.eq(fingerprint));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Notes that a key was used, and from which network.
pub async fn touch(tx: &Tx, id: SshKeyId, at: OffsetDateTime, from: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Keys::LastUsedAt, micros(at))
        .value(Keys::LastUsedFrom, from)
        .and_where(Keys::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Notes that its owner has proven a key to be theirs, by what they were to sign; says whether that was still so.
pub async fn verify(tx: &Tx, id: SshKeyId, challenge: &str, at: OffsetDateTime) -> Result<bool> {
    let update = Query::update()
        .table(Entity)
        .value(Keys::VerifiedAt, micros(at))
        .and_where(Keys::Id.eq(id.column()))
        .and_where(Keys::Challenge.eq(challenge))
        .and_where(Keys::VerifiedAt.is_null())
        .to_owned();
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// Somebody's keys, the newest first.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<SshKey>> {
    let query = Entity::find()
        .filter(Keys::UserId.eq(user.column()))
        .order_by_desc(Keys::CreatedAt)
        .order_by_desc(Keys::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Removes one of somebody's keys; says whether they had it.
pub async fn delete(tx: &Tx, user: UserId, id: SshKeyId) -> Result<bool> {
    let query = Entity::delete_by_id(id.column()).filter(Keys::UserId.eq(user.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected > 0)
}

fn from_row(row: ssh_key::Model) -> Result<SshKey> {
    Ok(SshKey {
        id: SshKeyId::of(row.id),
        user: UserId::of(row.user_id),
        name: row.name,
        fingerprint: row.fingerprint,
        public_key: row.public_key,
        created_at: time(row.created_at)?,
        last_used_at: optional_time(row.last_used_at)?,
        expires_at: optional_time(row.expires_at)?,
        challenge: row.challenge,
        verified_at: optional_time(row.verified_at)?,
        last_used_from: row.last_used_from,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    #[tokio::test]
    async fn keys_are_added_used_and_removed() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let key = |user, fingerprint: &str| SshKey {
                id: id(),
                user,
                name: "laptop".to_owned(),
                fingerprint: fingerprint.to_owned(),
                public_key: "ssh-ed25519 AAAA".to_owned(),
                created_at: at(1),
                last_used_at: None,
                expires_at: None,
                challenge: "0badcafe".to_owned(),
                verified_at: None,
                last_used_from: None,
            };
            let mut one = key(alice, "SHA256:one");
            let tx = store.begin().await.unwrap();
            insert(&tx, &one).await.unwrap();
            assert_eq!(by_fingerprint(&tx, "SHA256:one").await, Ok(Some(one.clone())));
            assert_eq!(by_fingerprint(&tx, "SHA256:ONE").await, Ok(None), "capitals matter");
            touch(&tx, one.id, at(7), "192.0.2.0/24").await.unwrap();
            one.last_used_at = Some(at(7));
            one.last_used_from = Some("192.0.2.0/24".to_owned());
            assert_eq!(verify(&tx, one.id, "other", at(8)).await, Ok(false));
            assert_eq!(verify(&tx, one.id, "0badcafe", at(8)).await, Ok(true));
            assert_eq!(verify(&tx, one.id, "0badcafe", at(9)).await, Ok(false), "once");
            one.verified_at = Some(at(8));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![one.clone()]));
            assert_eq!(touch(&tx, id(), at(7), "").await, Err(Error::NotFound));
            assert_eq!(delete(&tx, bob, one.id).await, Ok(false), "not theirs");
            tx.commit().await.unwrap();

            let tx = store.begin().await.unwrap();
            let taken = insert(&tx, &key(bob, "SHA256:one")).await;
            assert_eq!(taken, Err(Error::Conflict("fingerprint".to_owned())));
            drop(tx);
            let tx = store.begin().await.unwrap();
            assert_eq!(delete(&tx, alice, one.id).await, Ok(true));
            assert_eq!(delete(&tx, alice, one.id).await, Ok(false));
        })
        .await;
    }
}
