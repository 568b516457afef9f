//! Passkeys, with the public key as the library that checks it writes it.

use forge_core::{Passkey, PasskeyId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use time::OffsetDateTime;

use crate::entity::passkey::{self, Column as Passkeys, Entity};
use crate::value::{Column, micros, optional_time, time};
use crate::{Result, Rows, Tx, store};

/// A passkey with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// What people know of it.
    pub passkey: Passkey,
    /// What the device calls it.
    pub credential_id: Vec<u8>,
    /// Its public key and counter, as JSON.
    pub credential: String,
}

/// Adds one. `Conflict` if it is known already.
pub async fn insert(tx: &Tx, new: &StoredPasskey) -> Result<()> {
    let row = passkey::ActiveModel {
        id: Set(new.passkey.id.column()),
        user_id: Set(new.passkey.user.column()),
        name: Set(new.passkey.name.clone()),
        credential_id: Set(new.credential_id.clone()),
        credential: Set(new.credential.clone()),
        created_at: Set(micros(new.passkey.created_at)),
        last_used_at: Set(new.passkey.last_used_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Somebody's passkeys, the oldest first.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<StoredPasskey>> {
    let query = Entity::find()
        .filter(Passkeys::UserId.eq(user.column()))
        .order_by_asc(Passkeys::CreatedAt)
        .order_by_asc(Passkeys::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// How many passkeys somebody has.
pub async fn count(rows: &impl Rows, user: UserId) -> Result<u64> {
    Ok(Entity::find().filter(Passkeys::UserId.eq(user.column())).count(rows.connection()).await?)
}

/// Finds one by what the device calls it.
pub async fn by_credential(rows: &impl Rows, credential_id: &[u8]) -> Result<Option<StoredPasskey>> {
    let query = Entity::find().filter(Passkeys::CredentialId.eq(credential_id.to_vec()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Notes that one was used, and its counter.
pub async fn used(tx: &Tx, id: PasskeyId, credential: &str, at: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Passkeys::Credential, credential)
        .value(Passkeys::LastUsedAt, micros(at))
        .and_where(Passkeys::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes one of somebody's; says whether it was there.
pub async fn delete(tx: &Tx, user: UserId, id: PasskeyId) -> Result<bool> {
    let query =
        Entity::delete_many().filter(Passkeys::UserId.eq(user.column())).filter(Passkeys::Id.eq(id.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected == 1)
}

/// Removes all of somebody's.
pub async fn delete_all(tx: &Tx, user: UserId) -> Result<()> {
    Entity::delete_many().filter(Passkeys::UserId.eq(user.column())).exec(&tx.inner).await?;
    Ok(())
}

fn from_row(row: passkey::Model) -> Result<StoredPasskey> {
    Ok(StoredPasskey {
        passkey: Passkey {
            id: PasskeyId::of(row.id),
            user: UserId::of(row.user_id),
            name: row.name,
            created_at: time(row.created_at)?,
            last_used_at: optional_time(row.last_used_at)?,
        },
        credential_id: row.credential_id,
        credential: row.credential,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    #[tokio::test]
    async fn passkeys_are_added_used_and_removed() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let passkey = Passkey {
                id: id(),
                user: alice,
                name: "phone".to_owned(),
                created_at: at(1),
                last_used_at: None,
            };
            let mut stored =
                StoredPasskey { passkey, credential_id: vec![1, 2], credential: "{}".to_owned() };
            let tx = store.begin().await.unwrap();
            insert(&tx, &stored).await.unwrap();
            assert_eq!(by_credential(&tx, &[1, 2]).await, Ok(Some(stored.clone())));
            assert_eq!(by_credential(&tx, &[1]).await, Ok(None));
            used(&tx, stored.passkey.id, "{\"counter\":1}", at(5)).await.unwrap();
            stored.passkey.last_used_at = Some(at(5));
            "{\"counter\":1}".clone_into(&mut stored.credential);
            assert_eq!(of_user(&tx, alice).await, Ok(vec![stored.clone()]));
            assert_eq!((count(&tx, alice).await, count(&tx, bob).await), (Ok(1), Ok(0)));
            assert_eq!(delete(&tx, bob, stored.passkey.id).await, Ok(false), "somebody else's");
            assert_eq!(delete(&tx, alice, stored.passkey.id).await, Ok(true));
            assert_eq!(used(&tx, stored.passkey.id, "{}", at(6)).await, Err(Error::NotFound));
            insert(&tx, &stored).await.unwrap();
            delete_all(&tx, alice).await.unwrap();
            assert_eq!(count(&tx, alice).await, Ok(0));
        })
        .await;
    }
}
