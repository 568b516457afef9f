//! Authenticator apps: a sealed secret for each person, and the step of the last code that was used.

use forge_core::UserId;
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::authenticator::{self, Column as Authenticators, Entity};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx};

/// A person's authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    /// Its secret, sealed.
    pub sealed_secret: Vec<u8>,
    /// Whether a code of it was entered once, so that it counts.
    pub is_confirmed: bool,
    /// The time step of the last code that was used.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: OffsetDateTime,
}

/// Somebody's app.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Option<Authenticator>> {
    let Some(row) = Entity::find_by_id(user.column()).one(rows.connection()).await? else { return Ok(None) };
    Ok(Some(Authenticator {
        sealed_secret: row.sealed_secret,
        is_confirmed: row.is_confirmed,
        last_step: row.last_step,
        created_at: crate::value::time(row.created_at)?,
    }))
}

/// Begins to set one up, in place of one that was begun before. `Conflict` if there is one that counts.
pub async fn begin(tx: &Tx, user: UserId, sealed_secret: &[u8], now: OffsetDateTime) -> Result<()> {
    let unconfirmed = Entity::delete_many()
        .filter(Authenticators::UserId.eq(user.column()))
        .filter(Authenticators::IsConfirmed.eq(false));
    unconfirmed.exec(&tx.inner).await?;
    let row = authenticator::ActiveModel {
        user_id: Set(user.column()),
        sealed_secret: Set(sealed_secret.to_vec()),
        is_confirmed: Set(false),
        last_step: Set(0),
        created_at: Set(micros(now)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Lets it count, since its first code was right; says whether there was one to confirm.
pub async fn confirm(tx: &Tx, user: UserId, step: i64) -> Result<bool> {
    let update = Query::update()
        .table(Entity)
        .value(Authenticators::IsConfirmed, true)
        .value(Authenticators::LastStep, step)
        .and_where(Authenticators::UserId.eq(user.column()))
        .and_where(Authenticators::IsConfirmed.eq(false))
        .to_owned();
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// Uses up the code of a step, and of all before it; says whether nobody had. Of several that try at once, one hears
/// yes.
pub async fn use_step(tx: &Tx, user: UserId, step: i64) -> Result<bool> {
    let update = Query::update()
        .table(Entity)
        .value(Authenticators::LastStep, step)
        .and_where(Authenticators::UserId.eq(user.column()))
        .and_where(Authenticators::IsConfirmed.eq(true))
        .and_where(Authenticators::LastStep.lt(step))
        .to_owned();
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// Removes it; says whether it was there.
pub async fn delete(tx: &Tx, user: UserId) -> Result<bool> {
    Ok(Entity::delete_by_id(user.column()).exec(&tx.inner).await?.rows_affected > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};
    use crate::{Error, Store};

    #[tokio::test]
    async fn it_counts_once_it_is_confirmed() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let tx = store.begin().await.unwrap();
            assert_eq!(of_user(&tx, alice).await, Ok(None));
            begin(&tx, alice, b"one", at(1)).await.unwrap();
            begin(&tx, alice, b"two", at(2)).await.unwrap();
            assert_eq!(use_step(&tx, alice, 5).await, Ok(false), "not confirmed");
            assert_eq!(confirm(&tx, alice, 5).await, Ok(true));
            assert_eq!(confirm(&tx, alice, 6).await, Ok(false));
            let expected = Authenticator {
                sealed_secret: b"two".to_vec(),
                is_confirmed: true,
                last_step: 5,
                created_at: at(2),
            };
            assert_eq!(of_user(&tx, alice).await, Ok(Some(expected)));
            assert_eq!(use_step(&tx, alice, 5).await, Ok(false), "used to confirm");
            assert_eq!(use_step(&tx, alice, 6).await, Ok(true));
            assert_eq!(use_step(&tx, alice, 6).await, Ok(false));
            assert_eq!(use_step(&tx, alice, 4).await, Ok(false), "an earlier one");
            assert_eq!(delete(&tx, alice).await, Ok(true));
            assert_eq!(delete(&tx, alice).await, Ok(false));
            begin(&tx, alice, b"three", at(3)).await.unwrap();
            confirm(&tx, alice, 1).await.unwrap();
            assert!(matches!(begin(&tx, alice, b"four", at(4)).await, Err(Error::Conflict(_))));
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_that_use_a_code_at_once_one_gets_in() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let tx = store.begin().await.unwrap();
            begin(&tx, alice, b"one", at(1)).await.unwrap();
            confirm(&tx, alice, 1).await.unwrap();
            tx.commit().await.unwrap();
            let use_it = async |store: &Store| {
                let tx = store.begin().await.unwrap();
                let used = use_step(&tx, alice, 2).await.unwrap();
                tx.commit().await.unwrap();
                used
            };
            let (one, two) = tokio::join!(use_it(&store), use_it(&store));
            assert!(one != two);
        })
        .await;
    }
}
