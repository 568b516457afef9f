//! Merge requests that merge by themselves once they may.

use forge_core::{ItemId, ItemState, RefName, RepoId};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::entity::merge_request::{Column as Requests, Entity};
use crate::entity::work_item as items;
use crate::value::Column;
use crate::{Result, Rows};

/// Every open one that is armed.
pub async fn armed(rows: &impl Rows) -> Result<Vec<ItemId>> {
    ids(rows, query()).await
}

/// The open ones that are armed and go to a branch.
pub async fn armed_into(rows: &impl Rows, repo: RepoId, branch: &RefName) -> Result<Vec<ItemId>> {
    let query = query()
        .filter(items::Column::RepositoryId.eq(repo.column()))
        .filter(Requests::TargetBranch.eq(branch.as_str()));
    ids(rows, query).await
}

fn query() -> Select<Entity> {
    let item = Entity::belongs_to(items::Entity).from(Requests::ItemId).to(items::Column::Id).into();
    Entity::find()
        .select_only()
        .column(Requests::ItemId)
        .join(JoinType::InnerJoin, item)
        .filter(Requests::AutoMergeBy.is_not_null())
        .filter(items::Column::State.eq(ItemState::Open.name()))
        .order_by_asc(Requests::ItemId)
}

async fn ids(rows: &impl Rows, query: Select<Entity>) -> Result<Vec<ItemId>> {
    let found: Vec<Uuid> = query.into_tuple().all(rows.connection()).await?;
    Ok(found.into_iter().map(ItemId::of).collect())
}
