//! Background work: rows that somebody claims for a while.
//!
//! A job is put in by the transaction that makes it necessary, so it is there exactly if that is. Whoever claims it
//! holds a lease; when the lease runs out, because the machine went away, somebody else may claim it. A job may
//! therefore run twice. Done jobs leave no row; jobs that failed too often stay, dead, for an administrator to see.

#[cfg(test)]
mod tests;

use forge_core::JobId;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::job::{self, Column as Jobs, Entity};
use crate::value::{Column, corrupt, micros, time};
use crate::{Error, Page, PageRequest, Result, Rows, Tx, store};

const WAITING: &str = "waiting";
const RUNNING: &str = "running";
const DEAD: &str = "dead";

/// What an administrator reads of a job whose worker never came back.
const LOST: &str = "the worker stopped before the job was done, on the last attempt";

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Which.
    pub id: JobId,
    /// What kind of work.
    pub name: String,
    /// Which workers do it.
    pub queue: String,
    /// What to do, as JSON.
    pub payload: String,
    /// Jobs of one name and key are one while they wait.
    pub dedup_key: Option<String>,
    /// How often it is tried.
    pub max_attempts: u32,
    /// Not before.
    pub run_at: OffsetDateTime,
}

/// A job that the caller is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedJob {
    /// Which.
    pub id: JobId,
    /// What kind of work.
    pub name: String,
    /// What to do, as JSON.
    pub payload: String,
    /// How often it was tried, with this time.
    pub attempts: u32,
    /// How often it is tried.
    pub max_attempts: u32,
}

/// A job that failed too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob {
    /// Which.
    pub id: JobId,
    /// What kind of work.
    pub name: String,
    /// Which workers did it.
    pub queue: String,
    /// What to do, as JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: String,
    /// When it was last due.
    pub run_at: OffsetDateTime,
}

/// Puts a job in. Where one of the same name and key is waiting already, that one stays and nothing is added.
pub async fn enqueue(tx: &Tx, job: &NewJob) -> Result<()> {
    let row = job::ActiveModel {
        id: Set(job.id.column()),
        name: Set(job.name.clone()),
        queue: Set(job.queue.clone()),
        payload: Set(job.payload.clone()),
        dedup_key: Set(job.dedup_key.clone()),
        state: Set(WAITING.to_owned()),
        attempts: Set(0),
        max_attempts: Set(i64::from(job.max_attempts)),
        run_at: Set(micros(job.run_at)),
        lease_until: Set(None),
        last_error: Set(None),
    };
    let mut same = OnConflict::columns([Jobs::Name, Jobs::DedupKey]);
    // A literal, not a parameter: the engines must see that it is the index's own condition.
    same.target_and_where(Expr::col(Jobs::State).eq(Expr::cust("'waiting'")))
        .target_and_where(Jobs::DedupKey.is_not_null())
        .do_nothing();
    Entity::insert(row).on_conflict(same).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Claims the job of a queue that has been due for longest. Jobs whose lease ran out are due too; those among them
/// that have no attempt left are buried on the way.
pub async fn claim(
    tx: &Tx,
    queue: &str,
    now: OffsetDateTime,
    lease_until: OffsetDateTime,
) -> Result<Option<ClaimedJob>> {
    let now = micros(now);
    let lost = Condition::all().add(Jobs::State.eq(RUNNING)).add(Jobs::LeaseUntil.lte(now));
    let mut bury = Query::update();
    bury.table(Entity)
        .value(Jobs::State, DEAD)
        .value(Jobs::LeaseUntil, Option::<i64>::None)
        .value(Jobs::LastError, LOST)
        .and_where(Jobs::Queue.eq(queue))
        .cond_where(lost.clone())
        .and_where(Expr::col(Jobs::Attempts).gte(Expr::col(Jobs::MaxAttempts)));
    tx.inner.execute(&bury).await?;

    let waiting = Condition::all().add(Jobs::State.eq(WAITING)).add(Jobs::RunAt.lte(now));
    let next = Query::select()
        .column(Jobs::Id)
        .from(Entity)
        .and_where(Jobs::Queue.eq(queue))
        .cond_where(Condition::any().add(waiting).add(lost))
        .order_by(Jobs::RunAt, Order::Asc)
        .order_by(Jobs::Id, Order::Asc)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let Some(row) = tx.inner.query_one(&next).await? else {
        return Ok(None);
    };
    let id: uuid::Uuid = row.try_get_by_index(0)?;
    let mut take = Query::update();
    take.table(Entity)
        .value(Jobs::State, RUNNING)
        .value(Jobs::LeaseUntil, micros(lease_until))
        .value(Jobs::Attempts, Expr::col(Jobs::Attempts).add(1))
        .and_where(Jobs::Id.eq(id));
    store::one_row(tx.inner.execute(&take).await?.rows_affected())?;
    let row = Entity::find_by_id(id).one(&tx.inner).await?.ok_or(Error::NotFound)?;
    Ok(Some(ClaimedJob {
        id: JobId::of(row.id),
        attempts: small(row.attempts)?,
        max_attempts: small(row.max_attempts)?,
        name: row.name,
        payload: row.payload,
    }))
}

/// Keeps a claimed job for longer. `NotFound` when the claim is no longer good: somebody else may have the job.
pub async fn extend(tx: &Tx, claim: &ClaimedJob, lease_until: OffsetDateTime) -> Result<()> {
    settle(tx, claim, |update| update.value(Jobs::LeaseUntil, micros(lease_until))).await
}

/// Removes a claimed job that is done. `NotFound` when the claim is no longer good.
pub async fn finish(tx: &Tx, claim: &ClaimedJob) -> Result<()> {
    let query = Entity::delete_by_id(claim.id.column()).filter(claimed(claim));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// Puts a claimed job back for another attempt. Where one of the same name and key has been put in meanwhile, that one
/// does for both.
pub async fn retry(tx: &Tx, claim: &ClaimedJob, run_at: OffsetDateTime, error: &str) -> Result<()> {
    wait_again(tx, claim.id, claimed(claim), |update| {
        update.value(Jobs::RunAt, micros(run_at)).value(Jobs::LastError, printable(error))
    })
    .await
}

/// Gives a claim back unused, because the worker stops: the attempt does not count.
pub async fn release(tx: &Tx, claim: &ClaimedJob) -> Result<()> {
    wait_again(tx, claim.id, claimed(claim), |update| {
        update.value(Jobs::Attempts, i64::from(claim.attempts.saturating_sub(1)))
    })
    .await
}

/// Gives a claimed job up. `NotFound` when the claim is no longer good.
pub async fn bury(tx: &Tx, claim: &ClaimedJob, error: &str) -> Result<()> {
    settle(tx, claim, |update| {
        update
            .value(Jobs::State, DEAD)
            .value(Jobs::LeaseUntil, Option::<i64>::None)
            .value(Jobs::LastError, printable(error))
    })
    .await
}

/// Whether a claim would find something. Cheaper than a claim, because it takes no lock.
pub async fn is_due(rows: &impl Rows, queue: &str, now: OffsetDateTime) -> Result<bool> {
    let now = micros(now);
    let waiting = Condition::all().add(Jobs::State.eq(WAITING)).add(Jobs::RunAt.lte(now));
    let lost = Condition::all().add(Jobs::State.eq(RUNNING)).add(Jobs::LeaseUntil.lte(now));
    let query =
        Entity::find().filter(Jobs::Queue.eq(queue)).filter(Condition::any().add(waiting).add(lost)).limit(1);
    Ok(query.one(rows.connection()).await?.is_some())
}

/// How many jobs wait or run.
pub async fn waiting(rows: &impl Rows) -> Result<u64> {
    Ok(Entity::find().filter(Jobs::State.ne(DEAD)).count(rows.connection()).await?)
}

/// Jobs that failed too often, the latest first.
pub async fn dead(rows: &impl Rows, request: PageRequest) -> Result<Page<DeadJob>> {
    let query = Entity::find().filter(Jobs::State.eq(DEAD));
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_desc(Jobs::RunAt)
        .order_by_desc(Jobs::Id)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(dead_from).collect::<Result<_>>()?, total })
}

/// Lets a dead job start again from its first attempt. `NotFound` when it is not dead.
pub async fn revive(tx: &Tx, id: JobId) -> Result<()> {
    let dead = Condition::all().add(Jobs::State.eq(DEAD));
    wait_again(tx, id, dead, |update| update.value(Jobs::Attempts, 0_i64)).await
}

/// Removes a dead job. `NotFound` when it is not dead.
pub async fn discard(tx: &Tx, id: JobId) -> Result<()> {
    let query = Entity::delete_by_id(id.column()).filter(Jobs::State.eq(DEAD));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// A claim holds while the job runs and nobody claimed it again: each claim counts one attempt up.
fn claimed(claim: &ClaimedJob) -> Condition {
    Condition::all().add(Jobs::State.eq(RUNNING)).add(Jobs::Attempts.eq(i64::from(claim.attempts)))
}

async fn settle(
    tx: &Tx,
    claim: &ClaimedJob,
    set: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<()> {
    let mut update = Query::update();
    set(update.table(Entity)).and_where(Jobs::Id.eq(claim.id.column())).cond_where(claimed(claim));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

async fn wait_again(
    tx: &Tx,
    id: JobId,
    from: Condition,
    set: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<()> {
    let query = Entity::find_by_id(id.column()).filter(from).lock_exclusive();
    let row = query.one(&tx.inner).await?.ok_or(Error::NotFound)?;
    if let Some(key) = row.dedup_key {
        let twin = Entity::find()
            .filter(Jobs::Name.eq(row.name))
            .filter(Jobs::DedupKey.eq(key))
            .filter(Jobs::State.eq(WAITING));
        if twin.count(&tx.inner).await? > 0 {
            Entity::delete_by_id(id.column()).exec(&tx.inner).await?;
            return Ok(());
        }
    }
    let mut update = Query::update();
    set(update.table(Entity))
        .value(Jobs::State, WAITING)
        .value(Jobs::LeaseUntil, Option::<i64>::None)
        .and_where(Jobs::Id.eq(id.column()));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// PostgreSQL's text has no NUL, and an error's text may hold anything.
fn printable(error: &str) -> String {
    error.replace('\0', "\u{fffd}")
}

fn small(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| corrupt("number of attempts", &number.to_string()))
}

fn dead_from(row: job::Model) -> Result<DeadJob> {
    Ok(DeadJob {
        id: JobId::of(row.id),
        attempts: small(row.attempts)?,
        run_at: time(row.run_at)?,
        name: row.name,
        queue: row.queue,
        payload: row.payload,
        error: row.last_error.unwrap_or_default(),
    })
}
