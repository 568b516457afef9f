//! Rules for branches and tags.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column")]
#[sea_orm(table_name = "ref_rules")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: Uuid,
    pub(crate) repository_id: Uuid,
    pub(crate) kind: String,
    pub(crate) pattern: String,
    pub(crate) push: String,
    pub(crate) force_push: String,
    pub(crate) deletion: String,
    pub(crate) merge: String,
    pub(crate) signed: bool,
    pub(crate) linear: bool,
    pub(crate) approvals: i64,
    pub(crate) owners_approval: bool,
    pub(crate) approvals_lapse: bool,
    pub(crate) threads_resolved: bool,
    pub(crate) statuses: String,
    pub(crate) up_to_date: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
