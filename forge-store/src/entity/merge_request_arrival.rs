//! Commits that are still to be carried to where their merge request goes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merge_request_arrivals")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) push_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) item_id: Uuid,
    pub(crate) head: Vec<u8>,
    pub(crate) pushed_by_name: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
