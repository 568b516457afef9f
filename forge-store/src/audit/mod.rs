//! The audit log: every entry carries the hash of the one before it, so that a change in the middle shows.
//!
//! The database refuses changes and deletions by triggers. Somebody who may drop triggers can still rewrite the whole
//! log: only a copy on another machine shows that.

mod chain;
#[cfg(test)]
mod tests;

pub use chain::{ChainCheck, verify};

use forge_core::audit::REFUSED;
use forge_core::{AuditEntry, AuditEvent, AuditEventId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::audit_event::{self, Column as Events, Entity};
use crate::lock::{self, Lock};
use crate::value::{Column, corrupt, micros, signed, time, unsigned};
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
    /// Not before this moment.
    pub from: Option<OffsetDateTime>,
    /// Before this moment.
    pub until: Option<OffsetDateTime>,
    /// Only what was refused, or only what was done.
    pub refused: Option<bool>,
    /// Only what concerns one organisation.
    pub within: Option<Within>,
}

/// One organisation and what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// Its name, with which the names of its repositories begin.
    pub name: String,
    /// Since when it has the name: what happened before concerns another.
    pub since: OffsetDateTime,
    /// Identifiers of itself and of its repositories.
    pub ids: Vec<String>,
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
pub async fn page(rows: &impl Rows, request: PageRequest, filter: &AuditFilter) -> Result<Page<AuditEntry>> {
    let query = Entity::find().filter(matching(filter));
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_desc(Events::Seq)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(from_row).collect::<Result<_>>()?, total })
}

/// Entries after a number that the filter lets through, the oldest first.
pub async fn after(
    rows: &impl Rows,
    number: u64,
    limit: u64,
    filter: &AuditFilter,
) -> Result<Vec<AuditEntry>> {
    let query = Entity::find()
        .filter(matching(filter))
        .filter(Events::Seq.gt(signed(number)?))
        .order_by_asc(Events::Seq)
        .limit(limit);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

fn matching(filter: &AuditFilter) -> Condition {
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
    if let Some(from) = filter.from {
        condition = condition.add(Events::HappenedAt.gte(micros(from)));
    }
    if let Some(until) = filter.until {
        condition = condition.add(Events::HappenedAt.lt(micros(until)));
    }
    match filter.refused {
        Some(true) => condition = condition.add(Events::Action.ends_with(REFUSED)),
        Some(false) => condition = condition.add(Events::Action.ends_with(REFUSED).not()),
        None => {}
    }
    if let Some(within) = &filter.within {
        let mut beneath = page::contains(&format!("{}/", within.name));
        beneath.remove(0);
        let like = LikeExpr::new(beneath).escape('\\');
        let concerns = Condition::any()
            .add(Events::SubjectId.is_in(within.ids.iter().cloned()))
            .add(Func::lower(Expr::col((Entity, Events::Subject))).like(like));
        condition = condition.add(Events::HappenedAt.gte(micros(within.since))).add(concerns);
    }
    condition
}

fn from_row(row: audit_event::Model) -> Result<AuditEntry> {
    let event = AuditEvent {
        id: AuditEventId::of(row.id),
        at: time(row.happened_at)?,
        actor_id: row.actor_id,
        actor: row.actor,
        action: row.action,
        subject_id: row.subject_id,
        subject: row.subject,
        address: row.address,
        detail: row.detail,
    };
    let hash = row.hash.as_slice().try_into().map_err(|_| corrupt("hash", &row.seq.to_string()))?;
    Ok(AuditEntry { number: unsigned(row.seq)?, event, hash })
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
