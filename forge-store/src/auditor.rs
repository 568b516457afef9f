//! Auditors of the site: people who read its whole audit log and nothing more by it.

use forge_core::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::site_auditor::{self, Column as Auditors, Entity};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx};

/// Makes somebody an auditor, if they are none yet.
pub async fn add(tx: &Tx, user: UserId, since: OffsetDateTime) -> Result<()> {
    let row = site_auditor::ActiveModel { user_id: Set(user.column()), since: Set(micros(since)) };
    let once = OnConflict::column(Auditors::UserId).do_nothing().to_owned();
    Entity::insert(row).on_conflict(once).try_insert().exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Makes somebody no auditor any more.
pub async fn remove(tx: &Tx, user: UserId) -> Result<()> {
    Entity::delete_by_id(user.column()).exec(&tx.inner).await?;
    Ok(())
}

/// Whether somebody is an auditor.
pub async fn is_auditor(rows: &impl Rows, user: UserId) -> Result<bool> {
    Ok(Entity::find_by_id(user.column()).one(rows.connection()).await?.is_some())
}

/// Those of several people who are auditors.
pub async fn among(rows: &impl Rows, users: &[UserId]) -> Result<Vec<UserId>> {
    let query = Entity::find()
        .select_only()
        .column(Auditors::UserId)
        .filter(Auditors::UserId.is_in(users.iter().map(|user| user.column())))
        .order_by_asc(Auditors::UserId)
        .into_tuple::<Uuid>();
    Ok(query.all(rows.connection()).await?.into_iter().map(UserId::of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};

    #[tokio::test]
    async fn auditors_are_made_and_unmade() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let tx = store.begin().await.unwrap();
            add(&tx, alice, at(1)).await.unwrap();
            add(&tx, alice, at(2)).await.unwrap();
            assert_eq!(is_auditor(&tx, alice).await, Ok(true));
            assert_eq!(is_auditor(&tx, bob).await, Ok(false));
            assert_eq!(among(&tx, &[alice, bob]).await, Ok(vec![alice]));
            remove(&tx, alice).await.unwrap();
            remove(&tx, alice).await.unwrap();
            assert_eq!(is_auditor(&tx, alice).await, Ok(false));
        })
        .await;
    }
}
