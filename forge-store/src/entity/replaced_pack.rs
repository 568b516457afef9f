//! Packs whose objects are in others by now.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "replaced_packs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) repository_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) checksum: Vec<u8>,
    pub(crate) byte_count: i64,
    pub(crate) object_count: i64,
    pub(crate) replaced_at: i64,
    pub(crate) dropped: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
