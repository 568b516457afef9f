//! Reviews, pending and submitted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) item_id: Uuid,
    pub(crate) author_id: Option<Uuid>,
    pub(crate) author_name: String,
    pub(crate) version: i64,
    pub(crate) verdict: String,
    pub(crate) body: String,
    pub(crate) started_at: i64,
    pub(crate) submitted_at: Option<i64>,
    pub(crate) dismissed_at: Option<i64>,
    pub(crate) dismissed_by_name: Option<String>,
    pub(crate) dismissal: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
