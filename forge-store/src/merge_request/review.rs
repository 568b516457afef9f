//! Reviews, pending and submitted.

use forge_core::merge_request::review::{Dismissal, Review, Verdict};
use forge_core::{By, ItemId, ReviewId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use super::number;
use crate::entity::review::{ActiveModel, Column as Reviews, Entity, Model};
use crate::entity::{comment, thread};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Error, Result, Rows, Tx, store};

/// Begins a review. Each person has one pending review of a merge request: a second is a `Conflict`.
pub async fn insert_review(tx: &Tx, review: &Review) -> Result<()> {
    let row = ActiveModel {
        id: Set(review.id.column()),
        item_id: Set(review.item.column()),
        author_id: Set(review.author.id.map(Column::column)),
        author_name: Set(review.author.name.clone()),
        version: Set(i64::from(review.version)),
        verdict: Set(review.verdict.name().to_owned()),
        body: Set(review.body.clone()),
        started_at: Set(micros(review.started_at)),
        submitted_at: Set(review.submitted_at.map(micros)),
        dismissed_at: Set(None),
        dismissed_by_name: Set(None),
        dismissal: Set(None),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Somebody's review that is not submitted yet.
pub async fn pending_review(rows: &impl Rows, item: ItemId, author: UserId) -> Result<Option<Review>> {
    let query = Entity::find()
        .filter(Reviews::ItemId.eq(item.column()))
        .filter(Reviews::AuthorId.eq(author.column()))
        .filter(Reviews::SubmittedAt.is_null());
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// One review of a merge request.
pub async fn review_by_id(rows: &impl Rows, item: ItemId, id: ReviewId) -> Result<Option<Review>> {
    let query = Entity::find_by_id(id.column()).filter(Reviews::ItemId.eq(item.column()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// The submitted reviews, the oldest first.
pub async fn reviews(rows: &impl Rows, item: ItemId) -> Result<Vec<Review>> {
    let query = Entity::find()
        .filter(Reviews::ItemId.eq(item.column()))
        .filter(Reviews::SubmittedAt.is_not_null())
        .order_by_asc(Reviews::SubmittedAt)
        .order_by_asc(Reviews::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Keeps what somebody has typed so far.
pub async fn set_review_text(tx: &Tx, id: ReviewId, verdict: Verdict, body: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Reviews::Verdict, verdict.name())
        .value(Reviews::Body, body)
        .and_where(Reviews::Id.eq(id.column()))
        .and_where(Expr::col(Reviews::SubmittedAt).is_null())
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Submits a pending review of a version; its comments get the same time. `Conflict` if it was submitted already.
pub async fn submit_review(tx: &Tx, id: ReviewId, version: u32, now: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Reviews::SubmittedAt, micros(now))
        .value(Reviews::Version, i64::from(version))
        .and_where(Reviews::Id.eq(id.column()))
        .and_where(Expr::col(Reviews::SubmittedAt).is_null())
        .to_owned();
    if tx.inner.execute(&update).await?.rows_affected() == 0 {
        return Err(Error::Conflict("the review".to_owned()));
    }
    let stamp = Query::update()
        .table(comment::Entity)
        .value(comment::Column::CreatedAt, micros(now))
        .and_where(comment::Column::ReviewId.eq(id.column()))
        .to_owned();
    tx.inner.execute(&stamp).await?;
    Ok(())
}

/// Throws a pending review away with its comments, and the threads that only it had begun.
pub async fn delete_review(tx: &Tx, item: ItemId, id: ReviewId) -> Result<()> {
    let query =
        Entity::delete_many().filter(Reviews::Id.eq(id.column())).filter(Reviews::SubmittedAt.is_null());
    store::one_row(query.exec(&tx.inner).await?.rows_affected)?;
    let with_comments = Query::select().column(comment::Column::ThreadId).from(comment::Entity).to_owned();
    thread::Entity::delete_many()
        .filter(thread::Column::ItemId.eq(item.column()))
        .filter(thread::Column::Id.not_in_subquery(with_comments))
        .exec(&tx.inner)
        .await?;
    Ok(())
}

/// Sets a request for changes aside.
pub async fn dismiss_review(tx: &Tx, id: ReviewId, dismissal: &Dismissal) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Reviews::DismissedAt, micros(dismissal.at))
        .value(Reviews::DismissedByName, dismissal.by.clone())
        .value(Reviews::Dismissal, dismissal.reason.clone())
        .and_where(Reviews::Id.eq(id.column()))
        .and_where(Expr::col(Reviews::DismissedAt).is_null())
        .and_where(Expr::col(Reviews::SubmittedAt).is_not_null())
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

fn from_row(row: Model) -> Result<Review> {
    let dismissed = match (row.dismissed_at, row.dismissed_by_name, row.dismissal) {
        (Some(at), Some(by), Some(reason)) => Some(Dismissal { at: time(at)?, by, reason }),
        _ => None,
    };
    Ok(Review {
        id: ReviewId::of(row.id),
        item: ItemId::of(row.item_id),
        author: By { id: row.author_id.map(UserId::of), name: row.author_name },
        version: number(row.version)?,
        verdict: parsed("verdict", &row.verdict, row.verdict.parse())?,
        body: row.body,
        started_at: time(row.started_at)?,
        submitted_at: optional_time(row.submitted_at)?,
        dismissed,
    })
}
