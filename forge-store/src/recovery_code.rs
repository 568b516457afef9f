//! Recovery codes: hashes, each of which works once.

use forge_core::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::recovery_code::{self, Column as Codes, Entity};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx};

/// Puts new codes in place of all that somebody has.
pub async fn replace(tx: &Tx, user: UserId, hashes: &[[u8; 32]]) -> Result<()> {
    delete_all(tx, user).await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        user_id: Set(user.column()),
        code_hash: Set(hash.to_vec()),
        used_at: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Uses a code up; says whether it was there and unused. Of several that try at once, one hears yes.
pub async fn use_code(tx: &Tx, user: UserId, hash: &[u8; 32], now: OffsetDateTime) -> Result<bool> {
    let update = Query::update()
        .table(Entity)
        .value(Codes::UsedAt, micros(now))
        .and_where(Codes::UserId.eq(user.column()))
        .and_where(Codes::CodeHash.eq(hash.to_vec()))
        .and_where(Expr::col(Codes::UsedAt).is_null())
        .to_owned();
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// How many of somebody's codes still work.
pub async fn count_unused(rows: &impl Rows, user: UserId) -> Result<u64> {
    let query = Entity::find().filter(Codes::UserId.eq(user.column())).filter(Codes::UsedAt.is_null());
    Ok(query.count(rows.connection()).await?)
}

/// Removes all of somebody's.
pub async fn delete_all(tx: &Tx, user: UserId) -> Result<()> {
    Entity::delete_many().filter(Codes::UserId.eq(user.column())).exec(&tx.inner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};

    #[tokio::test]
    async fn each_code_works_once_and_for_its_owner() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let tx = store.begin().await.unwrap();
            replace(&tx, alice, &[[1; 32], [2; 32]]).await.unwrap();
            replace(&tx, bob, &[[3; 32]]).await.unwrap();
            assert_eq!(use_code(&tx, bob, &[1; 32], at(1)).await, Ok(false), "somebody else's");
            assert_eq!(use_code(&tx, alice, &[1; 32], at(1)).await, Ok(true));
            assert_eq!(use_code(&tx, alice, &[1; 32], at(2)).await, Ok(false), "used");
            assert_eq!(count_unused(&tx, alice).await, Ok(1));
            replace(&tx, alice, &[[4; 32]]).await.unwrap();
            assert_eq!(use_code(&tx, alice, &[2; 32], at(3)).await, Ok(false), "replaced");
            assert_eq!(count_unused(&tx, alice).await, Ok(1));
            delete_all(&tx, alice).await.unwrap();
            assert_eq!(count_unused(&tx, alice).await, Ok(0));
            assert_eq!(count_unused(&tx, bob).await, Ok(1));
        })
        .await;
    }
}
