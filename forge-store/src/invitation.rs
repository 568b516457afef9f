//! Invitations. Only the hash of a link's secret is kept.

use forge_core::{Email, Invitation, InvitationId, OrgId, OrgRole, UserId};
use sea_orm::sea_query::{Query, UpdateStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use time::OffsetDateTime;

use crate::entity::invitation::{self, Column as Invitations, Entity};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx};

/// Adds one under the hash of its secret.
pub async fn insert(tx: &Tx, new: &Invitation, token_hash: &[u8; 32]) -> Result<()> {
    let row = invitation::ActiveModel {
        id: Set(new.id.column()),
        token_hash: Set(token_hash.to_vec()),
        email: Set(new.email.as_ref().map(|email| email.as_str().to_owned())),
        organisation_id: Set(new.joins.map(|(org, _)| org.column())),
        role: Set(new.joins.map(|(_, role)| role.name().to_owned())),
        invited_by: Set(new.invited_by.map(Column::column)),
        created_at: Set(micros(new.created_at)),
        expires_at: Set(micros(new.expires_at)),
        used_at: Set(new.used_at.map(micros)),
        used_by: Set(new.used_by.map(Column::column)),
        revoked_at: Set(new.revoked_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds the one of a link, whatever became of it.
pub async fn by_token(rows: &impl Rows, token_hash: &[u8; 32]) -> Result<Option<Invitation>> {
    let query = Entity::find().filter(Invitations::TokenHash.eq(token_hash.to_vec()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Finds one.
pub async fn by_id(rows: &impl Rows, id: InvitationId) -> Result<Option<Invitation>> {
    Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// The newest invitations, at most `limit`: of one organisation, or all.
pub async fn list(rows: &impl Rows, org: Option<OrgId>, limit: u64) -> Result<Vec<Invitation>> {
    let mut query = Entity::find().order_by_desc(Invitations::CreatedAt).order_by_desc(Invitations::Id);
    if let Some(org) = org {
        query = query.filter(Invitations::OrganisationId.eq(org.column()));
    }
    query.limit(limit).all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// How many still work: of one organisation, or of none.
pub async fn count_open(rows: &impl Rows, org: Option<OrgId>, now: OffsetDateTime) -> Result<u64> {
    let place = match org {
        Some(org) => Invitations::OrganisationId.eq(org.column()),
        None => Invitations::OrganisationId.is_null(),
    };
    Ok(Entity::find().filter(place).filter(is_open(now)).count(rows.connection()).await?)
}

/// Uses one up; says whether it still worked. Of several who try at once, one does.
pub async fn take(tx: &Tx, id: InvitationId, user: UserId, now: OffsetDateTime) -> Result<bool> {
    let update = open(id, now)
        .value(Invitations::UsedAt, micros(now))
        .value(Invitations::UsedBy, user.column())
        .to_owned();
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// Takes one back; says whether it still worked. With an organisation only one of that.
pub async fn revoke(tx: &Tx, id: InvitationId, org: Option<OrgId>, now: OffsetDateTime) -> Result<bool> {
    let mut update = open(id, now).value(Invitations::RevokedAt, micros(now)).to_owned();
    if let Some(org) = org {
        update.and_where(Invitations::OrganisationId.eq(org.column()));
    }
    Ok(tx.inner.execute(&update).await?.rows_affected() == 1)
}

/// A change of one that still works.
fn open(id: InvitationId, now: OffsetDateTime) -> UpdateStatement {
    let mut update = Query::update();
    update.table(Entity).and_where(Invitations::Id.eq(id.column())).cond_where(is_open(now));
    update
}

fn is_open(now: OffsetDateTime) -> Condition {
    Condition::all()
        .add(Invitations::UsedAt.is_null())
        .add(Invitations::RevokedAt.is_null())
        .add(Invitations::ExpiresAt.gt(micros(now)))
}

fn from_row(row: invitation::Model) -> Result<Invitation> {
    let role = row.role.map(|role| parsed("role", &role, role.parse::<OrgRole>())).transpose()?;
    Ok(Invitation {
        id: InvitationId::of(row.id),
        email: row.email.map(|email| parsed("e-mail address", &email, Email::new(&email))).transpose()?,
        joins: row.organisation_id.map(OrgId::of).zip(role),
        invited_by: row.invited_by.map(UserId::of),
        created_at: time(row.created_at)?,
        expires_at: time(row.expires_at)?,
        used_at: optional_time(row.used_at)?,
        used_by: row.used_by.map(UserId::of),
        revoked_at: optional_time(row.revoked_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_org, add_person, at, id};

    #[tokio::test]
    async fn each_is_used_or_revoked_once_and_in_time() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await.id;
            let org = add_org(&store, "anytown", &[]).await.id;
            let made = |joins| Invitation {
                id: id(),
                email: Some(Email::new("bob@example.nhs.uk").unwrap()),
                joins,
                invited_by: Some(alice),
                created_at: at(0),
                expires_at: at(100),
                used_at: None,
                used_by: None,
                revoked_at: None,
            };
            let (to_org, to_site) = (made(Some((org, OrgRole::Reader))), made(None));
            let tx = store.begin().await.unwrap();
            insert(&tx, &to_org, &[1; 32]).await.unwrap();
            insert(&tx, &to_site, &[2; 32]).await.unwrap();
            assert_eq!(by_token(&tx, &[1; 32]).await.unwrap().as_ref(), Some(&to_org));
            assert_eq!(by_token(&tx, &[3; 32]).await, Ok(None));
            assert_eq!(list(&tx, Some(org), 10).await.unwrap(), std::slice::from_ref(&to_org));
            assert_eq!(list(&tx, None, 10).await.unwrap().len(), 2);
            assert_eq!(count_open(&tx, Some(org), at(1)).await, Ok(1));
            assert_eq!(count_open(&tx, None, at(100)).await, Ok(0), "too late");

            assert_eq!(take(&tx, to_site.id, alice, at(100)).await, Ok(false), "too late");
            assert_eq!(take(&tx, to_site.id, alice, at(99)).await, Ok(true));
            assert_eq!(take(&tx, to_site.id, alice, at(99)).await, Ok(false), "used");
            assert_eq!(revoke(&tx, to_site.id, None, at(99)).await, Ok(false), "used");
            assert_eq!(revoke(&tx, to_org.id, Some(id()), at(5)).await, Ok(false), "another's");
            assert_eq!(revoke(&tx, to_org.id, Some(org), at(5)).await, Ok(true));
            assert_eq!(take(&tx, to_org.id, alice, at(6)).await, Ok(false), "revoked");
            let found = by_id(&tx, to_site.id).await.unwrap().unwrap();
            assert_eq!((found.used_at, found.used_by), (Some(at(99)), Some(alice)));
        })
        .await;
    }
}
