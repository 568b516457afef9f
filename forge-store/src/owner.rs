//! Owners: people and organisations, by the one namespace of names they share.

use forge_core::{OrgId, Owner, OwnerId, OwnerName, UserId};
use sea_orm::sea_query::Query;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::entity::owner::{self, Entity};
use crate::entity::owner_redirect;
use crate::value::{Column, corrupt, parsed};
use crate::{Error, Result, Rows, Tx};

pub(crate) const USER: &str = "user";
pub(crate) const ORGANISATION: &str = "organisation";

/// Finds an owner by the name that they have or had before, in any mixture of capitals: compare [`Owner::name`] with what was
/// asked for. A name that somebody had before is never given to anybody else.
pub async fn by_name(rows: &impl Rows, name: &OwnerName) -> Result<Option<Owner>> {
    let query = Entity::find().filter(owner::Column::NameKey.eq(name.key()));
    if let Some(found) = query.one(rows.connection()).await? {
        return from_row(&found).map(Some);
    }
    let Some(had) = owner_redirect::Entity::find_by_id(name.key()).one(rows.connection()).await? else {
        return Ok(None);
    };
    Entity::find_by_id(had.owner_id).one(rows.connection()).await?.as_ref().map(from_row).transpose()
}

/// Gives an owner another name. The old one leads to them for ever, unless they take it back. `Conflict` when somebody else
/// has or had the new one.
pub async fn rename(tx: &Tx, id: OwnerId, name: &OwnerName) -> Result<()> {
    let id = column(id);
    let old = Entity::find_by_id(id).one(&tx.inner).await?.ok_or(Error::NotFound)?;
    keep_free_of_others(tx, id, name).await?;
    let update = Query::update()
        .table(Entity)
        .value(owner::Column::Name, name.as_str())
        .value(owner::Column::NameKey, name.key())
        .and_where(owner::Column::Id.eq(id))
        .to_owned();
    crate::store::one_row(tx.inner.execute(&update).await?.rows_affected())?;
    owner_redirect::Entity::delete_by_id(name.key()).exec(&tx.inner).await?;
    if old.name_key != name.key() {
        let row = owner_redirect::ActiveModel { name_key: Set(old.name_key), owner_id: Set(id) };
        owner_redirect::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// A name that somebody else had before leads to them: clones and links still use it.
async fn keep_free_of_others(tx: &Tx, id: Uuid, name: &OwnerName) -> Result<()> {
    let had = owner_redirect::Entity::find_by_id(name.key()).one(&tx.inner).await?;
    if had.is_some_and(|had| had.owner_id != id) { Err(Error::Conflict("name".to_owned())) } else { Ok(()) }
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
    keep_free_of_others(tx, column(id), name).await?;
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
    use crate::organisation;
    use crate::sample::{add_org, add_person, org};

    #[tokio::test]
    async fn an_old_name_leads_on_and_is_for_nobody_else() {
        on_both(async |store| {
            let trust = add_org(&store, "rr8", &[]).await;
            let other = add_org(&store, "other", &[]).await;
            let name = |text: &str| OwnerName::new(text).unwrap();
            let (trust, other) = (OwnerId::Org(trust.id), OwnerId::Org(other.id));
            let tx = store.begin().await.unwrap();
            rename(&tx, trust, &name("leeds")).await.unwrap();
            for asked in ["leeds", "RR8"] {
                let found = by_name(&tx, &name(asked)).await.unwrap().unwrap();
                assert_eq!((found.id, found.name.as_str()), (trust, "leeds"), "{asked}");
            }
            rename(&tx, trust, &name("Leeds")).await.unwrap();
            assert_eq!(rename(&tx, other, &name("rr8")).await, Err(Error::Conflict("name".to_owned())));
            assert_eq!(organisation::insert(&tx, &org("RR8")).await, Err(Error::Conflict("name".to_owned())));
            rename(&tx, trust, &name("rr8")).await.unwrap();
            assert_eq!(by_name(&tx, &name("leeds")).await.unwrap().unwrap().name.as_str(), "rr8");
        })
        .await;
    }

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
