//! Grants: permissions in one repository for one person or one team.

use forge_core::{Grant, GrantId, Granted, Grantee, OrgId, Permission, RepoId, TeamId, UserId};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use time::OffsetDateTime;

use crate::entity::{grant, repository};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx, store, team};

/// Gives a permission. What the same person or team had in this repository before is replaced.
pub async fn set(tx: &Tx, new: &Grant) -> Result<()> {
    let (user, team) = match new.grantee {
        Grantee::User(user) => (Some(user.column()), None),
        Grantee::Team(team) => (None, Some(team.column())),
    };
    grant::Entity::delete_many()
        .filter(grant::Column::RepositoryId.eq(new.repo.column()))
        .filter(match new.grantee {
            Grantee::User(user) => grant::Column::UserId.eq(user.column()),
            Grantee::Team(team) => grant::Column::TeamId.eq(team.column()),
        })
        .exec(&tx.inner)
        .await?;
    let row = grant::ActiveModel {
        id: Set(new.id.column()),
        repository_id: Set(new.repo.column()),
        user_id: Set(user),
        team_id: Set(team),
        permission: Set(new.permission.name().to_owned()),
        granted_at: Set(micros(new.granted_at)),
        granted_by: Set(new.granted_by.map(Column::column)),
        expires_at: Set(new.expires_at.map(micros)),
    };
    grant::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes a grant back.
pub async fn delete(tx: &Tx, repo: RepoId, id: GrantId) -> Result<()> {
    let query = grant::Entity::delete_many()
        .filter(grant::Column::Id.eq(id.column()))
        .filter(grant::Column::RepositoryId.eq(repo.column()));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// One grant of a repository.
pub async fn by_id(rows: &impl Rows, repo: RepoId, id: GrantId) -> Result<Option<Grant>> {
    let query = grant::Entity::find_by_id(id.column()).filter(grant::Column::RepositoryId.eq(repo.column()));
    query.one(rows.connection()).await?.as_ref().map(from_row).transpose()
}

/// Every grant of a repository in the order in which they were made, those that have ended too.
pub async fn of_repository(rows: &impl Rows, repo: RepoId) -> Result<Vec<Grant>> {
    let query = grant::Entity::find()
        .filter(grant::Column::RepositoryId.eq(repo.column()))
        .order_by_asc(grant::Column::Id);
    query.all(rows.connection()).await?.iter().map(from_row).collect()
}

/// What is granted to somebody in a repository, to themself and to teams that they are in.
pub async fn held(rows: &impl Rows, repo: RepoId, user: UserId) -> Result<Vec<Granted>> {
    let query =
        grant::Entity::find().filter(grant::Column::RepositoryId.eq(repo.column())).filter(held_by(user));
    let found = query.all(rows.connection()).await?;
    let granted = |row: &grant::Model| {
        let Grant { permission, expires_at, .. } = from_row(row)?;
        Ok(Granted { permission, expires_at })
    };
    found.iter().map(granted).collect()
}

/// Removes the grants that have ended, and says how many there were.
pub async fn sweep(tx: &Tx, now: OffsetDateTime) -> Result<u64> {
    let query = grant::Entity::delete_many().filter(grant::Column::ExpiresAt.lte(micros(now)));
    Ok(query.exec(&tx.inner).await?.rows_affected)
}

/// Whether any grant has ended and is still there.
pub async fn is_due(rows: &impl Rows, now: OffsetDateTime) -> Result<bool> {
    let query = grant::Entity::find().filter(grant::Column::ExpiresAt.lte(micros(now)));
    Ok(query.one(rows.connection()).await?.is_some())
}

/// The repositories in which something in force is granted to somebody, as part of a larger question.
pub(crate) fn repositories_of(user: UserId, now: OffsetDateTime) -> SelectStatement {
    let in_force = Condition::any()
        .add(grant::Column::ExpiresAt.is_null())
        .add(grant::Column::ExpiresAt.gt(micros(now)));
    Query::select()
        .column((grant::Entity, grant::Column::RepositoryId))
        .from(grant::Entity)
        .cond_where(Condition::all().add(in_force).add(held_by(user)))
        .to_owned()
}

/// Takes back what somebody was granted in the repositories of an organisation.
pub(crate) async fn take_back_all(tx: &Tx, org: OrgId, user: UserId) -> Result<()> {
    let of_org = Query::select()
        .column((repository::Entity, repository::Column::Id))
        .from(repository::Entity)
        .and_where(repository::Column::OwnerId.eq(org.column()))
        .to_owned();
    grant::Entity::delete_many()
        .filter(grant::Column::UserId.eq(user.column()))
        .filter(grant::Column::RepositoryId.in_subquery(of_org))
        .exec(&tx.inner)
        .await?;
    Ok(())
}

/// Takes back what teams were granted in a repository: another owner has other teams.
pub(crate) async fn take_back_from_teams(tx: &Tx, repo: RepoId) -> Result<()> {
    grant::Entity::delete_many()
        .filter(grant::Column::RepositoryId.eq(repo.column()))
        .filter(grant::Column::TeamId.is_not_null())
        .exec(&tx.inner)
        .await?;
    Ok(())
}

fn held_by(user: UserId) -> Condition {
    Condition::any()
        .add(grant::Column::UserId.eq(user.column()))
        .add(grant::Column::TeamId.in_subquery(team::ids_of_user(user)))
}

fn from_row(row: &grant::Model) -> Result<Grant> {
    let grantee = match (row.user_id, row.team_id) {
        (Some(user), _) => Grantee::User(UserId::of(user)),
        (None, Some(team)) => Grantee::Team(TeamId::of(team)),
        (None, None) => return Err(crate::Error::Corrupt(format!("the grant {} is for nobody", row.id))),
    };
    let permission: Permission = parsed("permission", &row.permission, row.permission.parse())?;
    Ok(Grant {
        id: GrantId::of(row.id),
        repo: RepoId::of(row.repository_id),
        grantee,
        permission,
        granted_at: time(row.granted_at)?,
        granted_by: row.granted_by.map(UserId::of),
        expires_at: optional_time(row.expires_at)?,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OrgRole, OwnerId, TeamMembership, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::organisation;
    use crate::sample::{add_org, add_person, add_repo, at, id, team};

    fn granted(repo: RepoId, grantee: Grantee, permission: Permission, end: Option<i64>) -> Grant {
        Grant {
            id: id(),
            repo,
            grantee,
            permission,
            granted_at: at(0),
            granted_by: None,
            expires_at: end.map(at),
        }
    }

    #[tokio::test]
    async fn somebody_holds_their_own_and_what_their_teams_hold() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let org = add_org(&store, "rr8", &[(bob.id, OrgRole::Reader)]).await;
            let beds = add_repo(&store, OwnerId::Org(org.id), "rr8/beds", Visibility::Private).await.id;
            let (all, below) = (team(org.id, "all", None), team(org.id, "none", None));
            let below = forge_core::Team { parent: Some(all.id), ..below };
            let tx = store.begin().await.unwrap();
            for team in [&all, &below] {
                crate::team::insert(&tx, team).await.unwrap();
            }
            let place = TeamMembership { team: below.id, user: bob.id, is_maintainer: false, since: at(0) };
            crate::team::set_member(&tx, &place).await.unwrap();
            let first = granted(beds, Grantee::User(bob.id), Permission::Admin, None);
            let own = granted(beds, Grantee::User(bob.id), Permission::Write, Some(9));
            let theirs = granted(beds, Grantee::Team(all.id), Permission::Maintain, None);
            for grant in [&first, &own, &theirs] {
                set(&tx, grant).await.unwrap();
            }
            assert_eq!(
                of_repository(&tx, beds).await,
                Ok(vec![own, theirs]),
                "the second replaces the first"
            );
            let mut held_by_bob = held(&tx, beds, bob.id).await.unwrap();
            held_by_bob.sort_by_key(|grant| grant.permission);
            let of = |grant: Grant| Granted { permission: grant.permission, expires_at: grant.expires_at };
            assert_eq!(held_by_bob, [of(own), of(theirs)]);
            assert_eq!(held(&tx, beds, alice.id).await, Ok(vec![]));
            assert_eq!((sweep(&tx, at(8)).await, sweep(&tx, at(9)).await), (Ok(0), Ok(1)));
            set(&tx, &own).await.unwrap();
            assert_eq!(by_id(&tx, beds, own.id).await, Ok(Some(own)));
            assert_eq!(by_id(&tx, id(), own.id).await, Ok(None), "of another repository");
            organisation::remove_member(&tx, org.id, bob.id).await.unwrap();
            assert_eq!(of_repository(&tx, beds).await, Ok(vec![theirs]), "who leaves holds nothing");
            delete(&tx, beds, theirs.id).await.unwrap();
            assert_eq!(delete(&tx, beds, theirs.id).await, Err(crate::Error::NotFound));
        })
        .await;
    }
}
