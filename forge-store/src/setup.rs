//! The link that makes the first administrator: one at a time, and it works once.

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::setup_secret::{self, Column, Entity};
use crate::lock::{self, Lock};
use crate::value::micros;
use crate::{Result, Rows, Tx};

/// Keeps the hash of a new link's secret. An earlier link stops working.
pub async fn put(tx: &Tx, hash: &[u8; 32], expires_at: OffsetDateTime) -> Result<()> {
    lock::take(tx, Lock::Setup).await?;
    clear(tx).await?;
    let row =
        setup_secret::ActiveModel { token_hash: Set(hash.to_vec()), expires_at: Set(micros(expires_at)) };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Uses up the link; says whether it was there and in time. Of several that try at once, one hears yes.
pub async fn take(tx: &Tx, hash: &[u8; 32], now: OffsetDateTime) -> Result<bool> {
    let query = Entity::delete_many()
        .filter(Column::TokenHash.eq(hash.to_vec()))
        .filter(Column::ExpiresAt.gt(micros(now)));
    Ok(query.exec(&tx.inner).await?.rows_affected == 1)
}

/// Whether there is a link that still works.
pub async fn pending(rows: &impl Rows, now: OffsetDateTime) -> Result<bool> {
    let query = Entity::find().filter(Column::ExpiresAt.gt(micros(now)));
    Ok(query.count(rows.connection()).await? > 0)
}

/// Forgets the link.
pub async fn clear(tx: &Tx) -> Result<()> {
    Entity::delete_many().exec(&tx.inner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::harness::on_both;
    use crate::sample::at;

    #[tokio::test]
    async fn a_link_works_in_time_and_the_newest_only() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            assert_eq!(pending(&tx, at(0)).await, Ok(false));
            put(&tx, &[1; 32], at(10)).await.unwrap();
            put(&tx, &[2; 32], at(10)).await.unwrap();
            assert_eq!(pending(&tx, at(9)).await, Ok(true));
            assert_eq!(pending(&tx, at(10)).await, Ok(false));
            assert_eq!(take(&tx, &[1; 32], at(5)).await, Ok(false), "replaced");
            assert_eq!(take(&tx, &[2; 32], at(10)).await, Ok(false), "too late");
            assert_eq!(take(&tx, &[2; 32], at(9)).await, Ok(true));
            assert_eq!(take(&tx, &[2; 32], at(9)).await, Ok(false), "used");
            put(&tx, &[3; 32], at(10)).await.unwrap();
            clear(&tx).await.unwrap();
            assert_eq!(pending(&tx, at(0)).await, Ok(false));
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_that_use_a_link_at_once_one_gets_in() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            put(&tx, &[1; 32], at(10)).await.unwrap();
            tx.commit().await.unwrap();
            let use_it = async |store: &Store| {
                let tx = store.begin().await.unwrap();
                let taken = take(&tx, &[1; 32], at(1)).await.unwrap();
                tx.commit().await.unwrap();
                taken
            };
            let (one, two) = tokio::join!(use_it(&store), use_it(&store));
            assert!(one != two);
        })
        .await;
    }
}
