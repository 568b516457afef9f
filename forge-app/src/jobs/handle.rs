//! Doing one job.

use forge_git::Cancel;

use super::{Job, complete_directory, end_access, maintain, remove_replaced, scrub, warm_pages};
use crate::app::App;
use crate::error::Error;

/// What a job works with.
#[derive(Clone)]
pub(crate) struct Task {
    pub(crate) app: App,
    /// Raised when the forge stops or the claim is lost.
    pub(crate) cancel: Cancel,
}

/// Why a job was not done.
#[derive(Debug)]
pub(crate) enum JobError {
    /// It may work later.
    Retry(String),
    /// It never will.
    GiveUp(String),
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<forge_git::Error> for JobError {
    fn from(error: forge_git::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<forge_store::Error> for JobError {
    fn from(error: forge_store::Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Task {
    /// Does the job that a row holds.
    pub(super) async fn run(self, payload: String) -> Result<(), JobError> {
        match Job::parse(&payload).map_err(JobError::GiveUp)? {
            Job::WarmPages { repo } => warm_pages::run(&self, repo).await,
            Job::CompleteDirectory { repo, commit, path } => {
                complete_directory::run(&self, repo, &commit, &path).await
            }
            Job::Maintain { repo } => maintain::run(&self, repo).await,
            Job::RemoveReplaced { repo } => remove_replaced::run(&self, repo).await,
            Job::SendMail { id, sealed } => crate::mail::send(&self, &id, &sealed).await,
            Job::MailReset { id, sealed } => crate::account::mailed_link::run(&self, &id, &sealed).await,
            Job::Tell { act } => crate::notification::deliver(&self, &act).await,
            Job::Digest { user } => crate::notification::send_digest(&self, user).await,
            Job::CloseTickets { repo, user, old, new } => {
                crate::work_item::close_after_push(&self, repo, user, &old, &new).await
            }
            Job::Deliver { item } => crate::merge_request::deliver(&self, item).await,
            Job::AutoMerge { item } => crate::merge_request::auto_merge(&self, item).await,
            Job::Scrub {} => scrub::run(&self).await,
            Job::EndAccess {} => end_access::run(&self).await,
        }
    }

    /// Does blocking work on the blocking pool.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JobError> {
        self.app.tasks().spawn_blocking(work).await.map_err(|error| JobError::Retry(error.to_string()))
    }
}
