//! Threads of comments, with the place that each is about.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "threads")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) version: Option<i64>,
    pub(crate) side: Option<String>,
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) start_line: Option<i64>,
    pub(crate) end_line: Option<i64>,
    pub(crate) point_x: Option<i64>,
    pub(crate) point_y: Option<i64>,
    pub(crate) blob: Option<Vec<u8>>,
    pub(crate) excerpt: String,
    pub(crate) is_resolvable: bool,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) resolved_by: Option<Uuid>,
    pub(crate) resolved_by_name: Option<String>,
    pub(crate) created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
