//! Sign-ins that wait for a second factor. They let nobody in: they are no sessions.

use forge_core::{Factors, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::pending_sign_in::{self, Column as Pending, Entity};
use crate::value::{Column, micros, parsed};
use crate::{Result, Rows, Tx};

/// Somebody whose first factor was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Who.
    pub user: UserId,
    /// What they have proved.
    pub factors: Factors,
    /// What their browser says it is.
    pub user_agent: String,
    /// When they must begin again.
    pub expires_at: OffsetDateTime,
}

/// Adds one.
pub async fn insert(tx: &Tx, pending: &PendingSignIn, token_hash: &[u8; 32]) -> Result<()> {
    let row = pending_sign_in::ActiveModel {
        token_hash: Set(token_hash.to_vec()),
        user_id: Set(pending.user.column()),
        factors: Set(pending.factors.to_string()),
        user_agent: Set(pending.user_agent.clone()),
        expires_at: Set(micros(pending.expires_at)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds one that is in time.
pub async fn by_token(
    rows: &impl Rows,
    token_hash: &[u8; 32],
    now: OffsetDateTime,
) -> Result<Option<PendingSignIn>> {
    let query = Entity::find()
        .filter(Pending::TokenHash.eq(token_hash.to_vec()))
        .filter(Pending::ExpiresAt.gt(micros(now)));
    let Some(row) = query.one(rows.connection()).await? else { return Ok(None) };
    Ok(Some(PendingSignIn {
        user: UserId::of(row.user_id),
        factors: parsed("list of factors", &row.factors, row.factors.parse())?,
        user_agent: row.user_agent,
        expires_at: crate::value::time(row.expires_at)?,
    }))
}

/// Uses one up; says whether it was there. Of several that try at once, one hears yes.
pub async fn take(tx: &Tx, token_hash: &[u8; 32]) -> Result<bool> {
    let query = Entity::delete_many().filter(Pending::TokenHash.eq(token_hash.to_vec()));
    Ok(query.exec(&tx.inner).await?.rows_affected == 1)
}

/// Ends all of somebody's.
pub async fn delete_all(tx: &Tx, user: UserId) -> Result<()> {
    Entity::delete_many().filter(Pending::UserId.eq(user.column())).exec(&tx.inner).await?;
    Ok(())
}

/// Removes those that came too late.
pub async fn delete_expired(tx: &Tx, now: OffsetDateTime) -> Result<()> {
    Entity::delete_many().filter(Pending::ExpiresAt.lte(micros(now))).exec(&tx.inner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use forge_core::Factor;

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};

    #[tokio::test]
    async fn each_is_used_once_and_in_time() {
        on_both(async |store| {
            let user = add_person(&store, "alice").await.id;
            let pending = PendingSignIn {
                user,
                factors: Factor::Password.into(),
                user_agent: "Browser".to_owned(),
                expires_at: at(10),
            };
            let tx = store.begin().await.unwrap();
            for byte in 1..=3 {
                insert(&tx, &pending, &[byte; 32]).await.unwrap();
            }
            assert_eq!(by_token(&tx, &[1; 32], at(9)).await, Ok(Some(pending)));
            assert_eq!(by_token(&tx, &[1; 32], at(10)).await, Ok(None), "too late");
            assert_eq!(take(&tx, &[1; 32]).await, Ok(true));
            assert_eq!(take(&tx, &[1; 32]).await, Ok(false));
            delete_expired(&tx, at(9)).await.unwrap();
            assert!(by_token(&tx, &[2; 32], at(0)).await.unwrap().is_some());
            delete_expired(&tx, at(10)).await.unwrap();
            assert_eq!(by_token(&tx, &[2; 32], at(0)).await, Ok(None));
        })
        .await;
    }

    #[tokio::test]
    async fn all_of_one_person_end_together() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let tx = store.begin().await.unwrap();
            for (user, byte) in [(alice, 1), (bob, 2)] {
                let factors = Factor::Password.into();
                let pending = PendingSignIn { user, factors, user_agent: String::new(), expires_at: at(10) };
                insert(&tx, &pending, &[byte; 32]).await.unwrap();
            }
            delete_all(&tx, alice).await.unwrap();
            assert_eq!(by_token(&tx, &[1; 32], at(0)).await, Ok(None));
            assert!(by_token(&tx, &[2; 32], at(0)).await.unwrap().is_some());
        })
        .await;
    }
}
