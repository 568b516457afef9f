//! People.

use std::collections::HashMap;

use forge_core::{AccountState, Email, OwnerId, User, UserId, Username};
use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, Query, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SelectTwo,
};
use uuid::Uuid;

use crate::entity::{owner, user};
use crate::lock::{self, Lock};
use crate::value::{Column, corrupt, micros, parsed, time};
use crate::{Error, Page, PageRequest, Result, Rows, Tx, page, store};

const ACTIVE: &str = "active";
const DISABLED: &str = "disabled";

/// How many identifiers one question names at most.
pub(crate) const CHUNK: usize = 500;

/// Adds a person. `Conflict` says whether it is the `name` or the `email` that somebody else has. An empty
/// hash is no password.
pub async fn insert(tx: &Tx, user: &User, password_hash: &str) -> Result<()> {
    crate::owner::insert(tx, OwnerId::User(user.id), &user.name.clone().into(), &user.display_name).await?;
    let row = user::ActiveModel {
        id: Set(user.id.column()),
        email: Set(user.email.as_str().to_owned()),
        email_key: Set(user.email.key()),
        bio: Set(user.bio.clone()),
        is_admin: Set(user.is_admin),
        state: Set(state_word(user.state).to_owned()),
        password_hash: Set(password_hash.to_owned()),
        created_at: Set(micros(user.created_at)),
    };
    user::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds a person by identifier.
pub async fn by_id(rows: &impl Rows, id: UserId) -> Result<Option<User>> {
    one(rows, people().filter(user::Column::Id.eq(id.column()))).await
}

/// Finds a person by name, in any mixture of capitals.
pub async fn by_name(rows: &impl Rows, name: &Username) -> Result<Option<User>> {
    one(rows, people().filter(owner::Column::NameKey.eq(name.key()))).await
}

/// Finds a person by e-mail address, in any mixture of capitals.
pub async fn by_email(rows: &impl Rows, email: &Email) -> Result<Option<User>> {
    one(rows, people().filter(user::Column::EmailKey.eq(email.key()))).await
}

/// The hash of a person's password; nothing if they have none.
pub async fn password_hash(rows: &impl Rows, id: UserId) -> Result<Option<String>> {
    let query = user::Entity::find_by_id(id.column());
    let hash = query.one(rows.connection()).await?.map(|row| row.password_hash);
    Ok(hash.filter(|hash| !hash.is_empty()))
}

/// Replaces the hash of a person's password.
pub async fn set_password(tx: &Tx, id: UserId, password_hash: &str) -> Result<()> {
    change(tx, id, |update| update.value(user::Column::PasswordHash, password_hash)).await
}

/// Changes what a person says about themselves. `Conflict` when somebody else has the e-mail address.
pub async fn update_profile(tx: &Tx, id: UserId, display_name: &str, email: &Email, bio: &str) -> Result<()> {
    change(tx, id, |update| {
        update
            .value(user::Column::Email, email.as_str())
            .value(user::Column::EmailKey, email.key())
            .value(user::Column::Bio, bio)
    })
    .await?;
    crate::owner::set_display_name(tx, id.column(), display_name).await
}

/// Switches an account on or off. Count the administrators *after* it, in the same transaction.
pub async fn set_state(tx: &Tx, id: UserId, state: AccountState) -> Result<()> {
    lock::take(tx, Lock::Administrators).await?;
    change(tx, id, |update| update.value(user::Column::State, state_word(state))).await
}

/// Makes somebody an administrator, or no longer. Count the administrators *after* it, in the same transaction.
pub async fn set_admin(tx: &Tx, id: UserId, is_admin: bool) -> Result<()> {
    lock::take(tx, Lock::Administrators).await?;
    change(tx, id, |update| update.value(user::Column::IsAdmin, is_admin)).await
}

/// People in the order of their names, all or those whose name, name in words or address holds the text.
pub async fn list(rows: &impl Rows, text: Option<&str>, request: PageRequest) -> Result<Page<User>> {
    let mut query = people();
    if let Some(text) = text {
        let like = || LikeExpr::new(page::contains(text)).escape('\\');
        query = query.filter(
            Condition::any()
                .add(Expr::col((owner::Entity, owner::Column::NameKey)).like(like()))
                .add(Func::lower(Expr::col((owner::Entity, owner::Column::DisplayName))).like(like()))
                .add(Expr::col((user::Entity, user::Column::EmailKey)).like(like())),
        );
    }
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_asc(owner::Column::NameKey)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(from_rows).collect::<Result<_>>()?, total })
}

/// How many administrators may use their account.
pub async fn count_admins(rows: &impl Rows) -> Result<u64> {
    let query =
        user::Entity::find().filter(user::Column::IsAdmin.eq(true)).filter(user::Column::State.eq(ACTIVE));
    Ok(query.count(rows.connection()).await?)
}

/// The administrators, in the order of their names.
pub async fn administrators(rows: &impl Rows, request: PageRequest) -> Result<Vec<User>> {
    let query = people()
        .filter(user::Column::IsAdmin.eq(true))
        .order_by_asc(owner::Column::NameKey)
        .offset(request.offset)
        .limit(request.bounded());
    query.all(rows.connection()).await?.into_iter().map(from_rows).collect()
}

/// How many accounts there are.
pub async fn count(rows: &impl Rows) -> Result<u64> {
    Ok(user::Entity::find().count(rows.connection()).await?)
}

/// Several people at once.
pub(crate) async fn by_ids(rows: &impl Rows, ids: &[Uuid]) -> Result<HashMap<Uuid, User>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let query = people().filter(user::Column::Id.is_in(ids.iter().copied()));
        for pair in query.all(rows.connection()).await? {
            let user = from_rows(pair)?;
            found.insert(user.id.column(), user);
        }
    }
    Ok(found)
}

fn people() -> SelectTwo<user::Entity, owner::Entity> {
    user::Entity::find().find_also_related(owner::Entity)
}

async fn one(rows: &impl Rows, query: SelectTwo<user::Entity, owner::Entity>) -> Result<Option<User>> {
    query.one(rows.connection()).await?.map(from_rows).transpose()
}

async fn change(
    tx: &Tx,
    id: UserId,
    set: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<()> {
    let mut update = Query::update();
    set(update.table(user::Entity)).and_where(user::Column::Id.eq(id.column()));
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

fn from_rows((row, owner): (user::Model, Option<owner::Model>)) -> Result<User> {
    let owner = owner.ok_or_else(|| Error::Corrupt(format!("the person {} has no name", row.id)))?;
    Ok(User {
        id: UserId::of(row.id),
        name: parsed("username", &owner.name, Username::new(owner.name.clone()))?,
        display_name: owner.display_name,
        email: parsed("email address", &row.email, Email::new(&row.email))?,
        bio: row.bio,
        is_admin: row.is_admin,
        state: match row.state.as_str() {
            ACTIVE => AccountState::Active,
            DISABLED => AccountState::Disabled,
            other => return Err(corrupt("account state", other)),
        },
        created_at: time(row.created_at)?,
    })
}

fn state_word(state: AccountState) -> &'static str {
    match state {
        AccountState::Active => ACTIVE,
        AccountState::Disabled => DISABLED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_person, person};

    #[tokio::test]
    async fn a_person_comes_back_as_they_went_in() {
        on_both(async |store| {
            let mut alice = person("Alice");
            alice.email = Email::new("Alice@Example.com").unwrap();
            alice.bio = "Bettenplanung, ∑".to_owned();
            alice.is_admin = true;
            let tx = store.begin().await.unwrap();
            insert(&tx, &alice, "hash").await.unwrap();
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let expected = Ok(Some(alice.clone()));
            assert_eq!(by_id(&rows, alice.id).await, expected);
            assert_eq!(by_name(&rows, &Username::new("alice").unwrap()).await, expected);
            assert_eq!(by_email(&rows, &Email::new("alice@EXAMPLE.com").unwrap()).await, expected);
            assert_eq!(password_hash(&rows, alice.id).await, Ok(Some("hash".to_owned())));
            assert_eq!(by_id(&rows, crate::sample::id()).await, Ok(None));
            assert_eq!(password_hash(&rows, crate::sample::id()).await, Ok(None));
        })
        .await;
    }

    #[tokio::test]
    async fn names_and_addresses_are_taken_once() {
        on_both(async |store| {
            add_person(&store, "alice").await;
            let mut second = person("bob");
            second.email = Email::new("ALICE@example.com").unwrap();
            let tx = store.begin().await.unwrap();
            assert_eq!(insert(&tx, &second, "hash").await, Err(Error::Conflict("email".to_owned())));
            drop(tx);
            let tx = store.begin().await.unwrap();
            assert_eq!(insert(&tx, &person("ALICE"), "hash").await, Err(Error::Conflict("name".to_owned())));
        })
        .await;
    }

    #[tokio::test]
    async fn changes_reach_one_person_only() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let tx = store.begin().await.unwrap();
            set_password(&tx, alice.id, "new").await.unwrap();
            let email = Email::new("a@example.org").unwrap();
            update_profile(&tx, alice.id, "Alice A", &email, "Hello").await.unwrap();
            set_admin(&tx, alice.id, true).await.unwrap();
            assert_eq!(count_admins(&tx).await, Ok(1));
            set_state(&tx, alice.id, AccountState::Disabled).await.unwrap();
            assert_eq!(count_admins(&tx).await, Ok(0), "a disabled administrator does not count");
            for result in [
                set_password(&tx, crate::sample::id(), "x").await,
                set_admin(&tx, crate::sample::id(), true).await,
                set_state(&tx, crate::sample::id(), AccountState::Active).await,
                update_profile(&tx, crate::sample::id(), "x", &Email::new("x@y.z").unwrap(), "").await,
            ] {
                assert_eq!(result, Err(Error::NotFound));
            }
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let changed = by_id(&rows, alice.id).await.unwrap().unwrap();
            let expected = User {
                display_name: "Alice A".to_owned(),
                email,
                bio: "Hello".to_owned(),
                is_admin: true,
                state: AccountState::Disabled,
                ..alice
            };
            assert_eq!(changed, expected);
            assert_eq!(password_hash(&rows, expected.id).await, Ok(Some("new".to_owned())));
            assert_eq!(by_id(&rows, bob.id).await, Ok(Some(bob)));
        })
        .await;
    }

    #[tokio::test]
    async fn lists_are_searched_and_cut_into_pages() {
        on_both(async |store| {
            for name in ["carol", "Bob", "alice", "d_d"] {
                add_person(&store, name).await;
            }
            let rows = store.read().await.unwrap();
            let names = async |text: Option<&str>, request| {
                let page = list(&rows, text, request).await.unwrap();
                (page.items.iter().map(|user| user.name.as_str().to_owned()).collect::<Vec<_>>(), page.total)
            };
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            assert_eq!(names(None, FIRST).await, (owned(&["alice", "Bob", "carol", "d_d"]), 4));
            let second = PageRequest { offset: 1, limit: 2 };
            assert_eq!(names(None, second).await, (owned(&["Bob", "carol"]), 4));
            assert_eq!(names(Some("NAME OF b"), FIRST).await, (owned(&["Bob"]), 1));
            assert_eq!(names(Some("bob@"), FIRST).await, (owned(&["Bob"]), 1));
            assert_eq!(names(Some("_"), FIRST).await, (owned(&["d_d"]), 1), "not a wildcard");
            assert_eq!(names(Some("%"), FIRST).await, (owned(&[]), 0));
            assert_eq!(count(&rows).await, Ok(4));
        })
        .await;
    }
}
