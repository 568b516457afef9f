//! Threads with their comments and suggestions.

use std::collections::HashMap;

use forge_core::merge_request::thread::{Anchor, Comment, StoredSuggestion, Thread};
use forge_core::{By, CommentId, FilePath, ItemId, ObjectId, ReviewId, ThreadId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::number;
use crate::entity::{comment, review, suggestion, thread};
use crate::value::{
    Column, corrupt, micros, optional_bytes, optional_object_id, optional_time, parsed, time,
};
use crate::{Result, Rows, Tx, store};

/// Adds a thread without its comments.
pub async fn add_thread(tx: &Tx, new: &Thread) -> Result<()> {
    let anchor = new.anchor.as_ref();
    let row = thread::ActiveModel {
        id: Set(new.id.column()),
        item_id: Set(new.item.column()),
        version: Set(anchor.map(|anchor| i64::from(anchor.version))),
        side: Set(anchor.map(|anchor| anchor.side.name().to_owned())),
        path: Set(anchor.and_then(|anchor| anchor.path.as_ref()).map(|path| path.as_bytes().to_vec())),
        start_line: Set(anchor.and_then(|anchor| anchor.lines).map(|lines| i64::from(lines.0))),
        end_line: Set(anchor.and_then(|anchor| anchor.lines).map(|lines| i64::from(lines.1))),
        point_x: Set(anchor.and_then(|anchor| anchor.point).map(|point| i64::from(point.0))),
        point_y: Set(anchor.and_then(|anchor| anchor.point).map(|point| i64::from(point.1))),
        blob: Set(optional_bytes(anchor.and_then(|anchor| anchor.blob.as_ref()))),
        excerpt: Set(new.excerpt.clone()),
        is_resolvable: Set(new.is_resolvable),
        resolved_at: Set(None),
        resolved_by: Set(None),
        resolved_by_name: Set(None),
        created_at: Set(micros(new.created_at)),
    };
    thread::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Adds a comment without its suggestions.
pub async fn add_comment(tx: &Tx, new: &Comment) -> Result<()> {
    let row = comment::ActiveModel {
        id: Set(new.id.column()),
        thread_id: Set(new.thread.column()),
        review_id: Set(new.review.map(Column::column)),
        author_id: Set(new.author.id.map(Column::column)),
        author_name: Set(new.author.name.clone()),
        body: Set(new.body.clone()),
        resolves: Set(new.resolves),
        created_at: Set(micros(new.created_at)),
        edited_at: Set(new.edited_at.map(micros)),
    };
    comment::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Adds a suggestion to a comment.
pub async fn add_suggestion(tx: &Tx, comment: CommentId, new: &StoredSuggestion) -> Result<()> {
    let row = suggestion::ActiveModel {
        comment_id: Set(comment.column()),
        position: Set(i64::from(new.position)),
        start_line: Set(i64::from(new.lines.0)),
        end_line: Set(i64::from(new.lines.1)),
        original: Set(new.original.clone()),
        replacement: Set(new.replacement.clone()),
        applied_commit: Set(None),
        applied_at: Set(None),
        applied_by: Set(None),
    };
    suggestion::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Notes that a suggestion was applied, if it is still this one.
pub async fn applied(
    tx: &Tx,
    comment: CommentId,
    what: &StoredSuggestion,
    commit: &ObjectId,
    by: Option<UserId>,
    now: OffsetDateTime,
) -> Result<()> {
    let by: Option<Uuid> = by.map(Column::column);
    let update = Query::update()
        .table(suggestion::Entity)
        .value(suggestion::Column::AppliedCommit, commit.as_bytes().to_vec())
        .value(suggestion::Column::AppliedAt, micros(now))
        .value(suggestion::Column::AppliedBy, by)
        .and_where(suggestion::Column::CommentId.eq(comment.column()))
        .and_where(suggestion::Column::Position.eq(i64::from(what.position)))
        .and_where(suggestion::Column::StartLine.eq(i64::from(what.lines.0)))
        .and_where(suggestion::Column::EndLine.eq(i64::from(what.lines.1)))
        .and_where(suggestion::Column::Replacement.eq(what.replacement.as_str()))
        .and_where(Expr::col(suggestion::Column::AppliedCommit).is_null())
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Changes what a comment says; its suggestions go, and the caller adds the new ones.
pub async fn edit_comment(tx: &Tx, id: CommentId, body: &str, now: OffsetDateTime) -> Result<()> {
    suggestion::Entity::delete_many()
        .filter(suggestion::Column::CommentId.eq(id.column()))
        .filter(suggestion::Column::AppliedCommit.is_null())
        .exec(&tx.inner)
        .await?;
    let update = Query::update()
        .table(comment::Entity)
        .value(comment::Column::Body, body)
        .value(comment::Column::EditedAt, micros(now))
        .and_where(comment::Column::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes a comment, and its thread if it was the only one.
pub async fn delete_comment(tx: &Tx, id: CommentId, thread: ThreadId) -> Result<()> {
    store::one_row(comment::Entity::delete_by_id(id.column()).exec(&tx.inner).await?.rows_affected)?;
    let left = comment::Entity::find()
        .filter(comment::Column::ThreadId.eq(thread.column()))
        .count(&tx.inner)
        .await?;
    if left == 0 {
        thread::Entity::delete_by_id(thread.column()).exec(&tx.inner).await?;
    }
    Ok(())
}

/// Resolves a thread, or opens it again.
pub async fn set_resolved(tx: &Tx, id: ThreadId, by: Option<&By>, now: OffsetDateTime) -> Result<()> {
    let user: Option<Uuid> = by.and_then(|by| by.id).map(Column::column);
    let update = Query::update()
        .table(thread::Entity)
        .value(thread::Column::ResolvedAt, by.map(|_| micros(now)))
        .value(thread::Column::ResolvedBy, user)
        .value(thread::Column::ResolvedByName, by.map(|by| by.name.clone()))
        .and_where(thread::Column::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// How many threads of an item can be resolved, are not, and are not seen by their author alone.
pub async fn open_threads(rows: &impl Rows, item: ItemId) -> Result<u64> {
    let query = thread::Entity::find()
        .filter(thread::Column::ItemId.eq(item.column()))
        .filter(thread::Column::IsResolvable.eq(true))
        .filter(thread::Column::ResolvedAt.is_null())
        .filter(thread::Column::Id.in_subquery(seen_threads()));
    Ok(query.count(rows.connection()).await?)
}

/// The threads with a comment that is not part of a pending review.
fn seen_threads() -> SelectStatement {
    let pending = Query::select()
        .column(review::Column::Id)
        .from(review::Entity)
        .and_where(Expr::col((review::Entity, review::Column::SubmittedAt)).is_null())
        .to_owned();
    let seen = Expr::col((comment::Entity, comment::Column::ReviewId)).is_null().or(Expr::col((
        comment::Entity,
        comment::Column::ReviewId,
    ))
    .not_in_subquery(pending));
    Query::select()
        .column((comment::Entity, comment::Column::ThreadId))
        .from(comment::Entity)
        .and_where(seen)
        .to_owned()
}

/// The threads of an item with the comments that a viewer may see: all but those of others' pending reviews.
pub async fn threads(rows: &impl Rows, item: ItemId, viewer: Option<UserId>) -> Result<Vec<Thread>> {
    let query = thread::Entity::find()
        .filter(thread::Column::ItemId.eq(item.column()))
        .order_by_asc(thread::Column::CreatedAt)
        .order_by_asc(thread::Column::Id);
    let found = query.all(rows.connection()).await?;
    filled(rows, found, item, viewer).await
}

/// One thread of an item as a viewer may see it.
pub async fn thread_by_id(
    rows: &impl Rows,
    item: ItemId,
    id: ThreadId,
    viewer: Option<UserId>,
) -> Result<Option<Thread>> {
    let query = thread::Entity::find_by_id(id.column()).filter(thread::Column::ItemId.eq(item.column()));
    let found: Vec<_> = query.one(rows.connection()).await?.into_iter().collect();
    Ok(filled(rows, found, item, viewer).await?.pop())
}

/// One comment of an item as a viewer may see it.
pub async fn comment_by_id(
    rows: &impl Rows,
    item: ItemId,
    id: CommentId,
    viewer: Option<UserId>,
) -> Result<Option<(Thread, Comment)>> {
    let Some(row) = comment::Entity::find_by_id(id.column()).one(rows.connection()).await? else {
        return Ok(None);
    };
    let found = thread_by_id(rows, item, ThreadId::of(row.thread_id), viewer).await?;
    Ok(found.and_then(|thread| {
        let comment = thread.comments.iter().find(|comment| comment.id == id)?.clone();
        Some((thread, comment))
    }))
}

async fn filled(
    rows: &impl Rows,
    found: Vec<thread::Model>,
    item: ItemId,
    viewer: Option<UserId>,
) -> Result<Vec<Thread>> {
    let of_item = Query::select()
        .column(thread::Column::Id)
        .from(thread::Entity)
        .and_where(thread::Column::ItemId.eq(item.column()))
        .to_owned();
    let comments = comment::Entity::find()
        .filter(comment::Column::ThreadId.in_subquery(of_item.clone()))
        .order_by_asc(comment::Column::CreatedAt)
        .order_by_asc(comment::Column::Id)
        .all(rows.connection())
        .await?;
    let of_comments = Query::select()
        .column(comment::Column::Id)
        .from(comment::Entity)
        .and_where(comment::Column::ThreadId.in_subquery(of_item))
        .to_owned();
    let suggestions = suggestion::Entity::find()
        .filter(suggestion::Column::CommentId.in_subquery(of_comments))
        .order_by_asc(suggestion::Column::Position)
        .all(rows.connection())
        .await?;
    let pending: Vec<Uuid> = review::Entity::find()
        .filter(review::Column::ItemId.eq(item.column()))
        .filter(review::Column::SubmittedAt.is_null())
        .all(rows.connection())
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let mut suggested: HashMap<Uuid, Vec<StoredSuggestion>> = HashMap::new();
    for row in suggestions {
        suggested.entry(row.comment_id).or_default().push(suggestion_from(row)?);
    }
    let mut said: HashMap<Uuid, Vec<Comment>> = HashMap::new();
    for row in comments {
        let is_pending = row.review_id.is_some_and(|review| pending.contains(&review));
        let is_mine = viewer.is_some_and(|viewer| row.author_id == Some(viewer.column()));
        if is_pending && !is_mine {
            continue;
        }
        let suggestions = suggested.remove(&row.id).unwrap_or_default();
        said.entry(row.thread_id).or_default().push(comment_from(row, is_pending, suggestions)?);
    }
    let mut threads = Vec::with_capacity(found.len());
    for row in found {
        if let Some(comments) = said.remove(&row.id) {
            threads.push(thread_from(row, comments)?);
        }
    }
    Ok(threads)
}

fn thread_from(row: thread::Model, comments: Vec<Comment>) -> Result<Thread> {
    let line = |column: Option<i64>| column.map(number).transpose();
    let pair = |a: Option<u32>, b: Option<u32>| a.zip(b);
    let anchor = match (row.version, row.side) {
        (Some(version), Some(side)) => {
            let thousandths = |column: Option<i64>| -> Result<Option<u16>> {
                line(column)?
                    .map(|value| u16::try_from(value).map_err(|_| corrupt("point", &value.to_string())))
                    .transpose()
            };
            Some(Anchor {
                version: number(version)?,
                side: parsed("side", &side, side.parse())?,
                path: row
                    .path
                    .map(|path| {
                        FilePath::new(path.clone()).map_err(|_| corrupt("path", &format!("{path:02x?}")))
                    })
                    .transpose()?,
                lines: pair(line(row.start_line)?, line(row.end_line)?),
                point: thousandths(row.point_x)?.zip(thousandths(row.point_y)?),
                blob: optional_object_id(row.blob.as_deref())?,
            })
        }
        _ => None,
    };
    let resolved = match (optional_time(row.resolved_at)?, row.resolved_by_name) {
        (Some(at), Some(name)) => Some((at, By { id: row.resolved_by.map(UserId::of), name })),
        _ => None,
    };
    Ok(Thread {
        id: ThreadId::of(row.id),
        item: ItemId::of(row.item_id),
        anchor,
        excerpt: row.excerpt,
        is_resolvable: row.is_resolvable,
        resolved,
        created_at: time(row.created_at)?,
        comments,
    })
}

fn comment_from(
    row: comment::Model,
    is_pending: bool,
    suggestions: Vec<StoredSuggestion>,
) -> Result<Comment> {
    Ok(Comment {
        id: CommentId::of(row.id),
        thread: ThreadId::of(row.thread_id),
        review: row.review_id.map(ReviewId::of),
        is_pending,
        author: By { id: row.author_id.map(UserId::of), name: row.author_name },
        body: row.body,
        resolves: row.resolves,
        created_at: time(row.created_at)?,
        edited_at: optional_time(row.edited_at)?,
        suggestions,
    })
}

fn suggestion_from(row: suggestion::Model) -> Result<StoredSuggestion> {
    Ok(StoredSuggestion {
        position: number(row.position)?,
        lines: (number(row.start_line)?, number(row.end_line)?),
        original: row.original,
        replacement: row.replacement,
        applied: optional_object_id(row.applied_commit.as_deref())?,
    })
}
