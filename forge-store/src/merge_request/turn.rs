//! Whose turn it is.

use forge_core::{ItemId, User, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::turn::{ActiveModel, Column as Turns, Entity};
use crate::value::{Column, micros, time};
use crate::{MAX_PAGE, Result, Rows, Tx, user};

/// That something waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// What.
    pub item: ItemId,
    /// Who put them there.
    pub put_by: String,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub since: OffsetDateTime,
}

/// Makes it somebody's turn. Whoever waits already keeps their place.
pub async fn give_turn(tx: &Tx, user: UserId, turn: &Turn) -> Result<()> {
    let row = ActiveModel {
        item_id: Set(turn.item.column()),
        user_id: Set(user.column()),
        put_by: Set(turn.put_by.clone()),
        reason: Set(turn.reason.clone()),
        since: Set(micros(turn.since)),
    };
    let again = OnConflict::columns([Turns::ItemId, Turns::UserId]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Ends somebody's turn, if it is.
pub async fn end_turn(tx: &Tx, item: ItemId, user: UserId) -> Result<()> {
    Entity::delete_by_id((item.column(), user.column())).exec(&tx.inner).await?;
    Ok(())
}

/// Ends everybody's turn.
pub async fn end_turns(tx: &Tx, item: ItemId) -> Result<()> {
    Entity::delete_many().filter(Turns::ItemId.eq(item.column())).exec(&tx.inner).await?;
    Ok(())
}

/// Whose turn it is, the longest first.
pub async fn turns(rows: &impl Rows, item: ItemId) -> Result<Vec<(User, Turn)>> {
    let query = Entity::find().filter(Turns::ItemId.eq(item.column())).order_by_asc(Turns::Since);
    let found = query.all(rows.connection()).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.user_id).collect();
    let people = user::by_ids(rows, &ids).await?;
    let mut turns = Vec::with_capacity(found.len());
    for row in found {
        if let Some(user) = people.get(&row.user_id) {
            turns.push((user.clone(), from_row(row)?));
        }
    }
    Ok(turns)
}

/// What waits for somebody, the longest first.
pub async fn all_turns_of(rows: &impl Rows, user: UserId, limit: u64) -> Result<Vec<Turn>> {
    let query = Entity::find()
        .filter(Turns::UserId.eq(user.column()))
        .order_by_asc(Turns::Since)
        .order_by_asc(Turns::ItemId)
        .limit(limit.min(MAX_PAGE));
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

fn from_row(row: crate::entity::turn::Model) -> Result<Turn> {
    Ok(Turn {
        item: ItemId::of(row.item_id),
        put_by: row.put_by,
        reason: row.reason,
        since: time(row.since)?,
    })
}
