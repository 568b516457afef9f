//! What happened to an item, in order.

use forge_core::work_item::ItemEvent;
use forge_core::{By, ItemEventId, ItemId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::entity::item_event::{self, Column as Events};
use crate::value::{Column, micros, time};
use crate::{Result, Rows, Tx};

/// Notes that something happened.
pub async fn add_event(tx: &Tx, event: &ItemEvent) -> Result<()> {
    let row = item_event::ActiveModel {
        id: Set(event.id.column()),
        item_id: Set(event.item.column()),
        at: Set(micros(event.at)),
        actor_id: Set(event.actor.id.map(Column::column)),
        actor_name: Set(event.actor.name.clone()),
        kind: Set(event.kind.clone()),
        detail: Set(event.detail.clone()),
    };
    item_event::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Everything that happened to an item, the oldest first.
pub async fn events(rows: &impl Rows, item: ItemId) -> Result<Vec<ItemEvent>> {
    let query = item_event::Entity::find()
        .filter(Events::ItemId.eq(item.column()))
        .order_by_asc(Events::At)
        .order_by_asc(Events::Id);
    let found = query.all(rows.connection()).await?;
    found
        .into_iter()
        .map(|row| {
            Ok(ItemEvent {
                id: ItemEventId::of(row.id),
                item: ItemId::of(row.item_id),
                at: time(row.at)?,
                actor: By { id: row.actor_id.map(UserId::of), name: row.actor_name },
                kind: row.kind,
                detail: row.detail,
            })
        })
        .collect()
}
