//! Work in the background: what it is, who does it, and what becomes of it when it fails.
//!
//! A [`Job`] is put in by the transaction that makes it necessary, so it is there exactly if that is: a push and the
//! work that follows it come together or not at all. Every process that serves also works. A worker claims the job that
//! has been due for longest and holds it by a lease, which it renews while it works; when its machine goes away the lease
//! runs out and somebody else takes over. **A job may therefore run twice**, and each says what that does.
//!
//! - Jobs of one kind about one thing are one while they wait: a hundred pushes make one job.
//! - A job that fails is tried again, later each time. One that failed too often stays as a dead letter, with its error, until
//!   an administrator tries it again or throws it away.
//! - A panic is a failure like others: it ends neither the worker nor the process.
//! - When the forge stops, running jobs are told to end, and give their claim back unused.
//!
//! Quick work and heavy work have workers of their own, so that no page waits for a repack.

mod complete_directory;
mod end_access;
mod handle;
mod job;
mod maintain;
mod overview;
mod remove_replaced;
mod runner;
mod schedule;
mod scrub;
mod warm_pages;

#[cfg(test)]
mod tests;

pub use overview::{DeadLetter, JobOverview};

pub(crate) use handle::{JobError, Task};
pub(crate) use job::Job;
pub(crate) use runner::Runner;

use std::time::Duration;

/// How background work is done.
#[derive(Debug, Clone)]
pub struct JobOptions {
    /// Workers of each queue in this process. With none, this process leaves the work to others.
    pub workers: usize,
    /// How often a worker looks for work that another process put in.
    pub poll: Duration,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self { workers: 1, poll: Duration::from_secs(5) }
    }
}
