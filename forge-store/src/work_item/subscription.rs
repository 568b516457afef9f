//! Who is told of what happens to an item.

use forge_core::notification::{Reason, Subscription};
use forge_core::{ItemId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::entity::item_subscription::{ActiveModel, Column as Subscriptions, Entity, Model};
use crate::value::{Column, parsed};
use crate::{Result, Rows, Tx};

/// Says that somebody is told of everything, or of nothing. What they chose before is gone.
pub async fn subscribe(
    tx: &Tx,
    item: ItemId,
    user: UserId,
    level: Subscription,
    reason: Reason,
) -> Result<()> {
    let key = [Subscriptions::ItemId, Subscriptions::UserId];
    let again =
        OnConflict::columns(key).update_columns([Subscriptions::Level, Subscriptions::Reason]).to_owned();
    let row = row(item, user, level, reason);
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Makes sure that somebody who takes part is told, unless they chose otherwise.
pub async fn take_part(tx: &Tx, item: ItemId, user: UserId, reason: Reason) -> Result<()> {
    let key = [Subscriptions::ItemId, Subscriptions::UserId];
    let again = OnConflict::columns(key).do_nothing().to_owned();
    let row = row(item, user, Subscription::All, reason);
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// What somebody chose, or what taking part made of it; nothing if neither.
pub async fn subscription(rows: &impl Rows, item: ItemId, user: UserId) -> Result<Option<Subscription>> {
    let found = Entity::find_by_id((item.column(), user.column())).one(rows.connection()).await?;
    found.map(|row| parsed("level", &row.level, row.level.parse())).transpose()
}

/// Everybody who is told of an item, or wants not to be, and why.
pub async fn subscriptions(rows: &impl Rows, item: ItemId) -> Result<Vec<(UserId, Subscription, Reason)>> {
    let query = Entity::find().filter(Subscriptions::ItemId.eq(item.column()));
    let found: Vec<Model> = query.all(rows.connection()).await?;
    let one = |row: Model| {
        let level = parsed("level", &row.level, row.level.parse())?;
        Ok((UserId::of(row.user_id), level, parsed("reason", &row.reason, row.reason.parse())?))
    };
    found.into_iter().map(one).collect()
}

fn row(item: ItemId, user: UserId, level: Subscription, reason: Reason) -> ActiveModel {
    ActiveModel {
        item_id: Set(item.column()),
        user_id: Set(user.column()),
        level: Set(level.name().to_owned()),
        reason: Set(reason.name().to_owned()),
    }
}
