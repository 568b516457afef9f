//! The workers.

use std::time::Duration;

use forge_git::Cancel;
use forge_store::job::{self, ClaimedJob};
use metrics::{counter, gauge, histogram};
use tokio::sync::Notify;

use super::job::{HEAVY, QUICK};
use super::{JobError, JobOptions, Task};
use crate::app::App;
use crate::error::Result;

/// How long a claim lasts if nobody renews it.
const LEASE: Duration = Duration::from_mins(2);
/// How often a running job's claim is renewed.
const RENEWAL: Duration = Duration::from_secs(30);
/// The wait after the first failure; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// What the workers of one process share.
pub(crate) struct Runner {
    options: JobOptions,
    quick: Notify,
    heavy: Notify,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    Retried,
    Dead,
    GivenBack,
    Lost,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::GivenBack => "given-back",
            Self::Lost => "lost",
        }
    }
}

impl Runner {
    pub(crate) fn new(options: JobOptions) -> Self {
        Self { options, quick: Notify::new(), heavy: Notify::new() }
    }

    fn bell(&self, queue: &str) -> &Notify {
        if queue == QUICK { &self.quick } else { &self.heavy }
    }
}

impl App {
    /// Starts this process's workers. They end when the forge stops.
    pub fn start_jobs(&self) {
        let workers = self.runner().options.workers;
        for queue in [QUICK, HEAVY] {
            for _ in 0..workers {
                let app = self.clone();
                self.tasks().spawn(app.work(queue));
            }
        }
        if workers > 0 {
            self.tasks().spawn(self.clone().keep_schedule());
        }
    }

    /// Tells workers that a job was put in.
    pub(crate) fn wake_workers(&self) {
        self.runner().quick.notify_one();
        self.runner().heavy.notify_one();
    }

    /// Does all jobs that are due before some time has passed, one after the other, and those that they make; says how
    /// many attempts that took.
    pub async fn run_due_jobs(&self, ahead: Duration) -> Result<usize> {
        self.schedule_due().await?;
        let mut attempts = 0;
        loop {
            let before = attempts;
            for queue in [QUICK, HEAVY] {
                while let Some(claim) = self.claim_job(queue, ahead).await? {
                    self.attempt(queue, claim).await;
                    attempts += 1;
                }
            }
            if attempts == before {
                return Ok(attempts);
            }
        }
    }

    async fn work(self, queue: &'static str) {
        let poll = self.runner().options.poll;
        while !self.tasks().is_stopping() {
            match self.claim_job(queue, Duration::ZERO).await {
                Ok(Some(claim)) => {
                    self.attempt(queue, claim).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(queue, %error, "no job can be claimed"),
            }
            tokio::select! {
                () = self.tasks().stopping() => {}
                () = self.runner().bell(queue).notified() => {}
                () = tokio::time::sleep(poll) => {}
            }
        }
    }

    /// Claims the job that has been due for longest. Looks first, since a claim takes the database's write lock.
    pub(super) async fn claim_job(&self, queue: &str, ahead: Duration) -> Result<Option<ClaimedJob>> {
        let now = self.ambient().now() + ahead;
        let rows = self.store().read().await?;
        if !job::is_due(&rows, queue, now).await? {
            return Ok(None);
        }
        let tx = self.store().begin().await?;
        let claim = job::claim(&tx, queue, now, now + LEASE).await?;
        tx.commit().await?;
        Ok(claim)
    }

    /// Tries a claimed job once and settles its row.
    pub(super) async fn attempt(&self, queue: &'static str, claim: ClaimedJob) {
        let begun = tokio::time::Instant::now();
        gauge!("forge_jobs_running", "queue" => queue).increment(1.0);
        let outcome = self.run_and_settle(&claim).await;
        gauge!("forge_jobs_running", "queue" => queue).decrement(1.0);
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                // The row stays claimed until its lease runs out; then somebody does it again.
                tracing::error!(job = claim.name, id = %claim.id, %error, "what became of a job cannot be noted");
                Outcome::Lost
            }
        };
        counter!("forge_jobs_total", "job" => claim.name.clone(), "outcome" => outcome.name()).increment(1);
        histogram!("forge_job_seconds", "job" => claim.name).record(begun.elapsed().as_secs_f64());
    }

    async fn run_and_settle(&self, claim: &ClaimedJob) -> Result<Outcome> {
        let task = Task { app: self.clone(), cancel: Cancel::new() };
        let cancel = task.cancel.clone();
        // A task of its own: a panic in it comes back as an error.
        let mut running = self.tasks().spawn(task.run(claim.payload.clone()));
        let mut stopping = false;
        let result = loop {
            tokio::select! {
                // In this order: a job that ends badly because the forge stops has not failed.
                biased;
                () = self.tasks().stopping(), if !stopping => {
                    stopping = true;
                    cancel.cancel();
                }
                result = &mut running => break result,
                () = tokio::time::sleep(RENEWAL) => match self.renew(claim).await {
                    Ok(()) => {}
                    Err(crate::Error::NotFound) => {
                        tracing::warn!(job = claim.name, id = %claim.id, "another worker has the job now");
                        cancel.cancel();
                    }
                    Err(error) => tracing::warn!(job = claim.name, %error, "a claim was not renewed"),
                },
            }
        };
        let error = match result {
            Ok(Ok(())) => return self.settle(claim, Outcome::Done, "").await,
            Ok(Err(_)) if stopping => return self.settle(claim, Outcome::GivenBack, "").await,
            Ok(Err(error)) => error,
            Err(panicked) => JobError::Retry(format!("the job fell over: {panicked}")),
        };
        match error {
            JobError::Retry(text) if claim.attempts < claim.max_attempts => {
                tracing::warn!(job = claim.name, id = %claim.id, attempt = claim.attempts, error = text, "a job failed and will be tried again");
                self.settle(claim, Outcome::Retried, &text).await
            }
            JobError::Retry(text) | JobError::GiveUp(text) => {
                tracing::error!(job = claim.name, id = %claim.id, attempts = claim.attempts, error = text, "a job failed for good");
                self.settle(claim, Outcome::Dead, &text).await
            }
        }
    }

    async fn renew(&self, claim: &ClaimedJob) -> Result<()> {
        let tx = self.store().begin().await?;
        job::extend(&tx, claim, self.ambient().now() + LEASE).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down what became of a claim. One that somebody else has by now is theirs to settle.
    async fn settle(&self, claim: &ClaimedJob, outcome: Outcome, error: &str) -> Result<Outcome> {
        let tx = self.store().begin().await?;
        let settled = match outcome {
            Outcome::Done => job::finish(&tx, claim).await,
            Outcome::Retried => {
                let wait = wait_after(claim.attempts, self.ambient().random());
                job::retry(&tx, claim, self.ambient().now() + wait, error).await
            }
            Outcome::Dead => job::bury(&tx, claim, error).await,
            Outcome::GivenBack => job::release(&tx, claim).await,
            Outcome::Lost => return Ok(Outcome::Lost),
        };
        match settled {
            Ok(()) => {
                tx.commit().await?;
                Ok(outcome)
            }
            Err(forge_store::Error::NotFound) => Ok(Outcome::Lost),
            Err(error) => Err(error.into()),
        }
    }
}

/// How long to wait after an attempt that failed: twice as long each time, and up to a quarter more, so that jobs that
/// failed together do not come back together.
fn wait_after(attempt: u32, [jitter]: [u8; 1]) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let wait = doubled.min(LONGEST_WAIT);
    wait + wait.saturating_mul(u32::from(jitter)) / 1024
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn each_wait_is_longer_up_to_an_hour() {
        assert_eq!(wait_after(1, [0]), Duration::from_secs(10));
        assert_eq!(wait_after(3, [0]), Duration::from_secs(40));
        assert_eq!(wait_after(40, [0]), LONGEST_WAIT);
        assert!(wait_after(1, [255]) < Duration::from_secs(13));
        assert!(wait_after(1, [255]) > wait_after(1, [0]));
    }
}
