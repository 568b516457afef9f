//! Things begun in a browser that must come back once, in time and to the same browser: the challenge of a passkey, the
//! way to another site and back.

use forge_core::UserId;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::ceremony::{self, Column as Ceremonies, Entity};
use crate::value::{Column, micros};
use crate::{Result, Tx};

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// What for, a word of the caller's.
    pub purpose: String,
    /// For whom, if that is known.
    pub user: Option<UserId>,
    /// What the end must fit, as JSON.
    pub state: String,
    /// When it is too late.
    pub expires_at: OffsetDateTime,
}

/// Begins one under the hash of a secret that the browser keeps.
pub async fn begin(tx: &Tx, token_hash: &[u8; 32], begun: &Ceremony) -> Result<()> {
    let row = ceremony::ActiveModel {
        token_hash: Set(token_hash.to_vec()),
        purpose: Set(begun.purpose.clone()),
        user_id: Set(begun.user.map(Column::column)),
        state: Set(begun.state.clone()),
        expires_at: Set(micros(begun.expires_at)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Ends one: what was begun for this purpose, if it is in time. Of several that try at once, one gets it, and it is
/// gone whatever becomes of it, once the caller commits.
pub async fn take(
    tx: &Tx,
    token_hash: &[u8; 32],
    purpose: &str,
    now: OffsetDateTime,
) -> Result<Option<Ceremony>> {
    let same = || Entity::find().filter(Ceremonies::TokenHash.eq(token_hash.to_vec()));
    let Some(row) = same().filter(Ceremonies::Purpose.eq(purpose)).one(&tx.inner).await? else {
        return Ok(None);
    };
    let taken = Entity::delete_many().filter(Ceremonies::TokenHash.eq(token_hash.to_vec()));
    let is_first = taken.exec(&tx.inner).await?.rows_affected == 1;
    let expires_at = crate::value::time(row.expires_at)?;
    if !is_first || expires_at <= now {
        return Ok(None);
    }
    let user = row.user_id.map(UserId::of);
    Ok(Some(Ceremony { purpose: row.purpose, user, state: row.state, expires_at }))
}

/// Removes all that were begun for somebody with one purpose.
pub async fn delete_all(tx: &Tx, user: UserId, purpose: &str) -> Result<()> {
    let query = Entity::delete_many()
        .filter(Ceremonies::UserId.eq(user.column()))
        .filter(Ceremonies::Purpose.eq(purpose));
    query.exec(&tx.inner).await?;
    Ok(())
}

/// Removes those that nobody came back from.
pub async fn delete_expired(tx: &Tx, now: OffsetDateTime) -> Result<()> {
    Entity::delete_many().filter(Ceremonies::ExpiresAt.lte(micros(now))).exec(&tx.inner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    #[tokio::test]
    async fn each_ends_once_in_time_and_for_its_purpose() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let begun = Ceremony {
                purpose: "passkey".to_owned(),
                user: Some(alice),
                state: "{}".to_owned(),
                expires_at: at(10),
            };
            let tx = store.begin().await.unwrap();
            for byte in 1..=2 {
                begin(&tx, &[byte; 32], &begun).await.unwrap();
            }
            assert_eq!(take(&tx, &[1; 32], "other", at(1)).await, Ok(None), "another purpose");
            assert_eq!(take(&tx, &[1; 32], "passkey", at(1)).await, Ok(Some(begun.clone())));
            assert_eq!(take(&tx, &[1; 32], "passkey", at(1)).await, Ok(None), "used");
            assert_eq!(take(&tx, &[2; 32], "passkey", at(10)).await, Ok(None), "too late");
            begin(&tx, &[4; 32], &begun).await.unwrap();
            delete_all(&tx, alice, "other").await.unwrap();
            delete_all(&tx, id(), "passkey").await.unwrap();
            assert!(take(&tx, &[4; 32], "passkey", at(1)).await.unwrap().is_some());
            begin(&tx, &[4; 32], &begun).await.unwrap();
            delete_all(&tx, alice, "passkey").await.unwrap();
            assert_eq!(take(&tx, &[4; 32], "passkey", at(1)).await, Ok(None));
            begin(&tx, &[3; 32], &Ceremony { user: None, ..begun }).await.unwrap();
            delete_expired(&tx, at(10)).await.unwrap();
            assert_eq!(take(&tx, &[3; 32], "passkey", at(1)).await, Ok(None));
        })
        .await;
    }
}
