//! Accepted pushes: what happened where.

use std::collections::HashMap;

use forge_core::{Door, ObjectId, Push, PushId, RefName, RefUpdate, RepoId, Repository, User, UserId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::{push, push_update};
use crate::repository::{self, Viewer};
use crate::value::{Column, corrupt, micros, optional_bytes, optional_object_id, parsed, signed, time};
use crate::work_item::Whose;
use crate::{MAX_PAGE, Page, PageRequest, Result, Rows, Tx, user};

/// How many changes one statement adds.
const INSERTS: usize = 500;

/// A push with where it went and who it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What happened.
    pub push: Push,
    /// Where.
    pub repo: Repository,
    /// Who; nothing when the person is gone or the system did it.
    pub user: Option<User>,
}

/// Notes a push.
pub async fn insert(tx: &Tx, push: &Push) -> Result<()> {
    let row = push::ActiveModel {
        id: Set(push.id.column()),
        repository_id: Set(push.repo.column()),
        user_id: Set(push.user.map(Column::column)),
        door: Set(push.door.name().to_owned()),
        pushed_at: Set(micros(push.at)),
    };
    push::Entity::insert(row).exec_without_returning(&tx.inner).await?;
    let mut position = 0_u64;
    for updates in push.updates.chunks(INSERTS) {
        let mut rows = Vec::with_capacity(updates.len());
        for update in updates {
            rows.push(push_update::ActiveModel {
                push_id: Set(push.id.column()),
                position: Set(signed(position)?),
                name: Set(update.name.as_str().to_owned()),
                old_target: Set(optional_bytes(update.old.as_ref())),
                new_target: Set(optional_bytes(update.new.as_ref())),
            });
            position += 1;
        }
        push_update::Entity::insert_many(rows).exec_without_returning(&tx.inner).await?;
    }
    Ok(())
}

/// The latest pushes to repositories that the viewer may read, the newest first.
pub async fn recent(rows: &impl Rows, viewer: &Viewer, limit: u64) -> Result<Vec<Activity>> {
    let found = push::Entity::find()
        .filter(push::Column::RepositoryId.in_subquery(repository::readable(viewer, None)))
        .order_by_desc(push::Column::PushedAt)
        .order_by_desc(push::Column::Id)
        .limit(limit.min(MAX_PAGE))
        .all(rows.connection())
        .await?;
    let repo_ids: Vec<Uuid> = found.iter().map(|row| row.repository_id).collect();
    let user_ids: Vec<Uuid> = found.iter().filter_map(|row| row.user_id).collect();
    let repos = repository::by_ids(rows, &repo_ids).await?;
    let users = user::by_ids(rows, &user_ids).await?;
    let mut result = Vec::with_capacity(found.len());
    for push in with_updates(rows, found).await? {
        // A repository that was deleted since the first question has no activity.
        if let Some(repo) = repos.get(&push.repo.column()).cloned() {
            let user = push.user.and_then(|id| users.get(&id.column()).cloned());
            result.push(Activity { push, repo, user });
        }
    }
    Ok(result)
}

/// The pushes to a repository, the newest first.
pub async fn of_repository(rows: &impl Rows, repo: RepoId, request: PageRequest) -> Result<Page<Push>> {
    let query = push::Entity::find().filter(push::Column::RepositoryId.eq(repo.column()));
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_desc(push::Column::PushedAt)
        .order_by_desc(push::Column::Id)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    Ok(Page { items: with_updates(rows, found).await?, total })
}

/// A move of a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// What the ref pointed at before.
    pub old: Option<ObjectId>,
    /// Who pushed; nothing when they are gone or no person.
    pub by: Option<UserId>,
}

/// The latest push that brought a ref to a commit.
pub async fn moved_to(
    rows: &impl Rows,
    repo: RepoId,
    name: &RefName,
    new: &ObjectId,
) -> Result<Option<Moved>> {
    let of = push_update::Entity::belongs_to(push::Entity)
        .from(push_update::Column::PushId)
        .to(push::Column::Id)
        .into();
    let query = push_update::Entity::find()
        .select_only()
        .column(push_update::Column::OldTarget)
        .column(push::Column::UserId)
        .join(JoinType::InnerJoin, of)
        .filter(push::Column::RepositoryId.eq(repo.column()))
        .filter(push_update::Column::Name.eq(name.as_str()))
        .filter(push_update::Column::NewTarget.eq(new.as_bytes().to_vec()))
        .order_by_desc(push::Column::PushedAt)
        .into_tuple::<(Option<Vec<u8>>, Option<Uuid>)>();
    let found = query.one(rows.connection()).await?;
    let moved = |(old, by): (Option<Vec<u8>>, Option<Uuid>)| {
        Ok(Moved { old: optional_object_id(old.as_deref())?, by: by.map(UserId::of) })
    };
    found.map(moved).transpose()
}

/// The pushes before a moment, the latest first.
pub async fn lately(
    rows: &impl Rows,
    whose: Whose<'_>,
    before: OffsetDateTime,
    limit: u64,
) -> Result<Vec<Push>> {
    let query = push::Entity::find().filter(push::Column::PushedAt.lt(micros(before)));
    let query = match whose {
        Whose::Repository(repo) => query.filter(push::Column::RepositoryId.eq(repo.column())),
        Whose::Person(user, viewer) => {
            let readable = repository::readable(viewer, None);
            query
                .filter(push::Column::UserId.eq(user.column()))
                .filter(push::Column::RepositoryId.in_subquery(readable))
        }
        Whose::Owner(owner, viewer) => {
            query.filter(push::Column::RepositoryId.in_subquery(repository::readable(viewer, Some(owner))))
        }
    };
    let query = query.order_by_desc(push::Column::PushedAt).order_by_desc(push::Column::Id);
    with_updates(rows, query.limit(limit.min(MAX_PAGE)).all(rows.connection()).await?).await
}

async fn with_updates(rows: &impl Rows, pushes: Vec<push::Model>) -> Result<Vec<Push>> {
    let ids: Vec<Uuid> = pushes.iter().map(|row| row.id).collect();
    let mut updates: HashMap<Uuid, Vec<RefUpdate>> = HashMap::new();
    for ids in ids.chunks(user::CHUNK) {
        let found = push_update::Entity::find()
            .filter(push_update::Column::PushId.is_in(ids.iter().copied()))
            .order_by_asc(push_update::Column::PushId)
            .order_by_asc(push_update::Column::Position)
            .all(rows.connection())
            .await?;
        for row in found {
            updates.entry(row.push_id).or_default().push(update_from(&row)?);
        }
    }
    let push = |row: push::Model| {
        Ok(Push {
            id: PushId::of(row.id),
            repo: RepoId::of(row.repository_id),
            user: row.user_id.map(UserId::of),
            door: door(&row.door)?,
            at: time(row.pushed_at)?,
            updates: updates.remove(&row.id).unwrap_or_default(),
        })
    };
    pushes.into_iter().map(push).collect()
}

fn update_from(row: &push_update::Model) -> Result<RefUpdate> {
    Ok(RefUpdate {
        name: parsed("ref name", &row.name, RefName::new(row.name.clone()))?,
        old: optional_object_id(row.old_target.as_deref())?,
        new: optional_object_id(row.new_target.as_deref())?,
    })
}

fn door(word: &str) -> Result<Door> {
    let doors = [Door::Web, Door::Http, Door::Ssh, Door::Console];
    doors.into_iter().find(|door| door.name() == word).ok_or_else(|| corrupt("door", word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_person, add_repo, at, change, id, oid};
    use forge_core::{OwnerId, Visibility};

    fn push(repo: &Repository, user: Option<UserId>, door: Door, second: i64) -> Push {
        let updates = vec![
            change("refs/heads/z", None, Some(oid(1))).update,
            change("refs/heads/a", Some(oid(1)), None).update,
        ];
        Push { id: id(), repo: repo.id, user, door, at: at(second), updates }
    }

    #[tokio::test]
    async fn pushes_are_listed_where_they_may_be_read() {
        on_both(async |store| {
            let (alice, bob) = (add_person(&store, "alice").await, add_person(&store, "bob").await);
            let owner = OwnerId::User(alice.id);
            let open = add_repo(&store, owner, "alice/open", Visibility::Internal).await;
            let hidden = add_repo(&store, owner, "alice/hidden", Visibility::Private).await;
            let first = push(&open, Some(alice.id), Door::Ssh, 1);
            let second = push(&hidden, Some(alice.id), Door::Http, 2);
            let third = push(&open, None, Door::Console, 3);
            let tx = store.begin().await.unwrap();
            for push in [&second, &first, &third] {
                insert(&tx, push).await.unwrap();
            }
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            let page = of_repository(&rows, open.id, FIRST).await.unwrap();
            assert_eq!(page, Page { items: vec![third.clone(), first.clone()], total: 2 });
            let seen = async |user: UserId, limit| -> Vec<Push> {
                let viewer =
                    Viewer { user: Some(user), sees_everything: false, reads_public: false, now: at(0) };
                recent(&rows, &viewer, limit)
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|activity| activity.push)
                    .collect()
            };
            assert_eq!(seen(alice.id, 10).await, [third.clone(), second.clone(), first.clone()]);
            assert_eq!(seen(alice.id, 2).await, [third.clone(), second.clone()]);
            let under = async |user: UserId, owner: OwnerId| -> Vec<Push> {
                let viewer =
                    Viewer { user: Some(user), sees_everything: false, reads_public: false, now: at(0) };
                lately(&rows, Whose::Owner(owner, &viewer), at(9), 10).await.unwrap()
            };
            assert_eq!(under(alice.id, owner).await, [third.clone(), second, first.clone()]);
            assert_eq!(under(bob.id, owner).await, [third.clone(), first.clone()], "as far as he may see");
            assert_eq!(under(alice.id, OwnerId::User(bob.id)).await, []);
            assert_eq!(seen(bob.id, 10).await, [third, first.clone()]);
            let viewer =
                Viewer { user: Some(bob.id), sees_everything: false, reads_public: false, now: at(0) };
            let last = recent(&rows, &viewer, 10).await.unwrap().pop().unwrap();
            assert_eq!(last, Activity { push: first, repo: open, user: Some(alice) });
            assert_eq!(
                recent(
                    &rows,
                    &Viewer { user: None, sees_everything: false, reads_public: false, now: at(0) },
                    10
                )
                .await,
                Ok(vec![])
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_push_may_change_thousands_of_refs() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let repo = add_repo(&store, OwnerId::User(alice.id), "alice/a", Visibility::Private).await;
            let mut large = push(&repo, Some(alice.id), Door::Web, 1);
            large.updates =
                (0..1201).map(|n| change(&format!("refs/heads/{n}"), None, Some(oid(1))).update).collect();
            let tx = store.begin().await.unwrap();
            insert(&tx, &large).await.unwrap();
            assert_eq!(of_repository(&tx, repo.id, FIRST).await.unwrap().items, [large]);
            let name = crate::sample::ref_name("refs/heads/7");
            let made = Moved { old: None, by: Some(alice.id) };
            assert_eq!(moved_to(&tx, repo.id, &name, &oid(1)).await, Ok(Some(made)));
            let mut moved = push(&repo, None, Door::Ssh, 9);
            moved.updates = vec![change(name.as_str(), Some(oid(1)), Some(oid(2))).update];
            insert(&tx, &moved).await.unwrap();
            let moved = Moved { old: Some(oid(1)), by: None };
            assert_eq!(moved_to(&tx, repo.id, &name, &oid(2)).await, Ok(Some(moved)));
            assert_eq!(moved_to(&tx, repo.id, &name, &oid(3)).await, Ok(None));
        })
        .await;
    }
}
