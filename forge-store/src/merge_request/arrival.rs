//! Commits that were pushed to a fork, on their way to where the merge request goes.
//!
//! A row is written by the push and removed by the transaction that makes the version of it, or that says why there is none.

use forge_core::{By, ItemId, ObjectId, PushId, UserId};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::merge_request_arrival::{ActiveModel, Column as Arrivals, Entity};
use crate::entity::push;
use crate::value::{Column, object_id, time};
use crate::{Error, Result, Rows, Tx, store};

/// A head that is still to be carried over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The push that brought it to the fork.
    pub push: PushId,
    /// The merge request that it is for.
    pub item: ItemId,
    /// What the source branch pointed at.
    pub head: ObjectId,
    /// Who pushed it.
    pub pushed_by: By,
    /// When.
    pub pushed_at: OffsetDateTime,
}

/// Notes that a push is to make a version elsewhere.
pub async fn add_arrival(
    tx: &Tx,
    push: PushId,
    item: ItemId,
    head: &ObjectId,
    pushed_by_name: &str,
) -> Result<()> {
    let row = ActiveModel {
        push_id: Set(push.column()),
        item_id: Set(item.column()),
        head: Set(head.as_bytes().to_vec()),
        pushed_by_name: Set(pushed_by_name.to_owned()),
    };
    Entity::insert(row).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// What is to be carried over for a merge request, in the order in which it was pushed.
pub async fn arrivals(rows: &impl Rows, item: ItemId) -> Result<Vec<Arrival>> {
    let found = Entity::find().filter(Arrivals::ItemId.eq(item.column())).all(rows.connection()).await?;
    let ids: Vec<_> = found.iter().map(|row| row.push_id).collect();
    let pushes = push::Entity::find()
        .filter(push::Column::Id.is_in(ids))
        .order_by_asc(push::Column::PushedAt)
        .order_by_asc(push::Column::Id)
        .all(rows.connection())
        .await?;
    let of = |push: &push::Model| {
        let row = found.iter().find(|row| row.push_id == push.id).ok_or(Error::NotFound)?;
        let by = By { id: push.user_id.map(UserId::of), name: row.pushed_by_name.clone() };
        Ok(Arrival {
            push: PushId::of(push.id),
            item,
            head: object_id(&row.head)?,
            pushed_by: by,
            pushed_at: time(push.pushed_at)?,
        })
    };
    pushes.iter().map(of).collect()
}

/// The merge requests that something waits for.
pub async fn with_arrivals(rows: &impl Rows) -> Result<Vec<ItemId>> {
    let query = Entity::find().select_only().column(Arrivals::ItemId).distinct().into_tuple::<Uuid>();
    Ok(query.all(rows.connection()).await?.into_iter().map(ItemId::of).collect())
}

/// Forgets what has been carried over. `NotFound` when somebody else was as quick.
pub async fn remove_arrival(tx: &Tx, push: PushId, item: ItemId) -> Result<()> {
    let key = (push.column(), item.column());
    store::one_row(Entity::delete_by_id(key).exec(&tx.inner).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use forge_core::{Door, OwnerId, Push, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::merge_request::tests::request;
    use crate::sample::{add_person, add_repo, at, id, oid};
    use crate::{merge_request, repository};

    #[tokio::test]
    async fn heads_wait_in_the_order_of_their_pushes_and_go_with_the_fork() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let owner = OwnerId::User(alice.id);
            let target = add_repo(&store, owner, "alice/beds", Visibility::Private).await;
            let fork = add_repo(&store, owner, "alice/fork", Visibility::Private).await;
            let tx = store.begin().await.unwrap();
            let request = request(target.id, 1, &alice);
            merge_request::insert(&tx, &request).await.unwrap();
            let item = request.item.id;
            let mut pushes = Vec::new();
            for (second, byte) in [(9, 2), (3, 1)] {
                let push = Push {
                    id: id(),
                    repo: fork.id,
                    user: Some(alice.id),
                    door: Door::Http,
                    at: at(second),
                    updates: Vec::new(),
                };
                crate::push::insert(&tx, &push).await.unwrap();
                add_arrival(&tx, push.id, item, &oid(byte), "alice").await.unwrap();
                pushes.push(push.id);
            }
            let heads = async || {
                let found = arrivals(&tx, item).await.unwrap();
                found.into_iter().map(|arrival| (arrival.head, arrival.pushed_by.id)).collect::<Vec<_>>()
            };
            assert_eq!(heads().await, [(oid(1), Some(alice.id)), (oid(2), Some(alice.id))]);
            remove_arrival(&tx, pushes[1], item).await.unwrap();
            assert_eq!(remove_arrival(&tx, pushes[1], item).await, Err(Error::NotFound));
            assert_eq!(heads().await.len(), 1);
            assert_eq!(with_arrivals(&tx).await, Ok(vec![item]));
            repository::delete(&tx, fork.id).await.unwrap();
            assert_eq!(heads().await, []);
        })
        .await;
    }
}
