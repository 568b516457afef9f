//! Signed-in browsers. Of the token only its hash is kept.

use forge_core::{Session, SessionId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::session::{self, Column as Sessions, Entity};
use crate::value::{Column, micros, time};
use crate::{Result, Rows, Tx, store};

/// Adds a session.
pub async fn insert(tx: &Tx, session: &Session, token_hash: &[u8; 32]) -> Result<()> {
    let row = session::ActiveModel {
        id: Set(session.id.column()),
        user_id: Set(session.user.column()),
        token_hash: Set(token_hash.to_vec()),
        created_at: Set(micros(session.created_at)),
        last_used_at: Set(micros(session.last_used_at)),
        expires_at: Set(micros(session.expires_at)),
        address: Set(session.address.clone()),
        user_agent: Set(session.user_agent.clone()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a session by the hash of its token. Whether it has expired is for the caller to see.
pub async fn by_token(rows: &impl Rows, token_hash: &[u8; 32]) -> Result<Option<Session>> {
    let query = Entity::find().filter(Sessions::TokenHash.eq(token_hash.to_vec()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Notes that a session was used.
pub async fn touch(tx: &Tx, id: SessionId, at: OffsetDateTime, address: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Sessions::LastUsedAt, micros(at))
        .value(Sessions::Address, address)
        .and_where(Sessions::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Somebody's sessions, the most recently used first.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<Session>> {
    let query = Entity::find()
        .filter(Sessions::UserId.eq(user.column()))
        .order_by_desc(Sessions::LastUsedAt)
        .order_by_desc(Sessions::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Ends a session; says whether it was there.
pub async fn delete(tx: &Tx, id: SessionId) -> Result<bool> {
    Ok(Entity::delete_by_id(id.column()).exec(&tx.inner).await?.rows_affected > 0)
}

/// Ends all of somebody's sessions but one; says how many.
pub async fn delete_all(tx: &Tx, user: UserId, except: Option<SessionId>) -> Result<u64> {
    let mut query = Entity::delete_many().filter(Sessions::UserId.eq(user.column()));
    if let Some(except) = except {
        query = query.filter(Sessions::Id.ne(except.column()));
    }
    Ok(query.exec(&tx.inner).await?.rows_affected)
}

/// Removes sessions that have expired; says how many.
pub async fn delete_expired(tx: &Tx, now: OffsetDateTime) -> Result<u64> {
    let query = Entity::delete_many().filter(Sessions::ExpiresAt.lte(micros(now)));
    Ok(query.exec(&tx.inner).await?.rows_affected)
}

fn from_row(row: session::Model) -> Result<Session> {
    Ok(Session {
        id: SessionId::of(row.id),
        user: UserId::of(row.user_id),
        created_at: time(row.created_at)?,
        last_used_at: time(row.last_used_at)?,
        expires_at: time(row.expires_at)?,
        address: row.address,
        user_agent: row.user_agent,
    })
}
