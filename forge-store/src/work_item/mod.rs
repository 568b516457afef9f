//! Work items: tickets, and what merge requests have in common with them.
//!
//! Whoever changes an item first takes the lock of its repository (`repository::lock`), so that changes of one
//! repository's items come one after the other, and after or before each push.

mod assignee;
mod comment_count;
mod event;
mod lately;
mod list;
mod reference;
mod subscription;

pub use assignee::{assign, assignees, assignees_of, is_assigned, unassign};
pub use comment_count::comment_counts;
pub use event::{add_event, events};
pub use lately::{Whose, ended, opened};
pub use list::{Confidential, Having, ItemFilter, ItemSort, counts, list};
pub use reference::{Naming, named_by, names, refer};
pub use subscription::{subscribe, subscription, subscriptions, take_part};

use forge_core::work_item::UnknownWord;
use forge_core::{By, ItemId, ItemKind, ItemState, MilestoneId, RepoId, UserId, WorkItem};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, UpdateStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::item_number;
use crate::entity::work_item::{ActiveModel, Column as Items, Entity, Model};
use crate::value::{Column, micros, optional_time, parsed, signed, time, unsigned};
use crate::{Error, Result, Rows, Tx, store};

/// Gives the next number of a repository. The repository must be locked.
pub async fn next_number(tx: &Tx, repo: RepoId) -> Result<u64> {
    let row = item_number::ActiveModel { repository_id: Set(repo.column()), last: Set(1) };
    let again = OnConflict::column(item_number::Column::RepositoryId)
        .value(item_number::Column::Last, Expr::col((item_number::Entity, item_number::Column::Last)).add(1))
        .to_owned();
    item_number::Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    let row = item_number::Entity::find_by_id(repo.column()).one(&tx.inner).await?.ok_or(Error::NotFound)?;
    unsigned(row.last)
}

/// Adds an item.
pub async fn insert(tx: &Tx, item: &WorkItem) -> Result<()> {
    let row = ActiveModel {
        id: Set(item.id.column()),
        repository_id: Set(item.repo.column()),
        number: Set(signed(item.number)?),
        kind: Set(item.kind.name().to_owned()),
        title: Set(item.title.clone()),
        body: Set(item.body.clone()),
        author_id: Set(item.author.id.map(Column::column)),
        author_name: Set(item.author.name.clone()),
        state: Set(item.state.name().to_owned()),
        is_confidential: Set(item.is_confidential),
        is_locked: Set(item.is_locked),
        milestone_id: Set(item.milestone.map(Column::column)),
        created_at: Set(micros(item.created_at)),
        updated_at: Set(micros(item.updated_at)),
        closed_at: Set(item.closed_at.map(micros)),
        closed_by: Set(None),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Finds an item by its number.
pub async fn by_number(rows: &impl Rows, repo: RepoId, number: u64) -> Result<Option<WorkItem>> {
    let Ok(number) = signed(number) else { return Ok(None) };
    let query = Entity::find().filter(Items::RepositoryId.eq(repo.column())).filter(Items::Number.eq(number));
    query.one(rows.connection()).await?.map(from_row).transpose()
}

/// Finds an item by identifier.
pub async fn by_id(rows: &impl Rows, id: ItemId) -> Result<Option<WorkItem>> {
    Entity::find_by_id(id.column()).one(rows.connection()).await?.map(from_row).transpose()
}

/// Changes the title and the description.
pub async fn set_text(tx: &Tx, id: ItemId, title: &str, body: &str, now: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Items::Title, title)
        .value(Items::Body, body)
        .value(Items::UpdatedAt, micros(now))
        .and_where(Items::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Moves an item from one state to another, or says `Conflict` if it is no longer in the first.
pub async fn set_state(
    tx: &Tx,
    id: ItemId,
    (from, to): (ItemState, ItemState),
    by: Option<UserId>,
    now: OffsetDateTime,
) -> Result<()> {
    let closed = (to != ItemState::Open).then(|| micros(now));
    let by: Option<Uuid> = by.filter(|_| closed.is_some()).map(Column::column);
    let update = Query::update()
        .table(Entity)
        .value(Items::State, to.name())
        .value(Items::UpdatedAt, micros(now))
        .value(Items::ClosedAt, closed)
        .value(Items::ClosedBy, by)
        .and_where(Items::Id.eq(id.column()))
        .and_where(Expr::col(Items::State).eq(from.name()))
        .to_owned();
    match tx.inner.execute(&update).await?.rows_affected() {
        0 => Err(Error::Conflict("the state".to_owned())),
        _ => Ok(()),
    }
}

/// Notes that something happened to an item.
pub async fn touch(tx: &Tx, id: ItemId, now: OffsetDateTime) -> Result<()> {
    let update = Query::update()
        .table(Entity)
        .value(Items::UpdatedAt, micros(now))
        .and_where(Items::Id.eq(id.column()))
        .to_owned();
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

/// Makes an item a part of a milestone, or of none.
pub async fn set_milestone(
    tx: &Tx,
    id: ItemId,
    milestone: Option<MilestoneId>,
    now: OffsetDateTime,
) -> Result<()> {
    let milestone: Option<Uuid> = milestone.map(Column::column);
    change(tx, id, now, |update| update.value(Items::MilestoneId, milestone)).await
}

/// Says whether only those who may push may still comment.
pub async fn set_locked(tx: &Tx, id: ItemId, is_locked: bool, now: OffsetDateTime) -> Result<()> {
    change(tx, id, now, |update| update.value(Items::IsLocked, is_locked)).await
}

/// Says whether an item is confidential.
pub async fn set_confidential(tx: &Tx, id: ItemId, is_confidential: bool, now: OffsetDateTime) -> Result<()> {
    change(tx, id, now, |update| update.value(Items::IsConfidential, is_confidential)).await
}

async fn change(
    tx: &Tx,
    id: ItemId,
    now: OffsetDateTime,
    what: impl FnOnce(&mut UpdateStatement) -> &mut UpdateStatement,
) -> Result<()> {
    let mut update = Query::update()
        .table(Entity)
        .value(Items::UpdatedAt, micros(now))
        .and_where(Items::Id.eq(id.column()))
        .to_owned();
    what(&mut update);
    store::one_row(tx.inner.execute(&update).await?.rows_affected())
}

pub(crate) fn from_row(row: Model) -> Result<WorkItem> {
    let kind: std::result::Result<ItemKind, UnknownWord> = row.kind.parse();
    Ok(WorkItem {
        id: ItemId::of(row.id),
        repo: RepoId::of(row.repository_id),
        number: unsigned(row.number)?,
        kind: parsed("kind of item", &row.kind, kind)?,
        title: row.title,
        body: row.body,
        author: By { id: row.author_id.map(UserId::of), name: row.author_name },
        state: parsed("state", &row.state, row.state.parse())?,
        is_confidential: row.is_confidential,
        is_locked: row.is_locked,
        milestone: row.milestone_id.map(MilestoneId::of),
        created_at: time(row.created_at)?,
        updated_at: time(row.updated_at)?,
        closed_at: optional_time(row.closed_at)?,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::repository;
    use crate::sample::{add_person, add_repo, at, item};

    #[tokio::test]
    async fn numbers_count_up_in_each_repository() {
        on_both(async |store| {
            let ann = add_person(&store, "ann").await;
            let beds = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let other = add_repo(&store, OwnerId::User(ann.id), "ann/other", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            repository::lock(&tx, beds).await.unwrap();
            assert_eq!(next_number(&tx, beds).await, Ok(1));
            assert_eq!(next_number(&tx, beds).await, Ok(2));
            assert_eq!(next_number(&tx, other).await, Ok(1));
            let first = item(beds, 1, ItemKind::Ticket, &ann);
            insert(&tx, &first).await.unwrap();
            assert!(insert(&tx, &WorkItem { id: crate::sample::id(), ..first.clone() }).await.is_err());
        })
        .await;
    }

    #[tokio::test]
    async fn an_item_is_changed_and_closed_once() {
        on_both(async |store| {
            let ann = add_person(&store, "ann").await;
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            let first = item(repo, 7, ItemKind::Ticket, &ann);
            insert(&tx, &first).await.unwrap();
            assert_eq!(by_number(&tx, repo, 7).await, Ok(Some(first.clone())));
            assert_eq!(by_number(&tx, repo, 8).await, Ok(None));
            assert_eq!(by_number(&tx, repo, u64::MAX).await, Ok(None));
            set_text(&tx, first.id, "Other", "Body", at(3)).await.unwrap();
            let close = (ItemState::Open, ItemState::Closed);
            set_state(&tx, first.id, close, Some(ann.id), at(4)).await.unwrap();
            let again = set_state(&tx, first.id, close, Some(ann.id), at(5)).await;
            assert_eq!(again, Err(Error::Conflict("the state".to_owned())));
            let found = by_id(&tx, first.id).await.unwrap().unwrap();
            assert_eq!((found.title.as_str(), found.body.as_str()), ("Other", "Body"));
            assert_eq!(
                (found.state, found.closed_at, found.updated_at),
                (ItemState::Closed, Some(at(4)), at(4))
            );
            set_state(&tx, first.id, (ItemState::Closed, ItemState::Open), None, at(6)).await.unwrap();
            touch(&tx, first.id, at(7)).await.unwrap();
            let found = by_id(&tx, first.id).await.unwrap().unwrap();
            assert_eq!((found.closed_at, found.updated_at), (None, at(7)));
        })
        .await;
    }

    #[tokio::test]
    async fn people_and_namings_of_an_item_are_kept() {
        on_both(async |store| {
            use forge_core::notification::{Reason, Subscription};
            let (ann, bob) = (add_person(&store, "ann").await, add_person(&store, "bob").await);
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            let (first, second) =
                (item(repo, 1, ItemKind::Ticket, &ann), item(repo, 2, ItemKind::MergeRequest, &ann));
            insert(&tx, &first).await.unwrap();
            insert(&tx, &second).await.unwrap();
            assign(&tx, first.id, bob.id, at(1)).await.unwrap();
            assign(&tx, first.id, bob.id, at(2)).await.unwrap();
            assert_eq!(assignees(&tx, first.id).await, Ok(vec![bob.clone()]));
            assert_eq!(is_assigned(&tx, first.id, ann.id).await, Ok(false));
            unassign(&tx, first.id, bob.id).await.unwrap();
            assert_eq!(assignees(&tx, first.id).await, Ok(vec![]));

            take_part(&tx, first.id, bob.id, Reason::Commented).await.unwrap();
            assert_eq!(subscription(&tx, first.id, bob.id).await, Ok(Some(Subscription::All)));
            subscribe(&tx, first.id, bob.id, Subscription::None, Reason::Subscribed).await.unwrap();
            take_part(&tx, first.id, bob.id, Reason::Mentioned).await.unwrap();
            let muted = vec![(bob.id, Subscription::None, Reason::Subscribed)];
            assert_eq!(subscriptions(&tx, first.id).await, Ok(muted), "he wants to hear nothing");

            let naming = |closes| Naming { item: first.id, from: second.id, closes, at: at(3) };
            assert_eq!(refer(&tx, &naming(false)).await, Ok(true));
            assert_eq!(refer(&tx, &Naming { at: at(9), ..naming(true) }).await, Ok(false));
            assert_eq!(refer(&tx, &naming(false)).await, Ok(false));
            assert_eq!(named_by(&tx, first.id).await, Ok(vec![naming(true)]));
            assert_eq!(names(&tx, second.id).await, Ok(vec![naming(true)]));
            set_locked(&tx, first.id, true, at(4)).await.unwrap();
            assert!(by_id(&tx, first.id).await.unwrap().unwrap().is_locked);
        })
        .await;
    }
}
