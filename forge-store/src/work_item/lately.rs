//! What was opened, and what was closed or merged lately: in a repository, or by a person.
//!
//! Confidential items are not in it: a timeline is for everybody who reads.

use forge_core::{OwnerId, RepoId, UserId, WorkItem};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use time::OffsetDateTime;

use super::from_row;
use crate::entity::work_item::{Column as Items, Entity};
use crate::repository::{self, Viewer};
use crate::value::{Column, micros};
use crate::{MAX_PAGE, Result, Rows};

/// Whose doings.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Everybody's in a repository, which the reader may see.
    Repository(RepoId),
    /// A person's, as far as somebody may see the repositories.
    Person(UserId, &'a Viewer),
    /// Everybody's in the repositories of an owner, as far as somebody may see them.
    Owner(OwnerId, &'a Viewer),
}

/// The items that were opened before a moment, the latest first.
pub async fn opened(
    rows: &impl Rows,
    whose: Whose<'_>,
    before: OffsetDateTime,
    limit: u64,
) -> Result<Vec<WorkItem>> {
    let query = of(whose, Items::AuthorId).filter(Items::CreatedAt.lt(micros(before)));
    let query = query.order_by_desc(Items::CreatedAt).order_by_desc(Items::Id);
    query.limit(limit.min(MAX_PAGE)).all(rows.connection()).await?.into_iter().map(from_row).collect()
}

/// The items that were closed or merged before a moment, the latest first, each with who did it.
pub async fn ended(
    rows: &impl Rows,
    whose: Whose<'_>,
    before: OffsetDateTime,
    limit: u64,
) -> Result<Vec<(WorkItem, Option<UserId>)>> {
    let query = of(whose, Items::ClosedBy).filter(Items::ClosedAt.lt(micros(before)));
    let query = query.order_by_desc(Items::ClosedAt).order_by_desc(Items::Id);
    let found = query.limit(limit.min(MAX_PAGE)).all(rows.connection()).await?;
    let with_person = |row: crate::entity::work_item::Model| {
        let by = row.closed_by.map(UserId::of);
        Ok((from_row(row)?, by))
    };
    found.into_iter().map(with_person).collect()
}

fn of(whose: Whose<'_>, doer: Items) -> Select<Entity> {
    let query = Entity::find().filter(Items::IsConfidential.eq(false));
    match whose {
        Whose::Repository(repo) => query.filter(Items::RepositoryId.eq(repo.column())),
        Whose::Person(user, viewer) => {
            let readable = repository::readable(viewer, None);
            query.filter(doer.eq(user.column())).filter(Items::RepositoryId.in_subquery(readable))
        }
        Whose::Owner(owner, viewer) => {
            query.filter(Items::RepositoryId.in_subquery(repository::readable(viewer, Some(owner))))
        }
    }
}

#[cfg(test)]
mod tests {
    use forge_core::{ItemKind, ItemState, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_person, add_repo, at, item};
    use crate::work_item;

    #[tokio::test]
    async fn under_an_owner_everybody_finds_what_they_may_see() {
        on_both(async |store| {
            let (ann, bob) = (add_person(&store, "ann").await, add_person(&store, "bob").await);
            let owner = OwnerId::User(ann.id);
            let open = add_repo(&store, owner, "ann/open", Visibility::Internal).await.id;
            let shut = add_repo(&store, owner, "ann/shut", Visibility::Private).await.id;
            let own = add_repo(&store, OwnerId::User(bob.id), "bob/own", Visibility::Private).await.id;
            let tx = store.begin().await.unwrap();
            let made = [item(open, 1, ItemKind::Ticket, &ann), item(shut, 1, ItemKind::Ticket, &ann)];
            let other = item(own, 1, ItemKind::Ticket, &bob);
            let secret = item(open, 2, ItemKind::Ticket, &ann);
            for one in made.iter().chain([&other, &secret]) {
                work_item::insert(&tx, one).await.unwrap();
            }
            work_item::set_confidential(&tx, secret.id, true, at(2)).await.unwrap();
            let change = (ItemState::Open, ItemState::Closed);
            work_item::set_state(&tx, made[0].id, change, Some(bob.id), at(3)).await.unwrap();
            tx.commit().await.unwrap();
            let rows = store.read().await.unwrap();
            for (who, expected) in [(ann.id, vec![made[0].id, made[1].id]), (bob.id, vec![made[0].id])] {
                let viewer =
                    Viewer { user: Some(who), sees_everything: false, reads_public: false, now: at(0) };
                let whose = Whose::Owner(owner, &viewer);
                let later = OffsetDateTime::UNIX_EPOCH + time::Duration::days(100_000);
                let mut found: Vec<_> =
                    opened(&rows, whose, later, 10).await.unwrap().into_iter().map(|item| item.id).collect();
                found.sort_unstable();
                let mut expected = expected;
                expected.sort_unstable();
                assert_eq!(found, expected);
                let closed = ended(&rows, whose, later, 10).await.unwrap();
                let closed: Vec<_> = closed.into_iter().map(|(item, by)| (item.id, by)).collect();
                assert_eq!(closed, [(made[0].id, Some(bob.id))]);
            }
        })
        .await;
    }
}
