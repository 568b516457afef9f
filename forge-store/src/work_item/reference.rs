//! Which items name which others.

use forge_core::ItemId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::item_reference::{ActiveModel, Column as References, Entity, Model};
use crate::value::{Column, micros, time};
use crate::{Result, Rows, Tx};

/// That one item names another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// The item that is named.
    pub item: ItemId,
    /// The item that names it.
    pub from: ItemId,
    /// Whether it says that it closes it.
    pub closes: bool,
    /// Since when.
    pub at: OffsetDateTime,
}

/// Notes that an item names another, and says whether that is new. What it closes it goes on closing.
pub async fn refer(tx: &Tx, new: &Naming) -> Result<bool> {
    let key = (new.item.column(), new.from.column());
    let known = Entity::find_by_id(key).one(&tx.inner).await?;
    let row = ActiveModel {
        item_id: Set(new.item.column()),
        from_item_id: Set(new.from.column()),
        closes: Set(new.closes || known.as_ref().is_some_and(|row| row.closes)),
        at: Set(known.as_ref().map_or(micros(new.at), |row| row.at)),
    };
    let again = OnConflict::columns([References::ItemId, References::FromItemId])
        .update_column(References::Closes)
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(known.is_none())
}

/// Which items name this one, the oldest first.
pub async fn named_by(rows: &impl Rows, item: ItemId) -> Result<Vec<Naming>> {
    let query = Entity::find().filter(References::ItemId.eq(item.column())).order_by_asc(References::At);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

/// Which items this one names, the oldest first.
pub async fn names(rows: &impl Rows, from: ItemId) -> Result<Vec<Naming>> {
    let query = Entity::find().filter(References::FromItemId.eq(from.column())).order_by_asc(References::At);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

fn from_row(row: &Model) -> Result<Naming> {
    Ok(Naming {
        item: ItemId::of(row.item_id),
        from: ItemId::of(row.from_item_id),
        closes: row.closes,
        at: time(row.at)?,
    })
}
