//! What organisations demand of themselves and of those below.

use forge_core::organisation_policy::strictest;
use forge_core::{EffectivePolicy, OrgId, OrgPolicy, UserId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait, Iterable};

use crate::entity::organisation_policy::{self, Column as Columns, Entity};
use crate::value::{Column, corrupt, parsed};
use crate::{Result, Rows, Tx, organisation};

/// What an organisation itself says.
pub async fn own(rows: &impl Rows, org: OrgId) -> Result<OrgPolicy> {
    let found = Entity::find_by_id(org.column()).one(rows.connection()).await?;
    found.as_ref().map(from_row).transpose().map(Option::unwrap_or_default)
}

/// Says what an organisation demands.
pub async fn set(tx: &Tx, org: OrgId, policy: &OrgPolicy) -> Result<()> {
    let row = organisation_policy::ActiveModel {
        organisation_id: Set(org.column()),
        visibility_ceiling: Set(policy.visibility_ceiling.map(|ceiling| ceiling.name().to_owned())),
        second_factor: Set(policy.second_factor),
        required_reviews: Set(i64::from(policy.required_reviews)),
        longest_token_days: Set(policy.longest_token_days.map(i64::from)),
        widening_needs_second: Set(policy.widening_needs_second),
        repository_makers: Set(policy.repository_makers.map(|role| role.name().to_owned())),
    };
    let again = OnConflict::column(Columns::OrganisationId)
        .update_columns(Columns::iter().filter(|column| !matches!(column, Columns::OrganisationId)))
        .to_owned();
    Entity::insert(row).on_conflict(again).exec_without_returning(&tx.inner).await?;
    Ok(())
}

/// What holds in an organisation: the strictest of its own and of all above it.
pub async fn effective(rows: &impl Rows, org: OrgId) -> Result<EffectivePolicy> {
    Ok(strictest(line(rows, org).await?))
}

/// What holds for a person: the strictest of all organisations that they are in.
pub async fn of_person(rows: &impl Rows, user: UserId) -> Result<EffectivePolicy> {
    // Asked whenever somebody comes in: where nobody demands anything, one question answers it.
    if Entity::find().one(rows.connection()).await?.is_none() {
        return Ok(EffectivePolicy::default());
    }
    let mut policies = Vec::new();
    for (org, _) in organisation::of_user(rows, user).await? {
        policies.extend(line(rows, org.id).await?);
    }
    Ok(strictest(policies))
}

async fn line(rows: &impl Rows, org: OrgId) -> Result<Vec<(OrgId, OrgPolicy)>> {
    let mut policies = Vec::new();
    for org in organisation::line(rows, org).await? {
        policies.push((org.id, own(rows, org.id).await?));
    }
    Ok(policies)
}

fn from_row(row: &organisation_policy::Model) -> Result<OrgPolicy> {
    let ceiling = row.visibility_ceiling.as_deref();
    let makers = row.repository_makers.as_deref();
    Ok(OrgPolicy {
        visibility_ceiling: ceiling.map(|text| parsed("visibility", text, text.parse())).transpose()?,
        second_factor: row.second_factor,
        required_reviews: number(row.required_reviews)?,
        longest_token_days: row.longest_token_days.map(number).transpose()?,
        widening_needs_second: row.widening_needs_second,
        repository_makers: makers.map(|text| parsed("role", text, text.parse())).transpose()?,
    })
}

fn number<T: TryFrom<i64>>(held: i64) -> Result<T> {
    T::try_from(held).map_err(|_| corrupt("count", &held.to_string()))
}

#[cfg(test)]
mod tests {
    use forge_core::{OrgRole, Visibility};

    use super::*;
    use crate::harness::on_both;
    use crate::sample::{add_org, add_person, member};

    #[tokio::test]
    async fn what_is_said_above_holds_below() {
        on_both(async |store| {
            let alice = add_person(&store, "alice").await;
            let region = add_org(&store, "region", &[]).await;
            let mut trust = add_org(&store, "trust", &[]).await;
            let other = add_org(&store, "other", &[]).await;
            trust.parent = Some(region.id);
            let strict = OrgPolicy {
                visibility_ceiling: Some(Visibility::Organisation),
                second_factor: true,
                required_reviews: 2,
                longest_token_days: Some(30),
                widening_needs_second: true,
                repository_makers: Some(OrgRole::Maintainer),
            };
            let tx = store.begin().await.unwrap();
            organisation::update(&tx, &trust).await.unwrap();
            assert_eq!(own(&tx, region.id).await, Ok(OrgPolicy::default()));
            set(&tx, region.id, &OrgPolicy { required_reviews: 1, ..OrgPolicy::default() }).await.unwrap();
            set(&tx, region.id, &strict).await.unwrap();
            assert_eq!(own(&tx, region.id).await, Ok(strict), "the second replaces the first");
            let found = effective(&tx, trust.id).await.unwrap();
            assert_eq!(found, strictest([(region.id, strict)]));
            assert_eq!(effective(&tx, other.id).await, Ok(EffectivePolicy::default()));
            assert_eq!(of_person(&tx, alice.id).await, Ok(EffectivePolicy::default()));
            for org in [trust.id, other.id] {
                organisation::set_member(&tx, &member(org, alice.id, OrgRole::Reader)).await.unwrap();
            }
            assert_eq!(of_person(&tx, alice.id).await, Ok(found));
        })
        .await;
    }
}
