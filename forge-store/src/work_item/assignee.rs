//! Who works on an item.

use std::collections::HashMap;

use forge_core::{ItemId, User, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::item_assignee::{ActiveModel, Column as Assignees, Entity};
use crate::user::{self, CHUNK};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx};

/// Gives an item to somebody; giving it again changes nothing.
pub async fn assign(tx: &Tx, item: ItemId, to: UserId, now: OffsetDateTime) -> Result<()> {
    let row = ActiveModel { item_id: Set(item.column()), user_id: Set(to.column()), since: Set(micros(now)) };
    let again = OnConflict::columns([Assignees::ItemId, Assignees::UserId]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes an item away from somebody.
pub async fn unassign(tx: &Tx, item: ItemId, from: UserId) -> Result<()> {
    Entity::delete_by_id((item.column(), from.column())).exec(&tx.inner).await?;
    Ok(())
}

/// Whether somebody works on an item.
pub async fn is_assigned(rows: &impl Rows, item: ItemId, to: UserId) -> Result<bool> {
    let query =
        Entity::find().filter(Assignees::ItemId.eq(item.column())).filter(Assignees::UserId.eq(to.column()));
    Ok(query.count(rows.connection()).await? > 0)
}

/// Who works on an item, by name.
pub async fn assignees(rows: &impl Rows, item: ItemId) -> Result<Vec<User>> {
    Ok(assignees_of(rows, &[item]).await?.remove(&item).unwrap_or_default())
}

/// Who works on several items, by name.
pub async fn assignees_of(rows: &impl Rows, items: &[ItemId]) -> Result<HashMap<ItemId, Vec<User>>> {
    let mut found: HashMap<ItemId, Vec<User>> = HashMap::new();
    for items in items.chunks(CHUNK) {
        let query = Entity::find().filter(Assignees::ItemId.is_in(items.iter().map(|item| item.column())));
        let given = query.all(rows.connection()).await?;
        let ids: Vec<Uuid> = given.iter().map(|row| row.user_id).collect();
        let people = user::by_ids(rows, &ids).await?;
        for row in given {
            if let Some(person) = people.get(&row.user_id) {
                found.entry(ItemId::of(row.item_id)).or_default().push(person.clone());
            }
        }
    }
    for people in found.values_mut() {
        people.sort_by_cached_key(|person| person.name.key());
    }
    Ok(found)
}
