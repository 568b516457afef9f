//! What people were told of, and what they want to be told.

use forge_core::notification::{MailChoice, Notification, Reason, Watch};
use forge_core::{ItemId, RepoId, UserId, WorkItem};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::entity::notification::{ActiveModel, Column as Notifications, Entity, Model};
use crate::entity::{item_assignee, notification_setting, watch, work_item as items};
use crate::repository::{self, Viewer};
use crate::value::{Column, micros, optional_time, parsed, time};
use crate::{Page, PageRequest, Result, Rows, Tx};

/// Tells somebody of what happened to an item at a moment, and says whether they had not been told of it yet.
pub async fn tell(tx: &Tx, new: &Notification) -> Result<bool> {
    let key = (new.user.column(), new.item.column());
    let known = Entity::find_by_id(key).one(&tx.inner).await?;
    if known.is_some_and(|row| row.at >= micros(new.at)) {
        return Ok(false);
    }
    let row = ActiveModel {
        user_id: Set(new.user.column()),
        item_id: Set(new.item.column()),
        reason: Set(new.reason.name().to_owned()),
        at: Set(micros(new.at)),
        read_at: Set(new.read_at.map(micros)),
    };
    let again = OnConflict::columns([Notifications::UserId, Notifications::ItemId])
        .update_columns([Notifications::Reason, Notifications::At, Notifications::ReadAt])
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(true)
}

/// What somebody was told of in repositories that the viewer, who is that person, may read; the latest first.
pub async fn list(
    rows: &impl Rows,
    viewer: &Viewer,
    unread_only: bool,
    request: PageRequest,
) -> Result<Page<(Notification, WorkItem)>> {
    let Some(user) = viewer.user else { return Ok(Page { items: Vec::new(), total: 0 }) };
    let mut query = Entity::find()
        .filter(Notifications::UserId.eq(user.column()))
        .filter(Notifications::ItemId.in_subquery(readable(viewer, user)));
    if unread_only {
        query = query.filter(Notifications::ReadAt.is_null());
    }
    let total = query.clone().count(rows.connection()).await?;
    let found = query
        .order_by_desc(Notifications::At)
        .offset(request.offset)
        .limit(request.bounded())
        .all(rows.connection())
        .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.item_id).collect();
    let about = items::Entity::find().filter(items::Column::Id.is_in(ids)).all(rows.connection()).await?;
    let mut listed = Vec::with_capacity(found.len());
    for row in found {
        if let Some(item) = about.iter().find(|item| item.id == row.item_id) {
            listed.push((from_row(&row)?, crate::work_item::from_row(item.clone())?));
        }
    }
    Ok(Page { items: listed, total })
}

/// Of how many items somebody was told since they last looked, as far as they may still see them.
pub async fn count_unread(rows: &impl Rows, viewer: &Viewer) -> Result<u64> {
    let Some(user) = viewer.user else { return Ok(0) };
    let query = Entity::find()
        .filter(Notifications::UserId.eq(user.column()))
        .filter(Notifications::ReadAt.is_null())
        .filter(Notifications::ItemId.in_subquery(readable(viewer, user)));
    Ok(query.count(rows.connection()).await?)
}

/// Items of repositories that somebody may read. Confidential ones are among them for their author, for those that they
/// were given to, and for those who were told of them while they might push: the house looks again before it shows one.
fn readable(viewer: &Viewer, user: UserId) -> SelectStatement {
    let repos = repository::readable(viewer, None);
    Query::select()
        .column((items::Entity, items::Column::Id))
        .from(items::Entity)
        .and_where(Expr::col((items::Entity, items::Column::RepositoryId)).in_subquery(repos))
        .and_where(Expr::col((items::Entity, items::Column::Id)).in_subquery(told(user)))
        .to_owned()
}

fn told(user: UserId) -> SelectStatement {
    Query::select()
        .column((Entity, Notifications::ItemId))
        .from(Entity)
        .and_where(Expr::col((Entity, Notifications::UserId)).eq(user.column()))
        .to_owned()
}

/// The unread confidential items of somebody who neither opened them nor works on them.
pub async fn unread_confidential(rows: &impl Rows, user: UserId) -> Result<Vec<WorkItem>> {
    let mine = Query::select()
        .column(item_assignee::Column::ItemId)
        .from(item_assignee::Entity)
        .and_where(item_assignee::Column::UserId.eq(user.column()))
        .to_owned();
    let unread = Query::select()
        .column(Notifications::ItemId)
        .from(Entity)
        .and_where(Notifications::UserId.eq(user.column()))
        .and_where(Notifications::ReadAt.is_null())
        .to_owned();
    let not_theirs = Condition::any()
        .add(items::Column::AuthorId.is_null())
        .add(items::Column::AuthorId.ne(user.column()));
    let found = items::Entity::find()
        .filter(items::Column::IsConfidential.eq(true))
        .filter(not_theirs)
        .filter(items::Column::Id.in_subquery(unread))
        .filter(items::Column::Id.not_in_subquery(mine))
        .limit(crate::MAX_PAGE)
        .all(rows.connection())
        .await?;
    found.into_iter().map(crate::work_item::from_row).collect()
}

/// Notes that somebody has looked at an item.
pub async fn mark_read(tx: &Tx, user: UserId, item: ItemId, now: OffsetDateTime) -> Result<()> {
    set_read(tx, user, Some(item), now).await
}

/// Notes that somebody knows of everything.
pub async fn mark_all_read(tx: &Tx, user: UserId, now: OffsetDateTime) -> Result<()> {
    set_read(tx, user, None, now).await
}

async fn set_read(tx: &Tx, user: UserId, item: Option<ItemId>, now: OffsetDateTime) -> Result<()> {
    let mut update = Query::update()
        .table(Entity)
        .value(Notifications::ReadAt, micros(now))
        .and_where(Notifications::UserId.eq(user.column()))
        .and_where(Notifications::ReadAt.is_null())
        .to_owned();
    if let Some(item) = item {
        update.and_where(Notifications::ItemId.eq(item.column()));
    }
    tx.inner.execute(&update).await?;
    Ok(())
}

/// Whether somebody has unread news of an item.
pub async fn is_unread(rows: &impl Rows, user: UserId, item: ItemId) -> Result<bool> {
    let found = Entity::find_by_id((user.column(), item.column())).one(rows.connection()).await?;
    Ok(found.is_some_and(|row| row.read_at.is_none()))
}

/// Takes a notification back.
pub async fn forget(tx: &Tx, user: UserId, item: ItemId) -> Result<()> {
    Entity::delete_by_id((user.column(), item.column())).exec(&tx.inner).await?;
    Ok(())
}

/// What somebody was told of after a moment, unread, the oldest first, for a mail about a whole day.
pub async fn unread_since(
    rows: &impl Rows,
    user: UserId,
    since: OffsetDateTime,
    limit: u64,
) -> Result<Vec<(Notification, WorkItem)>> {
    let found = Entity::find()
        .filter(Notifications::UserId.eq(user.column()))
        .filter(Notifications::ReadAt.is_null())
        .filter(Notifications::At.gt(micros(since)))
        .order_by_asc(Notifications::At)
        .limit(limit)
        .all(rows.connection())
        .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.item_id).collect();
    let about = items::Entity::find().filter(items::Column::Id.is_in(ids)).all(rows.connection()).await?;
    let mut listed = Vec::with_capacity(found.len());
    for row in found {
        if let Some(item) = about.iter().find(|item| item.id == row.item_id) {
            listed.push((from_row(&row)?, crate::work_item::from_row(item.clone())?));
        }
    }
    Ok(listed)
}

/// What somebody wants by mail.
pub async fn mail_choice(rows: &impl Rows, user: UserId) -> Result<MailChoice> {
    let found = notification_setting::Entity::find_by_id(user.column()).one(rows.connection()).await?;
    found.map_or(Ok(MailChoice::default()), |row| parsed("choice", &row.mail, row.mail.parse()))
}

/// Changes what somebody wants by mail. A digest begins with what comes from now on.
pub async fn set_mail_choice(tx: &Tx, user: UserId, choice: MailChoice, now: OffsetDateTime) -> Result<()> {
    use notification_setting::{ActiveModel, Column as Settings, Entity};
    let row = ActiveModel {
        user_id: Set(user.column()),
        mail: Set(choice.name().to_owned()),
        digest_at: Set(micros(now)),
    };
    let again =
        OnConflict::column(Settings::UserId).update_columns([Settings::Mail, Settings::DigestAt]).to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Who wants a digest and had none since a moment.
pub async fn digests_due(rows: &impl Rows, before: OffsetDateTime) -> Result<Vec<UserId>> {
    use notification_setting::{Column as Settings, Entity};
    let found = Entity::find()
        .filter(Settings::Mail.eq(MailChoice::Digest.name()))
        .filter(Settings::DigestAt.lte(micros(before)))
        .limit(crate::MAX_PAGE)
        .all(rows.connection())
        .await?;
    Ok(found.into_iter().map(|row| UserId::of(row.user_id)).collect())
}

/// Since when somebody's next digest tells; nothing if they want none.
pub async fn digest_since(rows: &impl Rows, user: UserId) -> Result<Option<OffsetDateTime>> {
    let found = notification_setting::Entity::find_by_id(user.column()).one(rows.connection()).await?;
    let wanted = found.filter(|row| row.mail == MailChoice::Digest.name());
    wanted.map(|row| time(row.digest_at)).transpose()
}

/// Of what in a repository somebody is told.
pub async fn watch(rows: &impl Rows, user: UserId, repo: RepoId) -> Result<Watch> {
    let found = watch::Entity::find_by_id((user.column(), repo.column())).one(rows.connection()).await?;
    found.map_or(Ok(Watch::default()), |row| parsed("level", &row.level, row.level.parse()))
}

/// Changes of what in a repository somebody is told.
pub async fn set_watch(tx: &Tx, user: UserId, repo: RepoId, level: Watch) -> Result<()> {
    use watch::{ActiveModel, Column as Watches, Entity};
    let row = ActiveModel {
        user_id: Set(user.column()),
        repository_id: Set(repo.column()),
        level: Set(level.name().to_owned()),
    };
    let again = OnConflict::columns([Watches::UserId, Watches::RepositoryId])
        .update_column(Watches::Level)
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// Everybody who chose something for a repository.
pub async fn watches(rows: &impl Rows, repo: RepoId) -> Result<Vec<(UserId, Watch)>> {
    let found = watch::Entity::find()
        .filter(watch::Column::RepositoryId.eq(repo.column()))
        .all(rows.connection())
        .await?;
    let one =
        |row: watch::Model| Ok((UserId::of(row.user_id), parsed("level", &row.level, row.level.parse())?));
    found.into_iter().map(one).collect()
}

fn from_row(row: &Model) -> Result<Notification> {
    let reason: std::result::Result<Reason, _> = row.reason.parse();
    Ok(Notification {
        user: UserId::of(row.user_id),
        item: ItemId::of(row.item_id),
        reason: parsed("reason", &row.reason, reason)?,
        at: time(row.at)?,
        read_at: optional_time(row.read_at)?,
    })
}

#[cfg(test)]
mod tests {
    use forge_core::{ItemKind, OwnerId, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{FIRST, add_person, add_repo, at, item};
    use crate::work_item;

    fn news(user: UserId, item: ItemId, seconds: i64) -> Notification {
        Notification { user, item, reason: Reason::Author, at: at(seconds), read_at: None }
    }

    #[tokio::test]
    async fn people_are_told_once_of_each_act_and_see_only_what_they_may_read() {
        on_both(async |store| {
            let (ann, bob) = (add_person(&store, "ann").await, add_person(&store, "bob").await);
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let first = item(repo, 1, ItemKind::Ticket, &ann);
            let tx = store.begin().await.unwrap();
            work_item::insert(&tx, &first).await.unwrap();
            assert_eq!(tell(&tx, &news(ann.id, first.id, 5)).await, Ok(true));
            assert_eq!(tell(&tx, &news(ann.id, first.id, 5)).await, Ok(false), "the same act again");
            assert_eq!(tell(&tx, &news(bob.id, first.id, 5)).await, Ok(true));
            let viewer =
                |user| Viewer { user: Some(user), sees_everything: false, reads_public: false, now: at(9) };
            assert_eq!(count_unread(&tx, &viewer(ann.id)).await, Ok(1));
            assert_eq!(count_unread(&tx, &viewer(bob.id)).await, Ok(0), "the repository is not for him");
            assert_eq!(list(&tx, &viewer(bob.id), false, FIRST).await.unwrap().total, 0);
            let listed = list(&tx, &viewer(ann.id), true, FIRST).await.unwrap();
            assert_eq!(listed.items, vec![(news(ann.id, first.id, 5), first.clone())]);
            mark_read(&tx, ann.id, first.id, at(6)).await.unwrap();
            assert_eq!(is_unread(&tx, ann.id, first.id).await, Ok(false));
            assert_eq!(list(&tx, &viewer(ann.id), true, FIRST).await.unwrap().total, 0);
            assert_eq!(list(&tx, &viewer(ann.id), false, FIRST).await.unwrap().total, 1);
            assert_eq!(tell(&tx, &news(ann.id, first.id, 7)).await, Ok(true));
            assert_eq!(count_unread(&tx, &viewer(ann.id)).await, Ok(1), "something new happened");
            assert_eq!(unread_since(&tx, ann.id, at(7), 10).await, Ok(vec![]));
            assert_eq!(unread_since(&tx, ann.id, at(6), 10).await.unwrap().len(), 1);
            mark_all_read(&tx, ann.id, at(8)).await.unwrap();
            assert_eq!(count_unread(&tx, &viewer(ann.id)).await, Ok(0));
        })
        .await;
    }

    #[tokio::test]
    async fn confidential_news_of_others_is_named_so_that_the_house_can_look_again() {
        on_both(async |store| {
            let (ann, bob) = (add_person(&store, "ann").await, add_person(&store, "bob").await);
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Internal).await.id;
            let secret = WorkItem { is_confidential: true, ..item(repo, 1, ItemKind::Ticket, &ann) };
            let tx = store.begin().await.unwrap();
            work_item::insert(&tx, &secret).await.unwrap();
            for user in [ann.id, bob.id] {
                tell(&tx, &news(user, secret.id, 5)).await.unwrap();
            }
            assert_eq!(unread_confidential(&tx, ann.id).await, Ok(vec![]), "her own");
            assert_eq!(unread_confidential(&tx, bob.id).await.unwrap().len(), 1);
            work_item::assign(&tx, secret.id, bob.id, at(6)).await.unwrap();
            assert_eq!(unread_confidential(&tx, bob.id).await, Ok(vec![]));
            forget(&tx, bob.id, secret.id).await.unwrap();
            assert_eq!(is_unread(&tx, bob.id, secret.id).await, Ok(false));
        })
        .await;
    }

    #[tokio::test]
    async fn choices_are_kept() {
        on_both(async |store| {
            let ann = add_person(&store, "ann").await;
            let repo = add_repo(&store, OwnerId::User(ann.id), "ann/beds", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            assert_eq!(mail_choice(&tx, ann.id).await, Ok(MailChoice::All));
            set_mail_choice(&tx, ann.id, MailChoice::Digest, at(5)).await.unwrap();
            assert_eq!(mail_choice(&tx, ann.id).await, Ok(MailChoice::Digest));
            assert_eq!(digests_due(&tx, at(4)).await, Ok(vec![]));
            assert_eq!(digests_due(&tx, at(5)).await, Ok(vec![ann.id]));
            assert_eq!(digest_since(&tx, ann.id).await, Ok(Some(at(5))));
            set_mail_choice(&tx, ann.id, MailChoice::None, at(9)).await.unwrap();
            assert_eq!(digest_since(&tx, ann.id).await, Ok(None));
            assert_eq!(watch(&tx, ann.id, repo).await, Ok(Watch::Participating));
            set_watch(&tx, ann.id, repo, Watch::All).await.unwrap();
            set_watch(&tx, ann.id, repo, Watch::None).await.unwrap();
            assert_eq!(watches(&tx, repo).await, Ok(vec![(ann.id, Watch::None)]));
        })
        .await;
    }
}
