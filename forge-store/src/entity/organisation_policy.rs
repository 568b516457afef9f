//! What organisations demand of themselves and of those below.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organisation_policies")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) organisation_id: Uuid,
    pub(crate) visibility_ceiling: Option<String>,
    pub(crate) second_factor: bool,
    pub(crate) required_reviews: i64,
    pub(crate) longest_token_days: Option<i64>,
    pub(crate) widening_needs_second: bool,
    pub(crate) repository_makers: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
