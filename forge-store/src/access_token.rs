//! Access tokens. Of the token only its hash is kept.

use forge_core::{AccessToken, Reach, RepoId, TokenId, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::access_token::{self, Column as Tokens, Entity};
use crate::entity::token_repository::{self, Column as Chosen};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx, store};

/// Adds a token, with the repositories that it is limited to.
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
        last_used_from: Set(token.last_used_from.clone()),
        limited: Set(token.reach != Reach::Everything),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    let Reach::Only(chosen) = &token.reach else { return Ok(()) };
    if chosen.is_empty() {
        return Ok(());
    }
    let chosen = chosen.iter().map(|repo| token_repository::ActiveModel {
        token_id: Set(token.id.column()),
        repository_id: Set(repo.column()),
    });
    token_repository::Entity::insert_many(chosen).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a token by its hash. Whether it has expired is for the caller to see.
pub async fn by_hash(rows: &impl Rows, hash: &[u8; 32]) -> Result<Option<AccessToken>> {
    let query = Entity::find().filter(Tokens::TokenHash.eq(hash.to_vec()));
    match query.one(rows.connection()).await? {
        Some(row) => Ok(Some(with_reach(rows, row).await?)),
        None => Ok(None),
    }
}

/// Notes that a token was used, and from which network.
pub async fn touch(tx: &Tx, id: TokenId, at: OffsetDateTime, from: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Tokens::LastUsedAt, micros(at))
        .value(Tokens::LastUsedFrom, from)
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
    let mut tokens = Vec::new();
    for row in query.all(rows.connection()).await? {
        tokens.push(with_reach(rows, row).await?);
    }
    Ok(tokens)
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

async fn with_reach(rows: &impl Rows, row: access_token::Model) -> Result<AccessToken> {
    if !row.limited {
        return from_row(row, Reach::Everything);
    }
    let query = token_repository::Entity::find()
        .filter(Chosen::TokenId.eq(row.id))
        .order_by_asc(Chosen::RepositoryId);
    let chosen = query.all(rows.connection()).await?;
    from_row(row, Reach::Only(chosen.into_iter().map(|row| RepoId::of(row.repository_id)).collect()))
}

fn from_row(row: access_token::Model, reach: Reach) -> Result<AccessToken> {
    Ok(AccessToken {
        reach,
        id: TokenId::of(row.id),
        user: UserId::of(row.user_id),
        scopes: parsed("list of scopes", &row.scopes, row.scopes.parse())?,
        name: row.name,
        created_at: time(row.created_at)?,
        expires_at: optional_time(row.expires_at)?,
        last_used_at: optional_time(row.last_used_at)?,
        last_used_from: row.last_used_from,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::repository;
    use crate::sample::{add_person, add_repo, at, id};

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
                last_used_from: None,
                reach: Reach::Everything,
            };
            let (mut one, two, other) = (token(alice, 1), token(alice, 2), token(bob, 3));
            let tx = store.begin().await.unwrap();
            for (token, byte) in [(&one, 1), (&two, 2), (&other, 3)] {
                insert(&tx, token, &[byte; 32]).await.unwrap();
            }
            assert_eq!(by_hash(&tx, &[1; 32]).await, Ok(Some(one.clone())));
            assert_eq!(by_hash(&tx, &[0; 32]).await, Ok(None));
            touch(&tx, one.id, at(5), "192.0.2.0/24").await.unwrap();
            one.last_used_at = Some(at(5));
            one.last_used_from = Some("192.0.2.0/24".to_owned());
            assert_eq!(of_user(&tx, alice).await, Ok(vec![two.clone(), one.clone()]));
            assert_eq!(touch(&tx, id(), at(5), "").await, Err(Error::NotFound));
            assert_eq!(delete(&tx, bob, one.id).await, Ok(false), "not theirs");
            assert_eq!(delete(&tx, alice, one.id).await, Ok(true));
            assert_eq!(delete_all(&tx, alice).await, Ok(1));
            assert_eq!(of_user(&tx, bob).await, Ok(vec![other]));
        })
        .await;
    }
    #[tokio::test]
    async fn a_limited_token_stays_limited_when_its_repositories_go() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let owner = OwnerId::User(alice);
            let beds = add_repo(&store, owner, "alice/beds", Visibility::Private).await.id;
            let token = AccessToken {
                id: id(),
                user: alice,
                name: "CI".to_owned(),
                scopes: "repository:read".parse().unwrap(),
                reach: Reach::Only(vec![beds]),
                created_at: at(1),
                expires_at: None,
                last_used_at: None,
                last_used_from: None,
            };
            let tx = store.begin().await.unwrap();
            insert(&tx, &token, &[1; 32]).await.unwrap();
            assert_eq!(by_hash(&tx, &[1; 32]).await, Ok(Some(token.clone())));
            repository::delete(&tx, beds).await.unwrap();
            let now = AccessToken { reach: Reach::Only(Vec::new()), ..token };
            assert_eq!(of_user(&tx, alice).await, Ok(vec![now]), "never everything");
        })
        .await;
    }
}
