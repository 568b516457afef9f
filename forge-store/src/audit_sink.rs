//! How far the audit log has been copied to each place.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::entity::audit_sink::{self, Column as Sinks, Entity};
use crate::value::{signed, unsigned};
use crate::{Result, Rows, Tx};

/// The number of the last entry that was sent there; 0 for none.
pub async fn position(rows: &impl Rows, target: &str) -> Result<u64> {
    let row = Entity::find_by_id(target.to_owned()).one(rows.connection()).await?;
    row.map_or(Ok(0), |row| unsigned(row.position))
}

/// Notes that everything up to an entry was sent. It never goes back, whoever else sends to the same place.
pub async fn advance(tx: &Tx, target: &str, to: u64) -> Result<()> {
    let row = audit_sink::ActiveModel { target: Set(target.to_owned()), position: Set(signed(to)?) };
    let further = OnConflict::column(Sinks::Target)
        .update_column(Sinks::Position)
        .action_and_where(Expr::col((Entity, Sinks::Position)).lt(signed(to)?))
        .to_owned();
    Entity::insert(row).on_conflict(further).exec_without_returning(&tx.inner).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;

    #[tokio::test]
    async fn a_position_only_goes_forward() {
        on_both(async |store| {
            let tx = store.begin().await.unwrap();
            assert_eq!(position(&tx, "file:/a").await, Ok(0));
            advance(&tx, "file:/a", 7).await.unwrap();
            advance(&tx, "file:/a", 5).await.unwrap();
            advance(&tx, "file:/b", 2).await.unwrap();
            assert_eq!(position(&tx, "file:/a").await, Ok(7));
            assert_eq!(position(&tx, "file:/b").await, Ok(2));
        })
        .await;
    }
}
