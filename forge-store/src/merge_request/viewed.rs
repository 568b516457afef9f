//! Files that people have looked at.

use forge_core::{ItemId, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;

use crate::entity::viewed_file::{ActiveModel, Column as Viewed, Entity};
use crate::value::{Column, micros};
use crate::{Result, Rows, Tx};

/// Notes that somebody has looked at a file as it is named by a fingerprint, or that they have not.
pub async fn set_viewed(
    tx: &Tx,
    (user, item): (UserId, ItemId),
    path: &[u8],
    fingerprint: Option<&[u8]>,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(fingerprint) = fingerprint else {
        Entity::delete_by_id((user.column(), item.column(), path.to_vec())).exec(&tx.inner).await?;
        return Ok(());
    };
    let row = ActiveModel {
        user_id: Set(user.column()),
        item_id: Set(item.column()),
        path: Set(path.to_vec()),
        fingerprint: Set(fingerprint.to_vec()),
        at: Set(micros(now)),
    };
    let again = OnConflict::columns([Viewed::UserId, Viewed::ItemId, Viewed::Path])
        .update_columns([Viewed::Fingerprint, Viewed::At])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// The files that somebody has looked at, with the fingerprint that each had.
pub async fn viewed(rows: &impl Rows, user: UserId, item: ItemId) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let query =
        Entity::find().filter(Viewed::UserId.eq(user.column())).filter(Viewed::ItemId.eq(item.column()));
    Ok(query.all(rows.connection()).await?.into_iter().map(|row| (row.path, row.fingerprint)).collect())
}
