//! How much was said about an item.

use std::collections::HashMap;

use forge_core::ItemId;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::entity::{comment, review, thread};
use crate::user::CHUNK;
use crate::value::{Column, unsigned};
use crate::{Result, Rows};

#[derive(FromQueryResult)]
struct Count {
    item_id: Uuid,
    comments: i64,
}

/// How many comments each item has. Those of reviews that were not submitted yet do not count.
pub async fn comment_counts(rows: &impl Rows, items: &[ItemId]) -> Result<HashMap<ItemId, u64>> {
    let mut found = HashMap::new();
    for items in items.chunks(CHUNK) {
        let pending = sea_orm::sea_query::Query::select()
            .column(review::Column::Id)
            .from(review::Entity)
            .and_where(review::Column::SubmittedAt.is_null())
            .to_owned();
        let seen = sea_orm::Condition::any()
            .add(comment::Column::ReviewId.is_null())
            .add(comment::Column::ReviewId.not_in_subquery(pending));
        let counts = comment::Entity::find()
            .select_only()
            .column_as(thread::Column::ItemId, "item_id")
            .column_as(comment::Column::Id.count(), "comments")
            .join(sea_orm::JoinType::InnerJoin, comment_thread())
            .filter(thread::Column::ItemId.is_in(items.iter().map(|item| item.column())))
            .filter(seen)
            .group_by(thread::Column::ItemId)
            .into_model::<Count>()
            .all(rows.connection())
            .await?;
        for count in counts {
            found.insert(ItemId::of(count.item_id), unsigned(count.comments)?);
        }
    }
    Ok(found)
}

fn comment_thread() -> sea_orm::RelationDef {
    comment::Entity::belongs_to(thread::Entity).from(comment::Column::ThreadId).to(thread::Column::Id).into()
}
