//! Milestones of a repository.

use forge_core::work_item::Milestone;
use forge_core::{MilestoneId, RepoId};
use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::entity::milestone::{ActiveModel, Column as Milestones, Entity, Model};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Result, Rows, Tx, store};

/// Adds a milestone. `Conflict` when the repository has one of this title, in any mixture of capitals.
pub async fn insert(tx: &Tx, new: &Milestone) -> Result<()> {
    let row = ActiveModel {
        id: Set(new.id.column()),
        repository_id: Set(new.repo.column()),
        title: Set(new.title.clone()),
        title_key: Set(new.title.to_lowercase()),
        description: Set(new.description.clone()),
        due_on: Set(new.due_on.map(day)),
        created_at: Set(micros(new.created_at)),
        closed_at: Set(new.closed_at.map(micros)),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Changes title, description and date.
pub async fn update(tx: &Tx, changed: &Milestone) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Milestones::Title, changed.title.as_str())
        .value(Milestones::TitleKey, changed.title.to_lowercase())
        .value(Milestones::Description, changed.description.as_str())
        .value(Milestones::DueOn, changed.due_on.map(day))
        .and_where(Milestones::Id.eq(changed.id.column()))
        .and_where(Milestones::RepositoryId.eq(changed.repo.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Closes a milestone, or opens it again.
pub async fn set_closed(tx: &Tx, repo: RepoId, id: MilestoneId, at: Option<OffsetDateTime>) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Milestones::ClosedAt, at.map(micros))
        .and_where(Milestones::Id.eq(id.column()))
        .and_where(Milestones::RepositoryId.eq(repo.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Removes a milestone; its items stay.
pub async fn delete(tx: &Tx, repo: RepoId, id: MilestoneId) -> Result<()> {
    let query = Entity::delete_by_id(id.column()).filter(Milestones::RepositoryId.eq(repo.column()));
    store::one_row(query.exec(&tx.inner).await?.rows_affected)
}

/// The milestones of a repository: the open ones first, those that are due soonest before the others.
pub async fn of_repository(rows: &impl Rows, repo: RepoId) -> Result<Vec<Milestone>> {
    let query =
        Entity::find().filter(Milestones::RepositoryId.eq(repo.column())).order_by_asc(Milestones::TitleKey);
    let mut found: Vec<Milestone> =
        query.all(rows.connection()).await?.into_iter().map(from_row).collect::<Result<_>>()?;
    found.sort_by_key(|one| (one.closed_at.is_some(), one.due_on.is_none(), one.due_on));
    Ok(found)
}

/// How many milestones a repository has.
pub async fn count(rows: &impl Rows, repo: RepoId) -> Result<u64> {
    Ok(Entity::find().filter(Milestones::RepositoryId.eq(repo.column())).count(rows.connection()).await?)
}

/// A milestone of a repository.
pub async fn by_id(rows: &impl Rows, repo: RepoId, id: MilestoneId) -> Result<Option<Milestone>> {
    let query = Entity::find_by_id(id.column()).filter(Milestones::RepositoryId.eq(repo.column()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// A milestone of a repository by title, in any mixture of capitals.
pub async fn by_title(rows: &impl Rows, repo: RepoId, title: &str) -> Result<Option<Milestone>> {
    let query = Entity::find()
        .filter(Milestones::RepositoryId.eq(repo.column()))
        .filter(Milestones::TitleKey.eq(title.to_lowercase()));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

fn day(date: Date) -> String {
    date.to_string()
}

fn from_row(row: Model) -> Result<Milestone> {
    let date = |text: String| {
        let found = Date::parse(&text, format_description!("[year]-[month]-[day]"));
        parsed("date", &text, found)
    };
    Ok(Milestone {
        id: MilestoneId::of(row.id),
        repo: RepoId::of(row.repository_id),
        title: row.title,
        description: row.description,
        due_on: row.due_on.map(date).transpose()?,
        created_at: time(row.created_at)?,
        closed_at: optional_time(row.closed_at)?,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};
    use time::macros::date;

    use super::*;
    use crate::Error;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, at, id};

    #[tokio::test]
    async fn milestones_are_named_once_and_come_in_order() {
        on_both(async |store| {
            let ann = add_person(&store, "ann").await;
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let new = |title: &str, due_on| Milestone {
                id: id(),
                repo,
                title: title.to_owned(),
                description: String::new(),
                due_on,
                created_at: at(1),
                closed_at: None,
            };
            let (late, soon, open) = (
                new("Late", Some(date!(2027 - 03 - 01))),
                new("Soon", Some(date!(2026 - 12 - 01))),
                new("A", None),
            );
            let tx = store.begin().await.unwrap();
            for one in [&late, &soon, &open] {
                insert(&tx, one).await.unwrap();
            }
            assert_eq!(of_repository(&tx, repo).await, Ok(vec![soon.clone(), late.clone(), open.clone()]));
            assert_eq!(by_title(&tx, repo, "SOON").await, Ok(Some(soon.clone())));
            set_closed(&tx, repo, soon.id, Some(at(5))).await.unwrap();
            let soon = Milestone { closed_at: Some(at(5)), ..soon };
            assert_eq!(by_id(&tx, repo, soon.id).await, Ok(Some(soon.clone())));
            assert_eq!(of_repository(&tx, repo).await, Ok(vec![late.clone(), open.clone(), soon]));
            let late = Milestone { title: "Later".to_owned(), due_on: None, ..late };
            update(&tx, &late).await.unwrap();
            assert_eq!(by_id(&tx, repo, late.id).await, Ok(Some(late.clone())));
            delete(&tx, repo, late.id).await.unwrap();
            assert_eq!(delete(&tx, repo, late.id).await, Err(Error::NotFound));
            assert_eq!(count(&tx, repo).await, Ok(2));
            assert!(matches!(insert(&tx, &new("SOON", None)).await, Err(Error::Conflict(_))));
        })
        .await;
    }
}
