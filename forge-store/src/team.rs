//! Teams, who is in them, and which stands above which.
//!
//! Every team has a row for itself and for each team above it, so that the question whether somebody is in a team or
//! below it needs no recursion. A team stays where it was made.

use forge_core::team::MAX_TEAM_DEPTH;
use forge_core::{OrgId, Team, TeamId, TeamMembership, TeamName, User, UserId};
use sea_orm::sea_query::{OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::entity::{team, team_line, team_membership};
use crate::value::{Column, micros, parsed, time};
use crate::{Error, Result, Rows, Tx, store, user};

/// Adds a team. `Conflict` is about its `name`, or about its `depth` when too many stand above it.
pub async fn insert(tx: &Tx, team: &Team) -> Result<()> {
    let mut above = match team.parent {
        Some(parent) => line(tx, parent).await?,
        None => Vec::new(),
    };
    if above.len() >= MAX_TEAM_DEPTH {
        return Err(Error::Conflict("depth".to_owned()));
    }
    let row = team::ActiveModel {
        id: Set(team.id.column()),
        organisation_id: Set(team.org.column()),
        parent_id: Set(team.parent.map(Column::column)),
        name: Set(team.name.as_str().to_owned()),
        name_key: Set(team.name.key()),
        display_name: Set(team.display_name.clone()),
        description: Set(team.description.clone()),
        created_at: Set(micros(team.created_at)),
    };
    team::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    above.push(team.id);
    let lines = above.into_iter().map(|above| team_line::ActiveModel {
        team_id: Set(team.id.column()),
        above_id: Set(above.column()),
    });
    team_line::Entity::insert_many(lines).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Changes the name in words and the description.
pub async fn update(tx: &Tx, id: TeamId, display_name: &str, description: &str) -> Result<()> {
    let update = Query::update()
        .table(team::Entity)
        .value(team::Column::DisplayName, display_name)
        .value(team::Column::Description, description)
        .and_where(team::Column::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes a team with the teams below it, and what was granted to them.
pub async fn delete(tx: &Tx, id: TeamId) -> Result<()> {
    store::one_row(team::Entity::delete_by_id(id.column()).exec(&tx.inner).await?.rows_affected)
}

/// Finds a team by identifier.
pub async fn by_id(rows: &impl Rows, id: TeamId) -> Result<Option<Team>> {
    team::Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// Finds a team of an organisation by name, in any mixture of capitals.
pub async fn by_name(rows: &impl Rows, org: OrgId, name: &TeamName) -> Result<Option<Team>> {
    let query = team::Entity::find()
        .filter(team::Column::OrganisationId.eq(org.column()))
        .filter(team::Column::NameKey.eq(name.key()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// The teams of an organisation in the order of their names.
pub async fn of_org(rows: &impl Rows, org: OrgId) -> Result<Vec<Team>> {
    let query = team::Entity::find()
        .filter(team::Column::OrganisationId.eq(org.column()))
        .order_by_asc(team::Column::NameKey);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// A team and every team above it.
pub async fn line(rows: &impl Rows, id: TeamId) -> Result<Vec<TeamId>> {
    let query = team_line::Entity::find().filter(team_line::Column::TeamId.eq(id.column()));
    Ok(query.all(rows.connection()).await?.into_iter().map(|row| TeamId::of(row.above_id)).collect())
}

/// The teams that somebody is in, and every team above those.
pub async fn of_user(rows: &impl Rows, user: UserId) -> Result<Vec<TeamId>> {
    let query = team_line::Entity::find()
        .filter(team_line::Column::TeamId.in_subquery(ids_of_direct(user)))
        .order_by_asc(team_line::Column::AboveId);
    let mut found: Vec<TeamId> =
        query.all(rows.connection()).await?.into_iter().map(|row| TeamId::of(row.above_id)).collect();
    found.dedup();
    Ok(found)
}

/// The members of a team in the order of their names; with `below`, of all teams below it too.
pub async fn members(rows: &impl Rows, id: TeamId, below: bool) -> Result<Vec<(User, TeamMembership)>> {
    let query = team_membership::Entity::find();
    let query = if below {
        query.filter(team_membership::Column::TeamId.in_subquery(ids_below(id)))
    } else {
        query.filter(team_membership::Column::TeamId.eq(id.column()))
    };
    let found = query.all(rows.connection()).await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.user_id).collect();
    let people = user::by_ids(rows, &ids).await?;
    let mut result = Vec::with_capacity(found.len());
    for row in found {
        if let Some(user) = people.get(&row.user_id) {
            result.push((user.clone(), member_from(&row)?));
        }
    }
    result.sort_by_cached_key(|(user, member)| (user.name.key(), member.team));
    Ok(result)
}

/// Somebody's own place in a team; nothing when they are not in this very team.
pub async fn membership(rows: &impl Rows, id: TeamId, user: UserId) -> Result<Option<TeamMembership>> {
    let query = team_membership::Entity::find_by_id((id.column(), user.column()));
    query.one(rows.connection()).await?.as_ref().map(member_from).transpose()
}

/// Whether somebody maintains a team, or one above it.
pub async fn is_maintained_by(rows: &impl Rows, id: TeamId, user: UserId) -> Result<bool> {
    let above: Vec<Uuid> = line(rows, id).await?.into_iter().map(Column::column).collect();
    let query = team_membership::Entity::find()
        .filter(team_membership::Column::TeamId.is_in(above))
        .filter(team_membership::Column::UserId.eq(user.column()))
        .filter(team_membership::Column::IsMaintainer.eq(true));
    Ok(query.count(rows.connection()).await? > 0)
}

/// The teams of which somebody is the only maintainer.
pub async fn alone_maintained_by(rows: &impl Rows, user: UserId) -> Result<Vec<Team>> {
    let maintainers = team_membership::Entity::find()
        .filter(team_membership::Column::IsMaintainer.eq(true))
        .filter(team_membership::Column::TeamId.in_subquery(ids_of_direct(user)))
        .all(rows.connection())
        .await?;
    let alone = maintainers.iter().filter(|row| row.user_id == user.column()).filter(|row| {
        !maintainers.iter().any(|other| other.team_id == row.team_id && other.user_id != row.user_id)
    });
    let ids: Vec<Uuid> = alone.map(|row| row.team_id).collect();
    let query = team::Entity::find().filter(team::Column::Id.is_in(ids)).order_by_asc(team::Column::NameKey);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// Puts somebody into a team, or changes whether they maintain it; the date of an earlier membership stays.
pub async fn set_member(tx: &Tx, member: &TeamMembership) -> Result<()> {
    let row = team_membership::ActiveModel {
        team_id: Set(member.team.column()),
        user_id: Set(member.user.column()),
        is_maintainer: Set(member.is_maintainer),
        since: Set(micros(member.since)),
    };
    let key = [team_membership::Column::TeamId, team_membership::Column::UserId];
    let again = OnConflict::columns(key).update_column(team_membership::Column::IsMaintainer).to_owned();
    team_membership::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes somebody out of a team.
pub async fn remove_member(tx: &Tx, id: TeamId, user: UserId) -> Result<()> {
    let query = team_membership::Entity::delete_by_id((id.column(), user.column()));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// Takes somebody out of every team of an organisation.
pub(crate) async fn leave_all(tx: &Tx, org: OrgId, user: UserId) -> Result<()> {
    let of_org = Query::select()
        .column((team::Entity, team::Column::Id))
        .from(team::Entity)
        .and_where(team::Column::OrganisationId.eq(org.column()))
        .to_owned();
    team_membership::Entity::delete_many()
        .filter(team_membership::Column::UserId.eq(user.column()))
        .filter(team_membership::Column::TeamId.in_subquery(of_org))
        .exec(&tx.inner)
        .await?;
    Ok(())
}

/// The teams that somebody is in and all above them, as part of a larger question.
pub(crate) fn ids_of_user(user: UserId) -> SelectStatement {
    Query::select()
        .column((team_line::Entity, team_line::Column::AboveId))
        .from(team_line::Entity)
        .and_where(team_line::Column::TeamId.in_subquery(ids_of_direct(user)))
        .to_owned()
}

fn ids_of_direct(user: UserId) -> SelectStatement {
    Query::select()
        .column((team_membership::Entity, team_membership::Column::TeamId))
        .from(team_membership::Entity)
        .and_where(team_membership::Column::UserId.eq(user.column()))
        .to_owned()
}

fn ids_below(team: TeamId) -> SelectStatement {
    Query::select()
        .column((team_line::Entity, team_line::Column::TeamId))
        .from(team_line::Entity)
        .and_where(team_line::Column::AboveId.eq(team.column()))
        .to_owned()
}

fn member_from(row: &team_membership::Model) -> Result<TeamMembership> {
    Ok(TeamMembership {
        team: TeamId::of(row.team_id),
        user: UserId::of(row.user_id),
        is_maintainer: row.is_maintainer,
        since: time(row.since)?,
    })
}

fn from_row(row: team::Model) -> Result<Team> {
    Ok(Team {
        id: TeamId::of(row.id),
        org: OrgId::of(row.organisation_id),
        parent: row.parent_id.map(TeamId::of),
        name: parsed("team's name", &row.name, TeamName::new(row.name.clone()))?,
        display_name: row.display_name,
        description: row.description,
        created_at: time(row.created_at)?,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::OrgRole;

    use super::*;
    use crate::harness::on_both;
    use crate::organisation;
    use crate::sample::{add_org, add_person, at, team};

    #[tokio::test]
    async fn whoever_is_below_is_in_the_teams_above() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let both = [(alice.id, OrgRole::Owner), (bob.id, OrgRole::Reader)];
            let org = add_org(&store, "rr8", &both).await;
            let all = team(org.id, "analysts", None);
            let beds = team(org.id, "beds", Some(all.id));
            let tx = store.begin().await.unwrap();
            insert(&tx, &all).await.unwrap();
            insert(&tx, &beds).await.unwrap();
            let place = |team: &Team, user, is_maintainer| TeamMembership {
                team: team.id,
                user,
                is_maintainer,
                since: at(1),
            };
            set_member(&tx, &place(&beds, bob.id, false)).await.unwrap();
            set_member(&tx, &place(&all, alice.id, true)).await.unwrap();
            assert_eq!(of_org(&tx, org.id).await, Ok(vec![all.clone(), beds.clone()]));
            let name = TeamName::new("BEDS").unwrap();
            assert_eq!(by_name(&tx, org.id, &name).await, Ok(Some(beds.clone())));
            let mut both = vec![all.id, beds.id];
            both.sort();
            assert_eq!(of_user(&tx, bob.id).await, Ok(both));
            assert_eq!(of_user(&tx, alice.id).await, Ok(vec![all.id]));
            let names = async |below| -> Vec<String> {
                let found = members(&tx, all.id, below).await.unwrap();
                found.into_iter().map(|(user, _)| user.name.to_string()).collect()
            };
            assert_eq!(
                (names(false).await, names(true).await),
                (vec!["alice".to_owned()], vec!["alice".to_owned(), "bob".to_owned()])
            );
            assert_eq!(is_maintained_by(&tx, beds.id, alice.id).await, Ok(true), "from above");
            assert_eq!(is_maintained_by(&tx, beds.id, bob.id).await, Ok(false));
            assert_eq!(alone_maintained_by(&tx, alice.id).await, Ok(vec![all.clone()]));
            set_member(&tx, &place(&all, bob.id, true)).await.unwrap();
            assert_eq!(alone_maintained_by(&tx, alice.id).await, Ok(vec![]));

            organisation::remove_member(&tx, org.id, bob.id).await.unwrap();
            assert_eq!(
                of_user(&tx, bob.id).await,
                Ok(vec![]),
                "who leaves the organisation leaves its teams"
            );
            delete(&tx, all.id).await.unwrap();
            assert_eq!(of_org(&tx, org.id).await, Ok(vec![]), "with the teams below");
        })
        .await;
    }

    #[tokio::test]
    async fn names_are_taken_once_and_depth_has_an_end() {
        on_both(async |store| {
            let org = add_org(&store, "rr8", &[]).await;
            let tx = store.begin().await.unwrap();
            let mut parent = None;
            for depth in 0..MAX_TEAM_DEPTH {
                let next = team(org.id, &format!("team-{depth}"), parent);
                insert(&tx, &next).await.unwrap();
                parent = Some(next.id);
            }
            let too_deep = insert(&tx, &team(org.id, "deeper", parent)).await;
            assert_eq!(too_deep, Err(Error::Conflict("depth".to_owned())));
            let taken = insert(&tx, &team(org.id, "TEAM-0", None)).await;
            assert_eq!(taken, Err(Error::Conflict("name".to_owned())));
        })
        .await;
    }
}
