//! Packs.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "packs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) repository_id: Uuid,
    pub(crate) checksum: Vec<u8>,
    pub(crate) byte_count: i64,
    pub(crate) object_count: i64,
    pub(crate) created_at: i64,
    pub(crate) role: String,
    pub(crate) verified_at: Option<i64>,
    pub(crate) damage: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
