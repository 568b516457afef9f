//! Comments.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comments")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) thread_id: Uuid,
    pub(crate) review_id: Option<Uuid>,
    pub(crate) author_id: Option<Uuid>,
    pub(crate) author_name: String,
    pub(crate) body: String,
    pub(crate) resolves: Option<bool>,
    pub(crate) created_at: i64,
    pub(crate) edited_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
