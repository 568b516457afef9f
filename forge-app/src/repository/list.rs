//! Lists of repositories and of what happened in them.

use forge_core::{Actor, OrgRole, Owner, OwnerId, OwnerName, Repository};
use forge_store::{PageRequest, owner, push, repository};
use time::OffsetDateTime;

use crate::access::{Looking, MeAccess, Read, RepoAccess, SignedIn, SiteAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::page::Page;

pub use forge_store::push::Activity;
pub use forge_store::repository::{RepoFilter, RepoSort};

use forge_store::repository::Viewer;

impl App {
    /// The repositories that somebody may see.
    pub async fn visible_repositories(
        &self,
        access: &Looking,
        filter: &RepoFilter,
        page: Page,
    ) -> Result<forge_store::Page<Repository>> {
        let reads_public = self.has_public_reading();
        let viewer = Viewer { reads_public, ..viewer(access.actor(), self.ambient().now()) };
        let rows = self.store().read().await?;
        let request = PageRequest { offset: page.offset, limit: page.limit };
        Ok(repository::visible(&rows, &viewer, filter, request).await?)
    }

    /// The forks of a repository that somebody may see.
    pub async fn forks(
        &self,
        access: &RepoAccess<Read>,
        page: Page,
    ) -> Result<forge_store::Page<Repository>> {
        let reads_public = self.has_public_reading();
        let viewer = Viewer { reads_public, ..viewer(access.actor(), self.ambient().now()) };
        let filter = RepoFilter { forks_of: Some(access.repo().id), ..RepoFilter::default() };
        let rows = self.store().read().await?;
        let request = PageRequest { offset: page.offset, limit: page.limit };
        Ok(repository::visible(&rows, &viewer, &filter, request).await?)
    }

    /// The forks of a repository that are the person's, of organisations that they are in, or given to them.
    pub(crate) async fn own_forks(&self, access: &RepoAccess<Read>, limit: u64) -> Result<Vec<Repository>> {
        let viewer = viewer(access.actor(), self.ambient().now());
        let filter =
            RepoFilter { forks_of: Some(access.repo().id), member_only: true, ..RepoFilter::default() };
        let rows = self.store().read().await?;
        let request = PageRequest { offset: 0, limit };
        Ok(repository::visible(&rows, &viewer, &filter, request).await?.items)
    }

    /// What happened lately in the repositories that somebody may see.
    pub async fn recent_activity(&self, me: &MeAccess, limit: u64) -> Result<Vec<Activity>> {
        let viewer = viewer(&Actor::Person(me.person().clone()), self.ambient().now());
        let rows = self.store().read().await?;
        Ok(push::recent(&rows, &viewer, limit).await?)
    }

    /// A person or an organisation by the first part of an address.
    pub async fn owner(&self, _access: &SignedIn, name: &OwnerName) -> Result<Owner> {
        let rows = self.store().read().await?;
        owner::by_name(&rows, name).await?.ok_or(Error::NotFound)
    }

    /// Every repository there is, for administrators.
    pub async fn every_repository(
        &self,
        _access: &SiteAccess,
        text: Option<String>,
        page: Page,
    ) -> Result<forge_store::Page<Repository>> {
        let rows = self.store().read().await?;
        let everything =
            Viewer { user: None, sees_everything: true, reads_public: true, now: self.ambient().now() };
        let filter = RepoFilter { text, ..RepoFilter::default() };
        let part = PageRequest { offset: page.offset, limit: page.limit };
        Ok(forge_store::repository::visible(&rows, &everything, &filter, part).await?)
    }

    /// The owners that the person may put a repository under: themself first, then organisations that they develop in.
    pub async fn possible_owners(&self, me: &MeAccess) -> Result<Vec<Owner>> {
        let rows = self.store().read().await?;
        let mut owners = Vec::new();
        owners.extend(owner::by_id(&rows, OwnerId::User(me.person().id)).await?);
        let found = forge_store::organisation::of_user(&rows, me.person().id).await?;
        for (org, _) in found.into_iter().filter(|(_, role)| *role >= OrgRole::Developer) {
            owners.extend(owner::by_id(&rows, OwnerId::Org(org.id)).await?);
        }
        Ok(owners)
    }
}

/// Somebody who looks at lists.
pub(crate) fn viewer(actor: &Actor, now: OffsetDateTime) -> Viewer {
    let by_browser = actor.person().is_none_or(|person| person.credential.is_browser());
    let sees_everything = actor.is_site_admin() && by_browser;
    Viewer { user: actor.person().map(|person| person.id), sees_everything, reads_public: false, now }
}
