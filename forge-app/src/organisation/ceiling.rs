//! Repositories that more people can see than the policies of their organisation allow now: listing and narrowing them.
//!
//! A ceiling that is lowered narrows nothing by itself, because people may be working with what they see. Its owner is shown
//! what stands above it, and narrows all of it with one act.

use forge_core::{
    Actor, ChangeState, EffectivePolicy, OrgId, Owner, OwnerId, Repository, Visibility, VisibilityChange,
};
use forge_store::{Rows, organisation, organisation_policy, repository, visibility_change};
use serde_json::json;

use crate::access::OrgAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

/// What more people can see than is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AboveCeiling {
    /// Repositories that the owner of the organisation can see anyway.
    pub known: Vec<Repository>,
    /// How many others there are, in organisations below.
    pub others: usize,
}

impl AboveCeiling {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.len() + self.others
    }
}

impl App {
    /// Refuses to move repositories out from under policies to where they would not hold: what an organisation further up demands
    /// is not got rid of by a transfer. Administrators of the site may.
    pub(crate) async fn check_leaving(
        &self,
        rows: &impl Rows,
        actor: &Actor,
        from: OwnerId,
        to: &Owner,
    ) -> Result<()> {
        if from == to.id || actor.is_site_admin() {
            return Ok(());
        }
        let widest = if self.has_public_reading() { Visibility::Public } else { Visibility::Internal };
        let (before, after) = (policy_of(rows, from).await?, policy_of(rows, to.id).await?);
        match after.looser_for_repositories(&before, widest) {
            None => Ok(()),
            Some(how) => Err(Error::invalid(
                "owner",
                format!(
                    "It is under policies that would not hold there: {} {how}. Ask an administrator of the site to move it.",
                    to.name
                ),
            )),
        }
    }

    /// The repositories of an organisation and of all below it that more people can see than its policies allow.
    pub async fn above_ceiling(&self, access: &OrgAccess) -> Result<AboveCeiling> {
        let org = access.organisation().id;
        let mut found = AboveCeiling::default();
        for (repo, _) in too_wide(&self.store().read().await?, org).await? {
            // Who owns what is above need not know what is in the organisations below.
            if repo.owner == OwnerId::Org(org) || repo.visibility >= Visibility::Internal {
                found.known.push(repo);
            } else {
                found.others += 1;
            }
        }
        Ok(found)
    }

    /// Narrows every such repository to what is allowed, and says how many there were.
    pub async fn lower_to_ceiling(&self, access: &OrgAccess, origin: &Origin) -> Result<usize> {
        let org = access.organisation();
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        let found = too_wide(&tx, org.id).await?;
        for (repo, allowed) in &found {
            let change = VisibilityChange {
                id: self.ambient().id(),
                repo: repo.id,
                from: repo.visibility,
                to: *allowed,
                reason: format!("The policies of {} allow no more.", org.display_name),
                asked_by: access.actor().person().map(|person| person.id),
                asked_at: now,
                days: None,
                ends_at: None,
                state: ChangeState::Made,
                decided_by: None,
                decided_at: Some(now),
                note: String::new(),
            };
            visibility_change::insert(&tx, &change).await?;
            repository::set_visibility(&tx, repo.id, *allowed).await?;
            self.narrow_forks(&tx, access.actor(), origin, repo.id).await?;
            let name = repo.path.to_string();
            let detail = json!({ "from": repo.visibility.name(), "to": allowed.name(), "why": "policy" });
            let subject = Subject::new(&repo.id, &name);
            let action = "repository.set_visibility";
            record(&tx, self.ambient(), access.actor(), origin, action, subject, detail).await?;
        }
        if !found.is_empty() {
            let subject = Subject::new(&org.id, org.name.as_str());
            let detail = json!({ "repositories": found.len() });
            let action = "organisation.lower_visibilities";
            record(&tx, self.ambient(), access.actor(), origin, action, subject, detail).await?;
        }
        tx.commit().await?;
        Ok(found.len())
    }
}

/// What holds for the repositories of an owner. People have no policies.
pub(crate) async fn policy_of(rows: &impl Rows, owner: OwnerId) -> Result<EffectivePolicy> {
    match owner {
        OwnerId::Org(org) => Ok(organisation_policy::effective(rows, org).await?),
        OwnerId::User(_) => Ok(EffectivePolicy::default()),
    }
}

/// Each repository that is too wide, with what it may be.
async fn too_wide(rows: &impl Rows, org: OrgId) -> Result<Vec<(Repository, Visibility)>> {
    let mut found = Vec::new();
    let mut next = vec![org];
    while let Some(id) = next.pop() {
        let allowed = organisation_policy::effective(rows, id).await?.visibility_ceiling.value;
        let all = repository::of_owner(rows, OwnerId::Org(id)).await?;
        found.extend(all.into_iter().filter(|repo| repo.visibility > allowed).map(|repo| (repo, allowed)));
        next.extend(organisation::below(rows, id).await?.into_iter().map(|below| below.id));
    }
    found.sort_by(|(one, _), (other, _)| one.path.cmp(&other.path));
    Ok(found)
}
