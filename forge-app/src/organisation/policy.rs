//! What an organisation demands, and what holds in it by those above.

use forge_core::organisation_policy::{MAX_REVIEWS, MAX_TOKEN_DAYS};
use forge_core::{EffectivePolicy, OrgId, OrgName, OrgPolicy, OrgRole, Organisation, UserId};
use forge_store::{Rows, organisation, organisation_policy};
use serde_json::json;

use crate::access::{OrgAccess, SignedIn};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// What an organisation itself says, what holds in it, and the line above it.
#[derive(Debug, Clone)]
pub struct PolicyOverview {
    /// What it says.
    pub own: OrgPolicy,
    /// What holds.
    pub effective: EffectivePolicy,
    /// The organisation and all above it, the highest first.
    pub line: Vec<Organisation>,
}

impl PolicyOverview {
    /// The name in words of an organisation of the line.
    pub fn name_of(&self, org: OrgId) -> Option<&str> {
        self.line.iter().find(|found| found.id == org).map(|found| found.display_name.as_str())
    }
}

impl App {
    /// The policies of an organisation. They are no secret among those signed in.
    pub async fn policy_overview(&self, _access: &SignedIn, of: &Organisation) -> Result<PolicyOverview> {
        let rows = self.store().read().await?;
        Ok(PolicyOverview {
            own: organisation_policy::own(&rows, of.id).await?,
            effective: organisation_policy::effective(&rows, of.id).await?,
            line: organisation::line(&rows, of.id).await?,
        })
    }

    /// What holds in an organisation: the strictest of its own policies and of all above it.
    pub async fn effective_policy(&self, org: OrgId) -> Result<EffectivePolicy> {
        Ok(organisation_policy::effective(&self.store().read().await?, org).await?)
    }

    /// What holds for a person: the strictest of all organisations that they are in.
    pub async fn policy_of_person(&self, user: UserId) -> Result<EffectivePolicy> {
        Ok(organisation_policy::of_person(&self.store().read().await?, user).await?)
    }

    /// Says what an organisation demands of itself and of those below.
    pub async fn set_policy(&self, access: &OrgAccess, origin: &Origin, policy: &OrgPolicy) -> Result<()> {
        if policy.required_reviews > MAX_REVIEWS {
            return Err(Error::invalid(
                "required_reviews",
                format!("Enter a number from 0 to {MAX_REVIEWS}."),
            ));
        }
        if policy.longest_token_days.is_some_and(|days| !(1..=MAX_TOKEN_DAYS).contains(&days)) {
            return Err(Error::invalid(
                "longest_token_days",
                format!("Enter a number of days from 1 to {MAX_TOKEN_DAYS}, or leave it empty."),
            ));
        }
        let org = access.organisation();
        let tx = self.store().begin().await?;
        let before = organisation_policy::own(&tx, org.id).await?;
        organisation_policy::set(&tx, org.id, policy).await?;
        let words = |policy: &OrgPolicy| {
            json!({
                "visibility_ceiling": policy.visibility_ceiling.map(forge_core::Visibility::name),
                "second_factor": policy.second_factor,
                "required_reviews": policy.required_reviews,
                "longest_token_days": policy.longest_token_days,
                "widening_needs_second": policy.widening_needs_second,
                "repository_makers": policy.repository_makers.map(OrgRole::name),
            })
        };
        let detail = json!({ "from": words(&before), "to": words(policy) });
        let subject = Subject::new(&org.id, org.name.as_str());
        record(&tx, self.ambient(), access.actor(), origin, "organisation.set_policy", subject, detail)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Puts an organisation below another, or below none. Whoever does so owns the organisation, and the one above
    /// before and after: neither can policies be put on others unasked, nor can anybody slip out of them.
    pub async fn set_parent(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        parent: Option<&OrgName>,
    ) -> Result<()> {
        let org = access.organisation();
        let rows = self.store().read().await?;
        let before = match org.parent {
            Some(id) => organisation::by_id(&rows, id).await?,
            None => None,
        };
        let after = match parent {
            Some(name) => Some(self.owned_above(&rows, access, name).await?),
            None => None,
        };
        if let Some(before) =
            before.as_ref().filter(|before| Some(before.id) != after.as_ref().map(|org| org.id))
        {
            let _ = self.owned_above(&rows, access, &before.name).await?;
        }
        let changed = Organisation { parent: after.as_ref().map(|org| org.id), ..org.clone() };
        let tx = self.store().begin().await?;
        organisation::update(&tx, &changed).await?;
        self.check_lines(&tx, &changed).await?;
        let name = |org: Option<Organisation>| org.map(|org| org.name.to_string());
        let detail = json!({ "from": name(before), "to": name(after) });
        let subject = Subject::new(&org.id, org.name.as_str());
        record(&tx, self.ambient(), access.actor(), origin, "organisation.set_parent", subject, detail)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn owned_above(
        &self,
        rows: &impl Rows,
        access: &OrgAccess,
        name: &OrgName,
    ) -> Result<Organisation> {
        let found = organisation::by_name(rows, name)
            .await?
            .ok_or_else(|| Error::invalid("parent", "There is no organisation of this name."))?;
        match self.authorize_org(access.actor(), name).await {
            Ok(_) => Ok(found),
            Err(Error::Forbidden(_)) => Err(Error::invalid(
                "parent",
                format!(
                    "Only somebody who owns {} too can do this. Ask one of its owners.",
                    found.display_name
                ),
            )),
            Err(error) => Err(error),
        }
    }

    /// No organisation stands too deep or in a circle, neither this nor any below it.
    async fn check_lines(&self, rows: &impl Rows, org: &Organisation) -> Result<()> {
        let mut next = vec![org.id];
        while let Some(id) = next.pop() {
            organisation::line(rows, id).await.map_err(|error| match error {
                forge_store::Error::Conflict(_) => Error::invalid(
                    "parent",
                    format!(
                        "An organisation cannot be below itself, and at most {} stand in one another.",
                        forge_core::organisation_policy::MAX_ORG_DEPTH
                    ),
                ),
                other => other.into(),
            })?;
            next.extend(organisation::below(rows, id).await?.into_iter().map(|below| below.id));
        }
        Ok(())
    }
}
