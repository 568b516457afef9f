//! What a merge request has beyond an item.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merge_requests")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) item_id: Uuid,
    pub(crate) target_branch: String,
    pub(crate) source_repository_id: Option<Uuid>,
    pub(crate) source_path: String,
    pub(crate) source_branch: String,
    pub(crate) is_draft: bool,
    pub(crate) version: i64,
    pub(crate) merged_at: Option<i64>,
    pub(crate) merged_by: Option<Uuid>,
    pub(crate) merge_commit: Option<Vec<u8>>,
    pub(crate) merge_method: Option<String>,
    pub(crate) auto_merge_by: Option<Uuid>,
    pub(crate) auto_merge_method: Option<String>,
    pub(crate) auto_merge_message: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
