//! Organisations and who is in them.

use forge_core::organisation_policy::MAX_ORG_DEPTH;
use forge_core::{Duties, Membership, OdsCode, OrgId, OrgName, OrgRole, Organisation, OwnerId, User, UserId};
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SelectTwo,
};

use crate::entity::{membership, organisation, owner};
use crate::value::{Column, micros, parsed, time};
use crate::{Error, Page, PageRequest, Result, Rows, Tx, store, user};

/// Adds an organisation. `Conflict` says whether it is the `name` or the `ods code` that somebody else has.
pub async fn insert(tx: &Tx, org: &Organisation) -> Result<()> {
    crate::owner::insert(tx, OwnerId::Org(org.id), &org.name.clone().into(), &org.display_name).await?;
    let row = organisation::ActiveModel {
        id: Set(org.id.column()),
        description: Set(org.description.clone()),
        ods_code: Set(org.ods_code.as_ref().map(|code| code.as_str().to_owned())),
        created_at: Set(micros(org.created_at)),
        parent_id: Set(org.parent.map(Column::column)),
        website: Set(org.website.clone()),
    };
    organisation::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds an organisation by identifier.
pub async fn by_id(rows: &impl Rows, id: OrgId) -> Result<Option<Organisation>> {
    one(rows, organisations().filter(organisation::Column::Id.eq(id.column()))).await
}

/// Finds an organisation by the name that it has or had before, in any mixture of capitals.
pub async fn by_name(rows: &impl Rows, name: &OrgName) -> Result<Option<Organisation>> {
    let found = one(rows, organisations().filter(owner::Column::NameKey.eq(name.key()))).await?;
    if found.is_some() {
        return Ok(found);
    }
    match crate::owner::by_name(rows, &name.clone().into()).await?.map(|owner| owner.id) {
        Some(OwnerId::Org(id)) => by_id(rows, id).await,
        _ => Ok(None),
    }
}

/// The organisation that has an ODS code.
pub async fn by_ods_code(rows: &impl Rows, code: &OdsCode) -> Result<Option<Organisation>> {
    one(rows, organisations().filter(organisation::Column::OdsCode.eq(code.as_str()))).await
}

/// The organisations that somebody alone owns.
pub async fn alone_owned_by(rows: &impl Rows, user: UserId) -> Result<Vec<Organisation>> {
    let mut found = Vec::new();
    for (org, role) in of_user(rows, user).await? {
        if role == OrgRole::Owner && count_owners(rows, org.id).await? == 1 {
            found.push(org);
        }
    }
    Ok(found)
}

/// Changes the name in words, the description, the website, the organisation above and the ODS code. The name in
/// addresses stays as it is. Look at the line above *after* it, in the same transaction.
pub async fn update(tx: &Tx, org: &Organisation) -> Result<()> {
    let update = Query::update()
        .table(organisation::Entity)
        .value(organisation::Column::Description, org.description.as_str())
        .value(organisation::Column::OdsCode, org.ods_code.as_ref().map(|code| code.as_str().to_owned()))
        .value(organisation::Column::ParentId, org.parent.map(Column::column))
        .value(organisation::Column::Website, org.website.as_str())
        .and_where(organisation::Column::Id.eq(org.id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())?;
    crate::owner::set_display_name(tx, org.id.column(), &org.display_name).await
}

/// The organisations right below one, in the order of their names.
pub async fn below(rows: &impl Rows, id: OrgId) -> Result<Vec<Organisation>> {
    let query = organisations()
        .filter(organisation::Column::ParentId.eq(id.column()))
        .order_by_asc(owner::Column::NameKey);
    query.all(rows.connection()).await?.into_iter().map(from_rows).collect()
}

/// An organisation and all above it, the highest first. `Conflict` about the `line` when it is longer than it may be, as one
/// that bites its own tail is.
pub async fn line(rows: &impl Rows, id: OrgId) -> Result<Vec<Organisation>> {
    let mut found: Vec<Organisation> = Vec::new();
    let mut next = Some(id);
    while let Some(id) = next {
        if found.len() >= MAX_ORG_DEPTH {
            return Err(Error::Conflict("line".to_owned()));
        }
        let org = by_id(rows, id).await?.ok_or(Error::NotFound)?;
        next = org.parent;
        found.insert(0, org);
    }
    Ok(found)
}

/// The organisations that somebody is in, in the order of their names, with what they are there.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<(Organisation, OrgRole)>> {
    let memberships = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.column()))
        .all(rows.connection())
        .await?;
    let found = organisations()
        .filter(organisation::Column::Id.in_subquery(ids_of_user(user)))
        .order_by_asc(owner::Column::NameKey)
        .all(rows.connection())
        .await?;
    let mut result = Vec::with_capacity(found.len());
    for pair in found {
        let org = from_rows(pair)?;
        if let Some(row) = memberships.iter().find(|row| row.organisation_id == org.id.column()) {
            result.push((org, role_from(row)?));
        }
    }
    Ok(result)
}

/// The members of an organisation in the order of their names.
pub async fn members(rows: &impl Rows, org: OrgId) -> Result<Vec<(User, Membership)>> {
    let memberships = membership::Entity::find()
        .filter(membership::Column::OrganisationId.eq(org.column()))
        .all(rows.connection())
        .await?;
    let ids: Vec<_> = memberships.iter().map(|row| row.user_id).collect();
    let mut people = user::by_ids(rows, &ids).await?;
    let mut result = Vec::with_capacity(memberships.len());
    for row in memberships {
        if let Some(user) = people.remove(&row.user_id) {
            result.push((user, member_from(&row)?));
        }
    }
    result.sort_by_cached_key(|(user, _)| user.name.key());
    Ok(result)
}

/// What somebody is in an organisation; nothing when they are not in it.
pub async fn role(rows: &impl Rows, org: OrgId, user: UserId) -> Result<Option<OrgRole>> {
    let query = membership::Entity::find_by_id((org.column(), user.column()));
    query.one(rows.connection()).await?.as_ref().map(role_from).transpose()
}

/// Somebody's place in an organisation; nothing when they are not in it.
pub async fn membership(rows: &impl Rows, org: OrgId, user: UserId) -> Result<Option<Membership>> {
    let query = membership::Entity::find_by_id((org.column(), user.column()));
    query.one(rows.connection()).await?.as_ref().map(member_from).transpose()
}

/// Adds a member, or changes what they are; the date of an earlier membership stays. Count the owners *after* it,
/// in the same transaction.
pub async fn set_member(tx: &Tx, member: &Membership) -> Result<()> {
    lock(tx, member.org).await?;
    let row = membership::ActiveModel {
        organisation_id: Set(member.org.column()),
        user_id: Set(member.user.column()),
        role: Set(member.role.name().to_owned()),
        information_governance: Set(member.duties.information_governance),
        release_approver: Set(member.duties.release_approver),
        auditor: Set(member.duties.auditor),
        since: Set(micros(member.since)),
    };
    let key = [membership::Column::OrganisationId, membership::Column::UserId];
    let changed = [
        membership::Column::Role,
        membership::Column::InformationGovernance,
        membership::Column::ReleaseApprover,
        membership::Column::Auditor,
    ];
    let again = OnConflict::columns(key).update_columns(changed).to_owned();
    membership::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes a member out, of its teams too, and takes back what was granted to them in its repositories. Count the
/// owners *after* it, in the same transaction.
pub async fn remove_member(tx: &Tx, org: OrgId, user: UserId) -> Result<()> {
    lock(tx, org).await?;
    crate::team::leave_all(tx, org, user).await?;
    crate::grant::take_back_all(tx, org, user).await?;
    let result = membership::Entity::delete_by_id((org.column(), user.column())).exec(&tx.inner).await?;
    store::one_row(result.rows_affected)
}

/// Keeps the owners of all that somebody owns as they are until the transaction ends.
pub async fn hold_owned_by(tx: &Tx, user: UserId) -> Result<()> {
    let mut owned: Vec<OrgId> = of_user(tx, user)
        .await?
        .into_iter()
        .filter(|(_, role)| *role == OrgRole::Owner)
        .map(|(org, _)| org.id)
        .collect();
    // In one order, so that two who do this never wait for each other.
    owned.sort_unstable();
    for org in owned {
        lock(tx, org).await?;
    }
    Ok(())
}

/// How many owners an organisation has.
pub async fn count_owners(rows: &impl Rows, org: OrgId) -> Result<u64> {
    let query = membership::Entity::find()
        .filter(membership::Column::OrganisationId.eq(org.column()))
        .filter(membership::Column::Role.eq(OrgRole::Owner.name()));
    Ok(query.count(rows.connection()).await?)
}

/// Whether somebody and an owner have an organisation in common; an organisation is in common with its members.
pub async fn shares(rows: &impl Rows, user: UserId, owner: OwnerId) -> Result<bool> {
    let query = membership::Entity::find().filter(membership::Column::UserId.eq(user.column()));
    let query = match owner {
        OwnerId::Org(org) => query.filter(membership::Column::OrganisationId.eq(org.column())),
        OwnerId::User(other) => {
            query.filter(membership::Column::OrganisationId.in_subquery(ids_of_user(other)))
        }
    };
    Ok(query.limit(1).one(rows.connection()).await?.is_some())
}

/// All organisations in the order of their names.
pub async fn list(rows: &impl Rows, request: PageRequest) -> Result<Page<Organisation>> {
    let total = organisation::Entity::find().count(rows.connection()).await?;
    let found = organisations()
        .order_by_asc(owner::Column::NameKey)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: found.into_iter().map(from_rows).collect::<Result<_>>()?, total })
}

/// Organisations that have a code of the register, in the order of their names.
pub async fn with_code(rows: &impl Rows, request: PageRequest) -> Result<Page<Organisation>> {
    let query = organisations()
        .filter(organisation::Column::OdsCode.is_not_null())
        .order_by_asc(owner::Column::NameKey);
    let total = query.clone().count(rows.connection()).await?;
    let found = query.offset(request.offset).limit(request.bounded()).all(rows.connection()).await?;
    Ok(Page { items: found.into_iter().map(from_rows).collect::<Result<_>>()?, total })
}

/// The organisations somebody is in, as part of a larger question.
pub(crate) fn ids_of_user(user: UserId) -> SelectStatement {
    Query::select()
        .column((membership::Entity, membership::Column::OrganisationId))
        .from(membership::Entity)
        .and_where(membership::Column::UserId.eq(user.column()))
        .to_owned()
}

/// The people who share an organisation with somebody, as part of a larger question.
pub(crate) fn ids_of_colleagues(user: UserId) -> SelectStatement {
    Query::select()
        .column((membership::Entity, membership::Column::UserId))
        .from(membership::Entity)
        .cond_where(Condition::all().add(membership::Column::OrganisationId.in_subquery(ids_of_user(user))))
        .to_owned()
}

/// Changes of one organisation's members happen one after the other, or two owners could leave at once.
async fn lock(tx: &Tx, org: OrgId) -> Result<()> {
    let query = organisation::Entity::find_by_id(org.column()).lock_exclusive();
    query.one(&tx.inner).await?.map(|_| ()).ok_or(Error::NotFound)
}

fn organisations() -> SelectTwo<organisation::Entity, owner::Entity> {
    organisation::Entity::find().find_also_related(owner::Entity)
}

async fn one(
    rows: &impl Rows,
    query: SelectTwo<organisation::Entity, owner::Entity>,
) -> Result<Option<Organisation>> {
    query.one(rows.connection()).await?.map(from_rows).transpose()
}

fn role_from(row: &membership::Model) -> Result<OrgRole> {
    parsed("role", &row.role, row.role.parse())
}

fn member_from(row: &membership::Model) -> Result<Membership> {
    let duties = Duties {
        information_governance: row.information_governance,
        release_approver: row.release_approver,
        auditor: row.auditor,
    };
    Ok(Membership {
        org: OrgId::of(row.organisation_id),
        user: UserId::of(row.user_id),
        role: role_from(row)?,
        duties,
        since: time(row.since)?,
    })
}

fn from_rows((row, owner): (organisation::Model, Option<owner::Model>)) -> Result<Organisation> {
    let owner = owner.ok_or_else(|| Error::Corrupt(format!("the organisation {} has no name", row.id)))?;
    Ok(Organisation {
        id: OrgId::of(row.id),
        name: parsed("organisation's name", &owner.name, OrgName::new(owner.name.clone()))?,
        display_name: owner.display_name,
        description: row.description,
        ods_code: row.ods_code.map(|code| parsed("ODS code", &code, OdsCode::new(&code))).transpose()?,
        parent: row.parent_id.map(OrgId::of),
        website: row.website,
        created_at: time(row.created_at)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_org, add_person, id, member, org};

    #[tokio::test]
    async fn an_organisation_comes_back_as_it_went_in_and_changes() {
        on_both(async |store| {
            let mut trust = org("RR8");
            trust.ods_code = Some(OdsCode::new("RR8").unwrap());
            let tx = store.begin().await.unwrap();
            insert(&tx, &trust).await.unwrap();
            assert_eq!(by_id(&tx, trust.id).await, Ok(Some(trust.clone())));
            assert_eq!(by_name(&tx, &OrgName::new("rr8").unwrap()).await, Ok(Some(trust.clone())));
            trust.display_name = "Leeds".to_owned();
            trust.description = "Beds".to_owned();
            trust.ods_code = None;
            update(&tx, &trust).await.unwrap();
            assert_eq!(by_id(&tx, trust.id).await, Ok(Some(trust)));
            assert_eq!(update(&tx, &org("gone")).await, Err(Error::NotFound));
            tx.commit().await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn organisations_stand_in_one_another_and_in_no_circle() {
        on_both(async |store| {
            let (mut region, mut trust) = (org("region"), org("trust"));
            trust.parent = Some(region.id);
            trust.website = "https://trust.example".to_owned();
            let tx = store.begin().await.unwrap();
            insert(&tx, &region).await.unwrap();
            insert(&tx, &trust).await.unwrap();
            assert_eq!(line(&tx, trust.id).await, Ok(vec![region.clone(), trust.clone()]));
            assert_eq!(below(&tx, region.id).await, Ok(vec![trust.clone()]));
            region.parent = Some(trust.id);
            update(&tx, &region).await.unwrap();
            assert_eq!(line(&tx, trust.id).await, Err(Error::Conflict("line".to_owned())));
        })
        .await;
    }

    #[tokio::test]
    async fn an_ods_code_is_used_once() {
        on_both(async |store| {
            let (mut one, mut two) = (org("one"), org("two"));
            one.ods_code = Some(OdsCode::new("RR8").unwrap());
            two.ods_code = Some(OdsCode::new("RR8").unwrap());
            let tx = store.begin().await.unwrap();
            insert(&tx, &one).await.unwrap();
            insert(&tx, &org("three")).await.unwrap();
            insert(&tx, &org("four")).await.unwrap();
            assert_eq!(insert(&tx, &two).await, Err(Error::Conflict("ods code".to_owned())));
        })
        .await;
    }

    #[tokio::test]
    async fn members_come_change_and_go() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let trust =
                add_org(&store, "rr8", &[(bob.id, OrgRole::Owner), (alice.id, OrgRole::Developer)]).await;
            let tx = store.begin().await.unwrap();
            let found = members(&tx, trust.id).await.unwrap();
            let expected = vec![
                (alice.clone(), member(trust.id, alice.id, OrgRole::Developer)),
                (bob.clone(), member(trust.id, bob.id, OrgRole::Owner)),
            ];
            assert_eq!(found, expected);
            assert_eq!(of_user(&tx, alice.id).await, Ok(vec![(trust.clone(), OrgRole::Developer)]));
            assert_eq!(count_owners(&tx, trust.id).await, Ok(1));
            set_member(&tx, &member(trust.id, alice.id, OrgRole::Owner)).await.unwrap();
            assert_eq!(role(&tx, trust.id, alice.id).await, Ok(Some(OrgRole::Owner)));
            assert_eq!(count_owners(&tx, trust.id).await, Ok(2));
            remove_member(&tx, trust.id, bob.id).await.unwrap();
            assert_eq!(role(&tx, trust.id, bob.id).await, Ok(None));
            assert_eq!(remove_member(&tx, trust.id, bob.id).await, Err(Error::NotFound));
            assert_eq!(set_member(&tx, &member(id(), bob.id, OrgRole::Owner)).await, Err(Error::NotFound));
            tx.commit().await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn colleagues_share_an_organisation() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let bob = add_person(&store, "bob").await;
            let carol = add_person(&store, "carol").await;
            let both = [(alice.id, OrgRole::Developer), (bob.id, OrgRole::Developer)];
            let trust = add_org(&store, "rr8", &both).await;
            add_org(&store, "other", &[(carol.id, OrgRole::Owner)]).await;
            let rows = store.read().await.unwrap();
            for (user, owner, expected) in [
                (alice.id, OwnerId::User(bob.id), true),
                (alice.id, OwnerId::Org(trust.id), true),
                (alice.id, OwnerId::User(carol.id), false),
                (carol.id, OwnerId::Org(trust.id), false),
            ] {
                assert_eq!(shares(&rows, user, owner).await, Ok(expected), "{user:?} {owner:?}");
            }
            let names: Vec<_> =
                list(&rows, FIRST).await.unwrap().items.into_iter().map(|org| org.name).collect();
            assert_eq!(names, [OrgName::new("other").unwrap(), OrgName::new("rr8").unwrap()]);
        })
        .await;
    }

    #[tokio::test]
    async fn two_owners_cannot_both_leave() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let trust = add_org(&store, "rr8", &[(alice.id, OrgRole::Owner), (bob.id, OrgRole::Owner)]).await;
            let leave = async |user: UserId| {
                let tx = store.begin().await.unwrap();
                remove_member(&tx, trust.id, user).await.unwrap();
                if count_owners(&tx, trust.id).await.unwrap() > 0 { tx.commit().await.is_ok() } else { false }
            };
            let (one, two) = tokio::join!(leave(alice.id), leave(bob.id));
            assert!(one != two, "exactly one may leave");
        })
        .await;
    }
}
