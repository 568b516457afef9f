//! People as other sites know them: by issuer and subject, and by nothing else.

use forge_core::UserId;
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::identity::{self, Column as Identities, Entity};
use crate::value::{Column, micros, optional_time, time};
use crate::{Result, Rows, Tx, store};

/// What joins an account to another site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The site.
    pub issuer: String,
    /// Whom the site means: a text of its own that it never gives to anybody else.
    pub subject: String,
    /// Whose account it is.
    pub user: UserId,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

/// Adds one. `Conflict` if the site's person has an account already.
pub async fn insert(tx: &Tx, new: &Identity) -> Result<()> {
    let row = identity::ActiveModel {
        issuer: Set(new.issuer.clone()),
        subject: Set(new.subject.clone()),
        user_id: Set(new.user.column()),
        created_at: Set(micros(new.created_at)),
        last_used_at: Set(new.last_used_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds whom a site means.
pub async fn by_subject(rows: &impl Rows, issuer: &str, subject: &str) -> Result<Option<Identity>> {
    let query = Entity::find().filter(Identities::Issuer.eq(issuer)).filter(Identities::Subject.eq(subject));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// What joins somebody's account to other sites.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<Identity>> {
    let query = Entity::find()
        .filter(Identities::UserId.eq(user.column()))
        .order_by_asc(Identities::CreatedAt)
        .order_by_asc(Identities::Issuer);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Notes that one was used.
pub async fn used(tx: &Tx, issuer: &str, subject: &str, at: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Identities::LastUsedAt, micros(at))
        .and_where(Identities::Issuer.eq(issuer))
        .and_where(Identities::Subject.eq(subject))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes one of somebody's; says whether it was there.
pub async fn delete(tx: &Tx, user: UserId, issuer: &str, subject: &str) -> Result<bool> {
    let query = Entity::delete_many()
        .filter(Identities::UserId.eq(user.column()))
        .filter(Identities::Issuer.eq(issuer))
        .filter(Identities::Subject.eq(subject));
    Ok(query.exec(&tx.inner).await?.rows_affected == 1)
}

fn from_row(row: identity::Model) -> Result<Identity> {
    Ok(Identity {
        issuer: row.issuer,
        subject: row.subject,
        user: UserId::of(row.user_id),
        created_at: time(row.created_at)?,
        last_used_at: optional_time(row.last_used_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, at};

    #[tokio::test]
    async fn a_person_is_known_by_issuer_and_subject_together() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await.id, add_person(&store, "bob").await.id);
            let identity = |user, issuer: &str| Identity {
                issuer: issuer.to_owned(),
                subject: "s".to_owned(),
                user,
                created_at: at(1),
                last_used_at: None,
            };
            let tx = store.begin().await.unwrap();
            insert(&tx, &identity(alice, "https://a.example")).await.unwrap();
            insert(&tx, &identity(bob, "https://b.example")).await.unwrap();
            let found = by_subject(&tx, "https://a.example", "s").await.unwrap().unwrap();
            assert_eq!(found, identity(alice, "https://a.example"));
            assert_eq!(by_subject(&tx, "https://a.example", "S").await, Ok(None));
            assert_eq!(by_subject(&tx, "https://c.example", "s").await, Ok(None));
            used(&tx, "https://a.example", "s", at(5)).await.unwrap();
            assert_eq!(used(&tx, "https://c.example", "s", at(5)).await, Err(Error::NotFound));
            assert_eq!(of_user(&tx, alice).await.unwrap()[0].last_used_at, Some(at(5)));
            assert_eq!(delete(&tx, bob, "https://a.example", "s").await, Ok(false), "somebody else's");
            assert_eq!(delete(&tx, alice, "https://a.example", "s").await, Ok(true));
            assert_eq!(of_user(&tx, alice).await, Ok(vec![]));
            assert!(matches!(
                insert(&tx, &identity(alice, "https://b.example")).await,
                Err(Error::Conflict(_))
            ));
        })
        .await;
    }
}
