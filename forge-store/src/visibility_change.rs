//! Changes of who may see a repository, those that wait for a second person, and those that have an end.

use forge_core::{ChangeState, OrgId, RepoId, UserId, VisibilityChange, VisibilityChangeId};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;

use crate::entity::visibility_change::{Column as Columns, Entity};
use crate::entity::{repository, visibility_change};
use crate::value::{Column, corrupt, micros, optional_time, parsed, time};
use crate::{Error, MAX_PAGE, PageRequest, Result, Rows, Tx};

/// Notes a change. One that waited or was in force for this repository is superseded.
pub async fn insert(tx: &Tx, change: &VisibilityChange) -> Result<()> {
    let replaced: &[ChangeState] = match change.state {
        ChangeState::Waiting => &[ChangeState::Waiting],
        _ => &[ChangeState::Waiting, ChangeState::Made],
    };
    Entity::update_many()
        .col_expr(Columns::State, Expr::val(ChangeState::Superseded.name()))
        .filter(Columns::RepositoryId.eq(change.repo.column()))
        .filter(Columns::State.is_in(replaced.iter().map(|state| state.name())))
        .exec(&tx.inner)
        .await?;
    let row = visibility_change::ActiveModel {
        id: Set(change.id.column()),
        repository_id: Set(change.repo.column()),
        from_visibility: Set(change.from.name().to_owned()),
        to_visibility: Set(change.to.name().to_owned()),
        reason: Set(change.reason.clone()),
        asked_by: Set(change.asked_by.map(Column::column)),
        asked_at: Set(micros(change.asked_at)),
        days: Set(change.days.map(i64::from)),
        ends_at: Set(change.ends_at.map(micros)),
        state: Set(change.state.name().to_owned()),
        decided_by: Set(change.decided_by.map(Column::column)),
        decided_at: Set(change.decided_at.map(micros)),
        note: Set(change.note.clone()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Takes a change that waits to another state, once: `Conflict` when somebody else has decided meanwhile.
pub async fn decide(tx: &Tx, decided: &VisibilityChange) -> Result<()> {
    move_on(tx, decided, ChangeState::Waiting).await
}

/// Notes that a change has fallen back, once.
pub async fn end(tx: &Tx, ended: &VisibilityChange) -> Result<()> {
    move_on(tx, ended, ChangeState::Made).await
}

async fn move_on(tx: &Tx, change: &VisibilityChange, from: ChangeState) -> Result<()> {
    let done = Entity::update_many()
        .col_expr(Columns::State, Expr::val(change.state.name()))
        .col_expr(Columns::DecidedBy, Expr::val(change.decided_by.map(Column::column)))
        .col_expr(Columns::DecidedAt, Expr::val(change.decided_at.map(micros)))
        .col_expr(Columns::EndsAt, Expr::val(change.ends_at.map(micros)))
        .col_expr(Columns::Note, Expr::val(change.note.as_str()))
        .filter(Columns::Id.eq(change.id.column()))
        .filter(Columns::State.eq(from.name()))
        .exec(&tx.inner)
        .await?;
    if done.rows_affected == 0 {
        return Err(Error::Conflict("state".to_owned()));
    }
    if change.state == ChangeState::Made {
        // What was in force until now is so no longer.
        Entity::update_many()
            .col_expr(Columns::State, Expr::val(ChangeState::Superseded.name()))
            .filter(Columns::RepositoryId.eq(change.repo.column()))
            .filter(Columns::State.eq(ChangeState::Made.name()))
            .filter(Columns::Id.ne(change.id.column()))
            .exec(&tx.inner)
            .await?;
    }
    Ok(())
}

/// Finds a change.
pub async fn by_id(rows: &impl Rows, id: VisibilityChangeId) -> Result<Option<VisibilityChange>> {
    Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// The changes of a repository, the newest first.
pub async fn of_repository(
    rows: &impl Rows,
    repo: RepoId,
    request: PageRequest,
) -> Result<Vec<VisibilityChange>> {
    let query = Entity::find()
        .filter(Columns::RepositoryId.eq(repo.column()))
        .order_by_desc(Columns::Id)
        .offset(request.offset)
        .limit(request.bounded());
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// The changes that wait in the repositories of some organisations, or in all with nothing given; the oldest first.
pub async fn waiting(rows: &impl Rows, orgs: Option<&[OrgId]>) -> Result<Vec<VisibilityChange>> {
    let mut query = Entity::find().filter(Columns::State.eq(ChangeState::Waiting.name()));
    if let Some(orgs) = orgs {
        let owned = Query::select()
            .column((repository::Entity, repository::Column::Id))
            .from(repository::Entity)
            .and_where(repository::Column::OwnerId.is_in(orgs.iter().map(|org| org.column())))
            .to_owned();
        query = query.filter(Columns::RepositoryId.in_subquery(owned));
    }
    let found = query.order_by_asc(Columns::Id).limit(MAX_PAGE).all(rows.connection()).await?;
    found.into_iter().map(from_row).collect()
}

/// The changes whose end has come and that have not fallen back.
pub async fn due(rows: &impl Rows, now: OffsetDateTime) -> Result<Vec<VisibilityChange>> {
    let query = Entity::find()
        .filter(Columns::State.eq(ChangeState::Made.name()))
        .filter(Columns::EndsAt.lte(micros(now)))
        .order_by_asc(Columns::Id)
        .limit(MAX_PAGE);
    query.all(rows.connection()).await?.into_iter().map(from_row).collect()
}

fn from_row(row: visibility_change::Model) -> Result<VisibilityChange> {
    let days = row.days.map(u16::try_from).transpose();
    let state = ChangeState::ALL.into_iter().find(|state| state.name() == row.state);
    Ok(VisibilityChange {
        id: VisibilityChangeId::of(row.id),
        repo: RepoId::of(row.repository_id),
        from: parsed("visibility", &row.from_visibility, row.from_visibility.parse())?,
        to: parsed("visibility", &row.to_visibility, row.to_visibility.parse())?,
        reason: row.reason,
        asked_by: row.asked_by.map(UserId::of),
        asked_at: time(row.asked_at)?,
        days: days.map_err(|_| corrupt("number of days", &format!("{:?}", row.days)))?,
        ends_at: optional_time(row.ends_at)?,
        state: state.ok_or_else(|| corrupt("state of a change", &row.state))?,
        decided_by: row.decided_by.map(UserId::of),
        decided_at: optional_time(row.decided_at)?,
        note: row.note,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_org, add_repo, at, id};

    #[tokio::test]
    async fn a_change_waits_is_decided_once_and_ends() {
        on_both(async |store| {
            let org = add_org(&store, "rr8", &[]).await;
            let repo = add_repo(&store, OwnerId::Org(org.id), "rr8/beds", Visibility::Private).await.id;
            let change = |state| VisibilityChange {
                id: id(),
                repo,
                from: Visibility::Private,
                to: Visibility::Public,
                reason: "To share".to_owned(),
                asked_by: None,
                asked_at: at(0),
                days: Some(3),
                ends_at: None,
                state,
                decided_by: None,
                decided_at: None,
                note: String::new(),
            };
            let (first, second) = (change(ChangeState::Waiting), change(ChangeState::Waiting));
            let tx = store.begin().await.unwrap();
            insert(&tx, &first).await.unwrap();
            insert(&tx, &second).await.unwrap();
            assert_eq!(waiting(&tx, Some(&[org.id])).await, Ok(vec![second.clone()]), "one waits at a time");
            assert_eq!(waiting(&tx, Some(&[])).await, Ok(vec![]));
            let made = VisibilityChange {
                state: ChangeState::Made,
                ends_at: Some(at(9)),
                decided_at: Some(at(1)),
                note: "Yes".to_owned(),
                ..second
            };
            decide(&tx, &made).await.unwrap();
            assert_eq!(decide(&tx, &made).await, Err(Error::Conflict("state".to_owned())), "once");
            assert_eq!(by_id(&tx, made.id).await, Ok(Some(made.clone())));
            assert_eq!((due(&tx, at(8)).await, due(&tx, at(9)).await), (Ok(vec![]), Ok(vec![made.clone()])));
            let ended = VisibilityChange { state: ChangeState::Ended, ..made };
            end(&tx, &ended).await.unwrap();
            assert_eq!(due(&tx, at(9)).await, Ok(vec![]));
            insert(&tx, &change(ChangeState::Made)).await.unwrap();
            insert(&tx, &change(ChangeState::Made)).await.unwrap();
            let states: Vec<_> = of_repository(&tx, repo, FIRST)
                .await
                .unwrap()
                .into_iter()
                .map(|change| change.state)
                .collect();
            let expected =
                [ChangeState::Made, ChangeState::Superseded, ChangeState::Ended, ChangeState::Superseded];
            assert_eq!(states, expected);
        })
        .await;
    }
}
