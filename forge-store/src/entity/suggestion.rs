//! Suggested replacements of lines.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suggestions")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) comment_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) position: i64,
    pub(crate) start_line: i64,
    pub(crate) end_line: i64,
    pub(crate) original: String,
    pub(crate) replacement: String,
    pub(crate) applied_commit: Option<Vec<u8>>,
    pub(crate) applied_at: Option<i64>,
    pub(crate) applied_by: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
