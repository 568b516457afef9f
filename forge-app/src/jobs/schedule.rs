//! What has to be done now and then although nobody pushed.

use std::time::Duration;

use super::Job;
use crate::app::App;
use crate::error::Result;

/// How often the calendar is looked at. What is not due yet costs one query.
const LOOK: Duration = Duration::from_mins(10);

impl App {
    /// Puts in what is due, until the forge stops. Several processes may do so: what waits already is not put in twice.
    pub(super) async fn keep_schedule(self) {
        while !self.tasks().is_stopping() {
            if let Err(error) = self.schedule_due().await {
                tracing::error!(%error, "regular work cannot be scheduled");
            }
            tokio::select! {
                () = self.tasks().stopping() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Puts in what is due now.
    pub(super) async fn schedule_due(&self) -> Result<()> {
        self.sweep_guesses().await?;
        if self.is_scrub_due().await? {
            self.submit(&Job::Scrub {}).await?;
        }
        self.schedule_digests().await?;
        self.note_kept().await?;
        for repo in self.repositories_with_replaced_packs_due().await? {
            self.submit(&Job::RemoveReplaced { repo }).await?;
        }
        for repo in self.repositories_with_expired_leftovers().await? {
            self.submit(&Job::Maintain { repo }).await?;
        }
        let (armed, arriving) = self.merge_requests_due().await?;
        for item in armed {
            self.submit(&Job::AutoMerge { item }).await?;
        }
        for item in arriving {
            self.submit(&Job::Deliver { item }).await?;
        }
        if self.is_access_due().await? {
            self.submit(&Job::EndAccess {}).await?;
        }
        Ok(())
    }
}
