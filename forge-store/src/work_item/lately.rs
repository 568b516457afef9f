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
