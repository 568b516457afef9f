//! Access tokens. Of the token only its hash is kept.

use forge_core::{AccessToken, TokenId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::access_token::{self, Column as Tokens, Entity};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx, store};

/// Adds a token.
pub async fn insert(tx: &Tx, token: &AccessToken, hash: &[u8; 32]) -> Result<()> {
    let row = access_token::ActiveModel {
        id: Set(token.id.column()),
        user_id: Set(token.user.column()),
        name: Set(token.name.clone()),
        scopes: Set(token.scopes.to_string()),
        token_hash: Set(hash.to_vec()),
        created_at: Set(micros(token.created_at)),
        expires_at: Set(token.expires_at.map(micros)),
        last_used_at: Set(token.last_used_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a token by its hash. Whether it has expired is for the caller to see.
pub async fn by_hash(rows: &impl Rows, hash: &[u8; 32]) -> Result<Option<AccessToken>> {
    let query = Entity::find().filter(Tokens::TokenHash.eq(hash.to_vec()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Notes that a token was used.
pub async fn touch(tx: &Tx, id: TokenId, at: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Tokens::LastUsedAt, micros(at))
        .and_where(Tokens::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Somebody's tokens, the newest first.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<AccessToken>> {
    let query = Entity::find()
        .filter(Tokens::UserId.eq(user.column()))
        .order_by_desc(Tokens::CreatedAt)
        .order_by_desc(Tokens::Id);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Revokes one of somebody's tokens; says whether they had it.
pub async fn delete(tx: &Tx, user: UserId, id: TokenId) -> Result<bool> {
    let query = Entity::delete_by_id(id.column()).filter(Tokens::UserId.eq(user.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected > 0)
}

/// Revokes all of somebody's tokens; says how many.
pub async fn delete_all(tx: &Tx, user: UserId) -> Result<u64> {
    let query = Entity::delete_many().filter(Tokens::UserId.eq(user.column()));
    Ok(query.exec(&tx.inner).await?.rows_affected)
}

fn from_row(row: access_token::Model) -> Result<AccessToken> {
    Ok(AccessToken {
        id: TokenId::of(row.id),
        user: UserId::of(row.user_id),
        scopes: parsed("list of scopes", &row.scopes, row.scopes.parse())?,
        name: row.name,
        created_at: time(row.created_at)?,
        expires_at: optional_time(row.expires_at)?,
        last_used_at: optional_time(row.last_used_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at, id};

    #[tokio::test]
    async fn tokens_are_made_used_and_revoked() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let token = |user, second| AccessToken {
                id: id(),
                user,
                name: "CI".to_owned(),
                scopes: "repository:read repository:write".parse().unwrap(),
                created_at: at(second),
                expires_at: Some(at(second + 9)),
                last_used_at: None,
            };
            let (mut one, two, other) = (token(alice, 1), token(alice, 2), token(bob, 3));
            let tx = store.begin().await.unwrap();
            for (token, byte) in [(&one, 1), (&two, 2), (&other, 3)] {
                insert(&tx, token, &[byte; 32]).await.unwrap();
            }
            assert_eq!(by_hash(&tx, &[1; 32]).await, Ok(Some(one.clone())));
            assert_eq!(by_hash(&tx, &[0; 32]).await, Ok(None));
            touch(&tx, one.id, at(5)).await.unwrap();
            one.last_used_at = Some(at(5));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![two.clone(), one.clone()]));
            assert_eq!(touch(&tx, id(), at(5)).await, Err(Error::NotFound));
            assert_eq!(delete(&tx, bob, one.id).await, Ok(false), "not theirs");
            assert_eq!(delete(&tx, alice, one.id).await, Ok(true));
            assert_eq!(delete_all(&tx, alice).await, Ok(1));
            assert_eq!(of_user(&tx, bob).await, Ok(vec![other]));
        })
        .await;
    }
}
