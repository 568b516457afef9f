//! What administrators see of background work, and do about it.

use forge_core::JobId;
use forge_store::{PageRequest, job};
use serde_json::json;
use time::OffsetDateTime;

use crate::access::SiteAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::page::Page;

/// Background work at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOverview {
    /// Jobs that wait or run.
    pub waiting: u64,
    /// Jobs that failed for good, in all.
    pub dead: u64,
    /// Those of the page that was asked for, the latest first.
    pub dead_letters: Vec<DeadLetter>,
}

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Which.
    pub id: JobId,
    /// What kind of work.
    pub name: String,
    /// What it was about.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed the last time.
    pub error: String,
    /// When it was last due.
    pub at: OffsetDateTime,
}

impl App {
    /// Background work, with a page of what failed.
    pub async fn jobs(&self, _site: &SiteAccess, page: Page) -> Result<JobOverview> {
        let rows = self.store().read().await?;
        let found = job::dead(&rows, PageRequest { offset: page.offset, limit: page.limit }).await?;
        let letter = |dead: job::DeadJob| DeadLetter {
            id: dead.id,
            name: dead.name,
            payload: dead.payload,
            attempts: dead.attempts,
            error: dead.error,
            at: dead.run_at,
        };
        let waiting = job::waiting(&rows).await?;
        Ok(JobOverview {
            waiting,
            dead: found.total,
            dead_letters: found.items.into_iter().map(letter).collect(),
        })
    }

    /// Tries a job again that failed for good, from its first attempt. `NotFound` when it is no dead letter any more.
    pub async fn retry_job(&self, site: &SiteAccess, origin: &Origin, id: &str) -> Result<()> {
        let id: JobId = id.parse().map_err(|_| Error::NotFound)?;
        let tx = self.store().begin().await?;
        job::revive(&tx, id).await?;
        let subject = Subject::new(&id, "job");
        record(&tx, self.ambient(), site.actor(), origin, "job.retry", subject, json!({})).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }

    /// Throws a job away that failed for good. `NotFound` when it is no dead letter any more.
    pub async fn discard_job(&self, site: &SiteAccess, origin: &Origin, id: &str) -> Result<()> {
        let id: JobId = id.parse().map_err(|_| Error::NotFound)?;
        let tx = self.store().begin().await?;
        job::discard(&tx, id).await?;
        let subject = Subject::new(&id, "job");
        record(&tx, self.ambient(), site.actor(), origin, "job.discard", subject, json!({})).await?;
        Ok(tx.commit().await?)
    }
}
