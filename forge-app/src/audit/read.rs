//! Reading the audit log: for administrators and auditors of the site, and for those who answer for an organisation.

use forge_core::{AuditEntry, OwnerId};
use forge_store::audit::{self, AuditFilter, ChainCheck, Within};
use forge_store::{PageRequest, Viewer, repository};
use serde_json::json;

use crate::access::{AuditAccess, SiteAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::Result;
use crate::page::Page;

/// Entries that are read at a time for an export.
const BATCH: u64 = 500;
/// Repositories of one organisation whose entries are found by identifier, whatever they are called by now.
const KNOWN: u64 = 100;

impl App {
    /// A page of what the reader may see of the log, the newest first.
    pub async fn audit_page(
        &self,
        access: &AuditAccess,
        filter: &AuditFilter,
        page: Page,
    ) -> Result<forge_store::Page<AuditEntry>> {
        self.write_notes().await?;
        let filter = self.within(access, filter).await?;
        let rows = self.store().read().await?;
        Ok(audit::page(&rows, PageRequest { offset: page.offset, limit: page.limit }, &filter).await?)
    }

    /// The next entries after a number, the oldest first, for an export that goes on as long as its reader may read.
    pub async fn audit_after(
        &self,
        access: &AuditAccess,
        filter: &AuditFilter,
        after: u64,
    ) -> Result<Vec<AuditEntry>> {
        let _still = self.authorize_audit_again(access).await?;
        let filter = self.within(access, filter).await?;
        let rows = self.store().read().await?;
        Ok(audit::after(&rows, after, BATCH, &filter).await?)
    }

    /// Notes that somebody takes a copy of the log, before they get any of it.
    pub async fn record_audit_export(
        &self,
        access: &AuditAccess,
        origin: &Origin,
        format: &str,
    ) -> Result<()> {
        self.write_notes().await?;
        let (id, name) = match access.organisation() {
            Some(org) => (org.id.to_string(), org.name.to_string()),
            None => (String::new(), "site".to_owned()),
        };
        let tx = self.store().begin().await?;
        let detail = json!({ "format": format });
        record(&tx, self.ambient(), access.actor(), origin, "audit.export", Subject::new(&id, &name), detail)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Computes the chain of the whole log again.
    pub async fn verify_audit(&self, _access: &SiteAccess) -> Result<ChainCheck> {
        let rows = self.store().read().await?;
        Ok(audit::verify(&rows).await?)
    }

    /// Narrows a filter to what the reader may see.
    async fn within(&self, access: &AuditAccess, filter: &AuditFilter) -> Result<AuditFilter> {
        let Some(org) = access.organisation() else { return Ok(filter.clone()) };
        let rows = self.store().read().await?;
        let everything =
            Viewer { user: None, sees_everything: true, reads_public: true, now: self.ambient().now() };
        let own = forge_store::RepoFilter {
            owner: Some(OwnerId::Org(org.id)),
            ..forge_store::RepoFilter::default()
        };
        let found =
            repository::visible(&rows, &everything, &own, PageRequest { offset: 0, limit: KNOWN }).await?;
        let mut ids: Vec<String> = found.items.iter().map(|repo| repo.id.to_string()).collect();
        ids.push(org.id.to_string());
        let within = Within { name: org.name.to_string(), since: org.created_at, ids };
        Ok(AuditFilter { within: Some(within), ..filter.clone() })
    }
}
