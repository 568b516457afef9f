//! Merge requests that merge by themselves once they may.

use forge_core::{ItemId, ItemState, RefName, RepoId};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::entity::merge_request::{Column as Requests, Entity};
use crate::entity::work_item as items;
use crate::value::{Column, parsed};
use crate::{Result, Rows};

/// Every open one that is armed.
pub async fn armed(rows: &impl Rows) -> Result<Vec<ItemId>> {
    Ok(found(rows, query()).await?.into_iter().map(|(item, _)| item).collect())
}

/// The open ones of a repository that are armed, with the branch that each goes to.
pub async fn armed_in(rows: &impl Rows, repo: RepoId) -> Result<Vec<(ItemId, RefName)>> {
    found(rows, query().filter(items::Column::RepositoryId.eq(repo.column()))).await
}

fn query() -> Select<Entity> {
    let item = Entity::belongs_to(items::Entity).from(Requests::ItemId).to(items::Column::Id).into();
    Entity::find()
        .select_only()
        .column(Requests::ItemId)
        .column(Requests::TargetBranch)
        .join(JoinType::InnerJoin, item)
        .filter(Requests::AutoMergeBy.is_not_null())
        .filter(items::Column::State.eq(ItemState::Open.name()))
        .order_by_asc(Requests::ItemId)
}

async fn found(rows: &impl Rows, query: Select<Entity>) -> Result<Vec<(ItemId, RefName)>> {
    let found: Vec<(Uuid, String)> = query.into_tuple().all(rows.connection()).await?;
    let one = |(item, branch): (Uuid, String)| {
        Ok((ItemId::of(item), parsed("branch", &branch, RefName::new(branch.clone()))?))
    };
    found.into_iter().map(one).collect()
}
