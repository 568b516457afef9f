//! Who was asked to review.

use forge_core::{ItemId, User, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::reviewer::{ActiveModel, Column as Reviewers, Entity};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx, user};

/// Asks somebody to review; asking again changes nothing.
pub async fn ask_reviewer(
    tx: &Tx,
    item: ItemId,
    reviewer: UserId,
    asked_by: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let row = ActiveModel {
        item_id: Set(item.column()),
        user_id: Set(reviewer.column()),
        asked_by: Set(asked_by.to_owned()),
        since: Set(micros(now)),
    };
    let again = OnConflict::columns([Reviewers::ItemId, Reviewers::UserId]).do_nothing().to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes the asking back.
pub async fn take_back_reviewer(tx: &Tx, item: ItemId, reviewer: UserId) -> Result<()> {
    Entity::delete_by_id((item.column(), reviewer.column())).exec(&tx.inner).await?;
    Ok(())
}

/// Who was asked, by name.
pub async fn reviewers(rows: &impl Rows, item: ItemId) -> Result<Vec<User>> {
    let query = Entity::find().filter(Reviewers::ItemId.eq(item.column()));
    let found = query.all(rows.connection()).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.user_id).collect();
    let mut people: Vec<User> = user::by_ids(rows, &ids).await?.into_values().collect();
    people.sort_by_cached_key(|user| user.name.key());
    Ok(people)
}
