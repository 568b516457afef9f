//! Versions of a merge request. Once written they stay as they are.

use forge_core::merge_request::Version;
use forge_core::{By, ItemId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{number, set_version};
use crate::entity::merge_request_version::{ActiveModel, Column as Versions, Entity, Model};
use crate::value::{Column, micros, object_id, optional_bytes, optional_object_id, parsed, time};
use crate::{Result, Rows, Tx};

/// Adds a version and makes it the newest.
pub async fn insert_version(tx: &Tx, version: &Version) -> Result<()> {
    let row = ActiveModel {
        item_id: Set(version.item.column()),
        number: Set(i64::from(version.number)),
        base: Set(version.base.as_bytes().to_vec()),
        target_head: Set(version.target_head.as_bytes().to_vec()),
        head: Set(version.head.as_bytes().to_vec()),
        reason: Set(version.reason.name().to_owned()),
        patch_id: Set(optional_bytes(version.patch_id.as_ref())),
        pushed_by: Set(version.pushed_by.id.map(Column::column)),
        pushed_by_name: Set(version.pushed_by.name.clone()),
        pushed_at: Set(micros(version.pushed_at)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    set_version(tx, version.item, version.number).await
}

/// One version.
pub async fn version(rows: &impl Rows, item: ItemId, number: u32) -> Result<Option<Version>> {
    let query = Entity::find_by_id((item.column(), i64::from(number)));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// All versions, the oldest first.
pub async fn versions(rows: &impl Rows, item: ItemId) -> Result<Vec<Version>> {
    let query = Entity::find().filter(Versions::ItemId.eq(item.column())).order_by_asc(Versions::Number);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

fn from_row(row: Model) -> Result<Version> {
    Ok(Version {
        item: ItemId::of(row.item_id),
        number: number(row.number)?,
        base: object_id(&row.base)?,
        target_head: object_id(&row.target_head)?,
        head: object_id(&row.head)?,
        reason: parsed("reason of a version", &row.reason, row.reason.parse())?,
        patch_id: optional_object_id(row.patch_id.as_deref())?,
        pushed_by: By { id: row.pushed_by.map(UserId::of), name: row.pushed_by_name },
        pushed_at: time(row.pushed_at)?,
    })
}
