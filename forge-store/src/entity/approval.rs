//! Approvals, each of one exact head.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) user_name: String,
    pub(crate) version: i64,
    pub(crate) head: Vec<u8>,
    pub(crate) target_branch: String,
    pub(crate) patch_id: Option<Vec<u8>>,
    pub(crate) status: String,
    pub(crate) carried_from: Option<i64>,
    pub(crate) reason: String,
    pub(crate) at: i64,
    pub(crate) ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
