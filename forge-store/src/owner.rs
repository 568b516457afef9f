//! Owners: people and organisations, by the one namespace of names they share.

use forge_core::{OrgId, Owner, OwnerId, OwnerName, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entity::owner::{self, Entity};
use crate::value::{Column, corrupt, parsed};
use crate::{Result, Rows, Tx};

pub(crate) const USER: &str = "user";
pub(crate) const ORGANISATION: &str = "organisation";

/// Finds an owner by name, in any mixture of capitals.
pub async fn by_name(rows: &impl Rows, name: &OwnerName) -> Result<Option<Owner>> {
    let query = Entity::find().filter(owner::Column::NameKey.eq(name.key()));
    query.one(rows.connection()).await?.as_ref().map(from_row).transpose()
}

/// Finds an owner by identifier.
pub async fn by_id(rows: &impl Rows, id: OwnerId) -> Result<Option<Owner>> {
    let found = Entity::find_by_id(column(id)).one(rows.connection()).await?;
    let owner = found.as_ref().map(from_row).transpose()?;
    Ok(owner.filter(|owner| owner.id == id))
}

pub(crate) fn column(id: OwnerId) -> Uuid {
    match id {
        OwnerId::User(id) => id.column(),
        OwnerId::Org(id) => id.column(),
    }
}

pub(crate) fn id(row: &owner::Model) -> Result<OwnerId> {
    match row.kind.as_str() {
        USER => Ok(OwnerId::User(UserId::of(row.id))),
        ORGANISATION => Ok(OwnerId::Org(OrgId::of(row.id))),
        other => Err(corrupt("kind of owner", other)),
    }
}

pub(crate) fn from_row(row: &owner::Model) -> Result<Owner> {
    Ok(Owner {
        id: id(row)?,
        name: parsed("owner's name", &row.name, OwnerName::new(row.name.clone()))?,
        display_name: row.display_name.clone(),
    })
}

/// Takes a name in the namespace. Addresses that redirect from an owner are kept by its identifier, so a name that
/// becomes free and is taken again redirects nowhere.
pub(crate) async fn insert(tx: &Tx, id: OwnerId, name: &OwnerName, display_name: &str) -> Result<()> {
    let row = owner::ActiveModel {
        id: Set(column(id)),
        kind: Set(if matches!(id, OwnerId::User(_)) { USER } else { ORGANISATION }.to_owned()),
        name: Set(name.as_str().to_owned()),
        name_key: Set(name.key()),
        display_name: Set(display_name.to_owned()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

pub(crate) async fn set_display_name(tx: &Tx, id: Uuid, display_name: &str) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(owner::Column::DisplayName, display_name)
        .and_where(owner::Column::Id.eq(id))
        .to_owned();
    crate::store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_org, add_person, org};
    use crate::{Error, organisation};

    #[tokio::test]
    async fn people_and_organisations_share_one_namespace() {
        on_both(async |store| {
            let alice = add_person(&store, "Alice").await;
            let trust = add_org(&store, "rr8", &[]).await;
            let rows = store.read().await.unwrap();
            let found = by_name(&rows, &OwnerName::new("aLICE").unwrap()).await.unwrap().unwrap();
            assert_eq!((found.id, found.name.as_str()), (OwnerId::User(alice.id), "Alice"));
            let found = by_id(&rows, OwnerId::Org(trust.id)).await.unwrap().unwrap();
            assert_eq!((found.name.as_str(), found.display_name.as_str()), ("rr8", "Trust rr8"));
            assert_eq!(by_name(&rows, &OwnerName::new("nobody").unwrap()).await, Ok(None));
            let as_user = OwnerId::User(UserId::from_bytes(trust.id.to_bytes()));
            assert_eq!(by_id(&rows, as_user).await, Ok(None), "an organisation is no person");

            let tx = store.begin().await.unwrap();
            let taken = organisation::insert(&tx, &org("ALICE")).await;
            assert_eq!(taken, Err(Error::Conflict("name".to_owned())));
        })
        .await;
    }
}
