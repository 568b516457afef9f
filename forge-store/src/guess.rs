//! Wrong guesses at what lets people in. What counts together has one key: the hash of an account or of an address.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::guess::{ActiveModel, Column, Entity};
use crate::value::{micros, time, unsigned};
use crate::{Error, Result, Rows, Tx};

/// The wrong guesses of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misses {
    /// How many in a row.
    pub count: u64,
    /// When the last was.
    pub last: OffsetDateTime,
}

/// What was counted for each of some keys, in their order.
pub async fn of<const N: usize>(rows: &impl Rows, keys: [&[u8; 32]; N]) -> Result<[Option<Misses>; N]> {
    let query = Entity::find().filter(Column::Key.is_in(keys.map(|key| key.to_vec())));
    let mut found = [None; N];
    for row in query.all(rows.connection()).await? {
        let misses = Misses { count: unsigned(row.misses)?, last: time(row.last_at)? };
        for (place, _) in found.iter_mut().zip(keys).filter(|(_, key)| row.key == key.as_slice()) {
            *place = Some(misses);
        }
    }
    Ok(found)
}

/// Counts one more, and says how many there are now. Those whose last was before `since` are forgotten first.
pub async fn add(tx: &Tx, key: &[u8; 32], now: OffsetDateTime, since: OffsetDateTime) -> Result<u64> {
    let row = ActiveModel { key: Set(key.to_vec()), misses: Set(1), last_at: Set(micros(now)) };
    let counted = CaseStatement::new()
        .case(Expr::col((Entity, Column::LastAt)).lt(micros(since)), 1)
        .finally(Expr::col((Entity, Column::Misses)).add(1));
    let again = OnConflict::column(Column::Key)
        .value(Column::Misses, counted)
        .value(Column::LastAt, micros(now))
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    let row = Entity::find_by_id(key.to_vec()).one(&tx.inner).await?.ok_or(Error::NotFound)?;
    unsigned(row.misses)
}

/// Forgets those of one key.
pub async fn forget(tx: &Tx, key: &[u8; 32]) -> Result<()> {
    Entity::delete_by_id(key.to_vec()).exec(&tx.inner).await?;
    Ok(())
}

/// Forgets those whose last was before a time, and the oldest of those beyond a number. Keys that are being counted at
/// this moment stay.
pub async fn sweep(tx: &Tx, before: OffsetDateTime, most: u64) -> Result<u64> {
    let newest = Entity::find().order_by_desc(Column::LastAt).offset(most).limit(1).one(&tx.inner).await?;
    let crowded = newest.map_or(i64::MIN, |row| row.last_at.saturating_add(1));
    let old = Query::select()
        .column(Column::Key)
        .from(Entity)
        .and_where(Expr::col(Column::LastAt).lt(Ord::max(micros(before), crowded)))
        .order_by(Column::Key, Order::Asc)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let delete =
        Query::delete().from_table(Entity).and_where(Expr::col(Column::Key).in_subquery(old)).to_owned();
    Ok(tx.inner.execute(&delete).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::harness::on_both;
    use crate::sample::at;

    #[tokio::test]
    async fn misses_add_up_until_they_are_old() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            assert_eq!(of(&tx, [&[1; 32], &[2; 32]]).await, Ok([None, None]));
            assert_eq!(add(&tx, &[1; 32], at(10), at(0)).await, Ok(1));
            assert_eq!(add(&tx, &[1; 32], at(11), at(10)).await, Ok(2), "exactly then is not before");
            assert_eq!(add(&tx, &[2; 32], at(12), at(0)).await, Ok(1));
            let found = of(&tx, [&[2; 32], &[3; 32], &[1; 32]]).await.unwrap();
            let misses = |count, last| Some(Misses { count, last: at(last) });
            assert_eq!(found, [misses(1, 12), None, misses(2, 11)]);
            assert_eq!(add(&tx, &[1; 32], at(20), at(12)).await, Ok(1), "the old are forgotten");
            forget(&tx, &[1; 32]).await.unwrap();
            assert_eq!(of(&tx, [&[1; 32]]).await, Ok([None]));
        })
        .await;
    }

    #[tokio::test]
    async fn those_that_guess_at_once_are_all_counted() {
        on_both(async |store| {
            let miss = async |store: &Store| {
                let tx = store.begin().await.unwrap();
                let count = add(&tx, &[1; 32], at(1), at(0)).await.unwrap();
                tx.commit().await.unwrap();
                count
            };
            let (one, two, three) = tokio::join!(miss(&store), miss(&store), miss(&store));
            let mut counts = [one, two, three];
            counts.sort_unstable();
            assert_eq!(counts, [1, 2, 3], "and each has its own number");
        })
        .await;
    }

    #[tokio::test]
    async fn the_old_and_the_too_many_are_swept() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            for byte in 0..6 {
                add(&tx, &[byte; 32], at(byte.into()), at(0)).await.unwrap();
            }
            assert_eq!(sweep(&tx, at(2), 6).await, Ok(2));
            assert_eq!(sweep(&tx, at(2), 4).await, Ok(0));
            assert_eq!(sweep(&tx, at(2), 3).await, Ok(1), "the oldest goes");
            let found = of(&tx, [&[2; 32], &[3; 32], &[5; 32]]).await.unwrap();
            assert_eq!(found.map(|misses| misses.is_some()), [false, true, true]);
        })
        .await;
    }
}
