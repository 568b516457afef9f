//! The audit log: every entry carries the hash of the one before it, so that a change in the middle shows.
//!
//! The database refuses changes and deletions by triggers. Somebody who may drop triggers can still rewrite the whole
//! log: only a copy on another machine shows that.

mod chain;
#[cfg(test)]
mod tests;

pub use chain::{ChainCheck, verify};

use forge_core::{AuditEvent, AuditEventId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ActiveValue::Set, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::entity::audit_event::{self, Column as Events, Entity};
use crate::lock::{self, Lock};
use crate::value::{Column, micros, time};
use crate::{Page, PageRequest, Result, Rows, Tx, page};

/// Which entries are wanted. Each text is searched for anywhere in its field, in any mixture of capitals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who did it.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// What it was done to.
    pub subject: Option<String>,
}

/// Adds an entry at the end. On PostgreSQL every other transaction that appends waits until this one ends, so append
/// last.
pub async fn append(tx: &Tx, event: &AuditEvent) -> Result<()> {
    lock::take(tx, Lock::Audit).await?;
    let last = Entity::find().order_by_desc(Events::Seq).limit(1).one(&tx.inner).await?;
    let (seq, previous) = last.map_or((1, chain::START.to_vec()), |row| (row.seq + 1, row.hash));
    let mut row = audit_event::Model {
        seq,
        id: event.id.column(),
        happened_at: micros(event.at),
        actor_id: event.actor_id.clone(),
        actor: event.actor.clone(),
        action: event.action.clone(),
        subject_id: event.subject_id.clone(),
        subject: event.subject.clone(),
        address: event.address.clone(),
        detail: event.detail.clone(),
        previous_hash: previous,
        hash: Vec::new(),
    };
    row.hash = chain::hash(&row);
    Entity::insert(to_active(row)).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Entries that the filter lets through, the newest first.
pub async fn page(rows: &impl Rows, request: PageRequest, filter: &AuditFilter) -> Result<Page<AuditEvent>> {
    let mut condition = Condition::all();
    let wanted = [
        (Events::Actor, &filter.actor),
        (Events::Action, &filter.action),
        (Events::Subject, &filter.subject),
    ];
    for (column, text) in wanted {
        if let Some(text) = text {
            let like = LikeExpr::new(page::contains(text)).escape('\\');
            condition = condition.add(Func::lower(Expr::col((Entity, column))).like(like));
        }
    }
    let query = Entity::find().filter(condition);
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_desc(Events::Seq)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(from_row).collect::<Result<_>>()?, total })
}

fn from_row(row: audit_event::Model) -> Result<AuditEvent> {
    Ok(AuditEvent {
        id: AuditEventId::of(row.id),
        at: time(row.happened_at)?,
        actor_id: row.actor_id,
        actor: row.actor,
        action: row.action,
        subject_id: row.subject_id,
        subject: row.subject,
        address: row.address,
        detail: row.detail,
    })
}

fn to_active(row: audit_event::Model) -> audit_event::ActiveModel {
    audit_event::ActiveModel {
        seq: Set(row.seq),
        id: Set(row.id),
        happened_at: Set(row.happened_at),
        actor_id: Set(row.actor_id),
        actor: Set(row.actor),
        action: Set(row.action),
        subject_id: Set(row.subject_id),
        subject: Set(row.subject),
        address: Set(row.address),
        detail: Set(row.detail),
        previous_hash: Set(row.previous_hash),
        hash: Set(row.hash),
    }
}
