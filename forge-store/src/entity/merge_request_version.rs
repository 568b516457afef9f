//! Versions of merge requests.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merge_request_versions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) item_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) number: i64,
    pub(crate) base: Vec<u8>,
    pub(crate) target_head: Vec<u8>,
    pub(crate) head: Vec<u8>,
    pub(crate) reason: String,
    pub(crate) patch_id: Option<Vec<u8>>,
    pub(crate) pushed_by: Option<Uuid>,
    pub(crate) pushed_by_name: String,
    pub(crate) pushed_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
