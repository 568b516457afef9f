//! Signed-in browsers. Of the token only its hash is kept.

use forge_core::{Factors, Session, SessionId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::session::{self, Column as Sessions, Entity};
use crate::value::{Column, micros, parsed, time};
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
        authenticated_at: Set(micros(session.authenticated_at)),
        factors: Set(session.factors.to_string()),
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

/// Finds a session.
pub async fn by_id(rows: &impl Rows, id: SessionId) -> Result<Option<Session>> {
    Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// Notes that its person proved anew who they are: the session goes on under another token, and the old one is dead.
pub async fn renew(
    tx: &Tx,
    id: SessionId,
    token_hash: &[u8; 32],
    at: OffsetDateTime,
    factors: &Factors,
) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Sessions::TokenHash, token_hash.to_vec())
        .value(Sessions::AuthenticatedAt, micros(at))
        .value(Sessions::Factors, factors.to_string())
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

/// When several people last used a browser that is signed in; those who have none are not there.
pub async fn last_used(rows: &impl Rows, users: &[UserId]) -> Result<Vec<(UserId, OffsetDateTime)>> {
    let query = Entity::find()
        .select_only()
        .column(Sessions::UserId)
        .column_as(Sessions::LastUsedAt.max(), "last_used_at")
        .filter(Sessions::UserId.is_in(users.iter().map(|user| user.column())))
        .group_by(Sessions::UserId)
        .into_tuple::<(Uuid, i64)>();
    let found = query.all(rows.connection()).await?;
    found.into_iter().map(|(user, at)| Ok((UserId::of(user), time(at)?))).collect()
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
        // Sessions from before this was kept were authenticated when they began.
        authenticated_at: time(if row.authenticated_at == 0 {
            row.created_at
        } else {
            row.authenticated_at
        })?,
        factors: parsed("list of factors", &row.factors, row.factors.parse())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use forge_core::Factor;

    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    fn session(user: UserId, second: i64) -> Session {
        Session {
            id: id(),
            user,
            created_at: at(0),
            last_used_at: at(second),
            expires_at: at(second + 100),
            address: "192.0.2.1".to_owned(),
            user_agent: "Browser".to_owned(),
            authenticated_at: at(0),
            factors: Factor::Password.into(),
        }
    }

    #[tokio::test]
    async fn sessions_begin_last_and_end() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let (mut one, two, three) = (session(alice, 1), session(alice, 2), session(bob, 3));
            let tx = store.begin().await.unwrap();
            for (session, byte) in [(&one, 1), (&two, 2), (&three, 3)] {
                insert(&tx, session, &[byte; 32]).await.unwrap();
            }
            assert_eq!(by_token(&tx, &[1; 32]).await, Ok(Some(one.clone())));
            assert_eq!(by_token(&tx, &[9; 32]).await, Ok(None));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![two.clone(), one.clone()]));
            touch(&tx, one.id, at(50), "2001:db8::1").await.unwrap();
            one.last_used_at = at(50);
            one.address = "2001:db8::1".to_owned();
            assert_eq!(of_user(&tx, alice).await, Ok(vec![one.clone(), two.clone()]));
            assert_eq!(touch(&tx, id(), at(1), "").await, Err(Error::NotFound));
            assert_eq!(delete_all(&tx, alice, Some(one.id)).await, Ok(1));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![one.clone()]));
            assert_eq!(delete(&tx, one.id).await, Ok(true));
            assert_eq!(delete(&tx, one.id).await, Ok(false));
            assert_eq!(of_user(&tx, bob).await, Ok(vec![three]));
            assert_eq!(delete_all(&tx, bob, None).await, Ok(1));
        })
        .await;
    }

    #[tokio::test]
    async fn a_renewed_session_has_another_token() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let one = session(alice, 1);
            let tx = store.begin().await.unwrap();
            insert(&tx, &one, &[1; 32]).await.unwrap();
            let factors = Factors::from(Factor::Password).and(Factor::App);
            renew(&tx, one.id, &[2; 32], at(9), &factors).await.unwrap();
            assert_eq!(by_token(&tx, &[1; 32]).await, Ok(None), "the old token is dead");
            let renewed = Session { authenticated_at: at(9), factors: factors.clone(), ..one };
            assert_eq!(by_token(&tx, &[2; 32]).await, Ok(Some(renewed.clone())));
            assert_eq!(by_id(&tx, renewed.id).await, Ok(Some(renewed)));
            assert_eq!(renew(&tx, id(), &[3; 32], at(9), &factors).await, Err(Error::NotFound));
        })
        .await;
    }

    #[tokio::test]
    async fn what_has_expired_is_removed() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let (one, two) = (session(alice, 1), session(alice, 2));
            let tx = store.begin().await.unwrap();
            insert(&tx, &one, &[1; 32]).await.unwrap();
            insert(&tx, &two, &[2; 32]).await.unwrap();
            assert_eq!(delete_expired(&tx, at(100)).await, Ok(0));
            assert_eq!(delete_expired(&tx, at(101)).await, Ok(1));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![two]));
        })
        .await;
    }
}
