//! Approvals. They are never changed into others: one ends, and another begins.

use forge_core::merge_request::review::{Approval, ApprovalStatus};
use forge_core::{ApprovalId, By, ItemId, RefName, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use super::number;
use crate::entity::approval::{ActiveModel, Column as Approvals, Entity, Model};
use crate::value::{
    Column, micros, object_id, optional_bytes, optional_object_id, optional_time, parsed, time,
};
use crate::{Result, Rows, Tx, store};

/// Adds an approval. Each person has one that is active.
pub async fn insert_approval(tx: &Tx, approval: &Approval) -> Result<()> {
    let row = ActiveModel {
        id: Set(approval.id.column()),
        item_id: Set(approval.item.column()),
        user_id: Set(approval.user.id.map(Column::column)),
        user_name: Set(approval.user.name.clone()),
        version: Set(i64::from(approval.version)),
        head: Set(approval.head.as_bytes().to_vec()),
        target_branch: Set(approval.target_branch.as_str().to_owned()),
        patch_id: Set(optional_bytes(approval.patch_id.as_ref())),
        status: Set(approval.status.name().to_owned()),
        carried_from: Set(approval.carried_from.map(i64::from)),
        reason: Set(approval.reason.clone()),
        at: Set(micros(approval.at)),
        ended_at: Set(approval.ended_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Ends an active approval.
pub async fn end_approval(
    tx: &Tx,
    id: ApprovalId,
    status: ApprovalStatus,
    reason: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Approvals::Status, status.name())
        .value(Approvals::Reason, reason)
        .value(Approvals::EndedAt, micros(now))
        .and_where(Approvals::Id.eq(id.column()))
        .and_where(Expr::col(Approvals::Status).eq(ApprovalStatus::Active.name()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Ends an approval of the version before and begins it anew for the next.
pub async fn carry_approval(tx: &Tx, old: &Approval, new: &Approval, now: OffsetDateTime) -> Result<()> {
    end_approval(tx, old.id, ApprovalStatus::Lapsed, "carried to the next version", now).await?;
    insert_approval(tx, new).await
}

/// Every approval that there was, the oldest first.
pub async fn approvals(rows: &impl Rows, item: ItemId) -> Result<Vec<Approval>> {
    let query = Entity::find()
        .filter(Approvals::ItemId.eq(item.column()))
        .order_by_asc(Approvals::At)
        .order_by_asc(Approvals::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

fn from_row(row: Model) -> Result<Approval> {
    Ok(Approval {
        id: ApprovalId::of(row.id),
        item: ItemId::of(row.item_id),
        user: By { id: row.user_id.map(UserId::of), name: row.user_name },
        version: number(row.version)?,
        head: object_id(&row.head)?,
        target_branch: parsed("branch", &row.target_branch, RefName::new(row.target_branch.clone()))?,
        patch_id: optional_object_id(row.patch_id.as_deref())?,
        status: parsed("status of an approval", &row.status, row.status.parse())?,
        carried_from: row.carried_from.map(number).transpose()?,
        reason: row.reason,
        at: time(row.at)?,
        ended_at: optional_time(row.ended_at)?,
    })
}
