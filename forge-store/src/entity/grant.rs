//! Permissions in one repository for one person or team.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) repository_id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) team_id: Option<Uuid>,
    pub(crate) permission: String,
    pub(crate) granted_at: i64,
    pub(crate) granted_by: Option<Uuid>,
    pub(crate) expires_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
