//! What can be done in the background.

use forge_core::{FilePath, ItemId, ObjectId, RepoId, UserId};
use forge_store::job::NewJob;
use forge_store::{Tx, job};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::error::{Error, Result};
use crate::notification::Act;

/// Work that is quick.
pub(crate) const QUICK: &str = "quick";
/// Work that reads or writes much.
pub(crate) const HEAVY: &str = "heavy";

/// A piece of work, as it stands in its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Job {
    /// Finds what the first page of a repository shows, before somebody asks for it.
    WarmPages {
        /// Which repository.
        repo: RepoId,
    },
    /// Finds the last commit of each entry of a directory, where a page ran out of its budget.
    CompleteDirectory {
        /// Which repository.
        repo: RepoId,
        /// Which commit, in hexadecimal digits.
        commit: String,
        /// The bytes of the path, in hexadecimal digits.
        path: String,
    },
    /// Puts the packs of a repository in order, if they need it.
    Maintain {
        /// Which repository.
        repo: RepoId,
    },
    /// Deletes the files of packs that were replaced long enough ago.
    RemoveReplaced {
        /// Which repository.
        repo: RepoId,
    },
    /// Sends a mail.
    SendMail {
        /// Which, in hexadecimal digits.
        id: String,
        /// What it says, sealed, in hexadecimal digits.
        sealed: String,
    },
    /// Looks whose address it is, and mails a link that sets a new password.
    MailReset {
        /// Which request, in hexadecimal digits.
        id: String,
        /// For which address, sealed, in hexadecimal digits.
        sealed: String,
    },
    /// Tells those who follow an item of an act.
    Tell {
        /// The act.
        act: Act,
    },
    /// Sends somebody the mail about a whole day.
    Digest {
        /// Whom.
        user: UserId,
    },
    /// Closes the tickets that the commits of a push to the default branch say they close.
    CloseTickets {
        /// Of which repository.
        repo: RepoId,
        /// Who pushed.
        user: Option<UserId>,
        /// Where the branch was, in hexadecimal digits.
        old: String,
        /// Where it is, in hexadecimal digits.
        new: String,
    },
    /// Makes versions of what was pushed to a fork, where the merge request goes.
    Deliver {
        /// Of which merge request.
        item: ItemId,
    },
    /// Merges a merge request that is to merge by itself, if nothing stands against it now.
    AutoMerge {
        /// Which.
        item: ItemId,
    },
    /// Reads packs again that were not read for long, and says which are damaged.
    Scrub {},
    /// Takes back what was given until now: visibilities and grants whose end has come.
    EndAccess {},
}

impl Job {
    /// The job for a directory whose answer is not complete.
    pub(crate) fn complete_directory(repo: RepoId, commit: &ObjectId, path: &FilePath) -> Self {
        let path = hex::encode(path.as_bytes());
        Self::CompleteDirectory { repo, commit: commit.to_string(), path }
    }

    /// What administrators, logs and metrics call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::WarmPages { .. } => "warm-pages",
            Self::CompleteDirectory { .. } => "complete-directory",
            Self::Maintain { .. } => "maintain",
            Self::RemoveReplaced { .. } => "remove-replaced",
            Self::SendMail { .. } => "send-mail",
            Self::MailReset { .. } => "mail-reset",
            Self::Tell { .. } => "tell",
            Self::Digest { .. } => "digest",
            Self::CloseTickets { .. } => "close-tickets",
            Self::Deliver { .. } => "deliver",
            Self::AutoMerge { .. } => "auto-merge",
            Self::Scrub {} => "scrub",
            Self::EndAccess {} => "end-access",
        }
    }

    /// Who does it.
    pub(crate) fn queue(&self) -> &'static str {
        match self {
            Self::WarmPages { .. }
            | Self::CompleteDirectory { .. }
            | Self::SendMail { .. }
            | Self::MailReset { .. }
            | Self::EndAccess {}
            | Self::Tell { .. }
            | Self::Digest { .. }
            | Self::AutoMerge { .. }
            | Self::Deliver { .. }
            | Self::CloseTickets { .. } => QUICK,
            Self::Maintain { .. } | Self::RemoveReplaced { .. } | Self::Scrub {} => HEAVY,
        }
    }

    /// What it is about: two that wait and are about the same are one.
    fn key(&self) -> String {
        match self {
            Self::WarmPages { repo } | Self::Maintain { repo } | Self::RemoveReplaced { repo } => {
                repo.to_string()
            }
            Self::SendMail { id, .. } | Self::MailReset { id, .. } => id.clone(),
            Self::Tell { act } => act.id.clone(),
            Self::Digest { user } => user.to_string(),
            Self::CloseTickets { repo, new, .. } => format!("{repo}:{new}"),
            Self::Deliver { item } | Self::AutoMerge { item } => item.to_string(),
            Self::Scrub {} | Self::EndAccess {} => "all".to_owned(),
            Self::CompleteDirectory { repo, commit, path } => format!("{repo}:{commit}:{path}"),
        }
    }

    /// How often it is tried.
    fn max_attempts(&self) -> u32 {
        match self {
            Self::WarmPages { .. } | Self::CompleteDirectory { .. } => 3,
            // In the end one an hour: a mail server may be away for a weekend.
            Self::SendMail { .. } | Self::MailReset { .. } => 72,
            Self::Maintain { .. }
            | Self::RemoveReplaced { .. }
            | Self::Tell { .. }
            | Self::Digest { .. }
            | Self::CloseTickets { .. }
            | Self::Deliver { .. }
            | Self::AutoMerge { .. }
            | Self::EndAccess {}
            | Self::Scrub {} => 8,
        }
    }

    /// Reads the payload of a row.
    pub(crate) fn parse(payload: &str) -> Result<Self, String> {
        serde_json::from_str(payload).map_err(|error| format!("this release does not know the job: {error}"))
    }
}

impl App {
    /// Puts a job in with the caller's transaction. Call `App::wake_workers` once that is committed.
    pub(crate) async fn enqueue(&self, tx: &Tx, job: &Job) -> Result<()> {
        self.enqueue_after(tx, job, std::time::Duration::ZERO).await
    }

    /// Puts a job in that is not due before some time has passed.
    pub(crate) async fn enqueue_after(&self, tx: &Tx, job: &Job, wait: std::time::Duration) -> Result<()> {
        let row = NewJob {
            id: self.ambient().id(),
            name: job.name().to_owned(),
            queue: job.queue().to_owned(),
            payload: serde_json::to_string(job).map_err(Error::internal)?,
            dedup_key: Some(job.key()),
            max_attempts: job.max_attempts(),
            run_at: self.ambient().now() + wait,
        };
        Ok(job::enqueue(tx, &row).await?)
    }

    /// Puts a job in and wakes somebody for it.
    pub(crate) async fn submit(&self, job: &Job) -> Result<()> {
        let tx = self.store().begin().await?;
        self.enqueue(&tx, job).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::notification::Told;

    fn tell(what: Told) -> Job {
        let act = Act {
            id: "ab".to_owned(),
            item: forge_core::ItemId::new(1, [4; 10]),
            actor: Some(UserId::new(1, [3; 10])),
            actor_name: "ann".to_owned(),
            at: 1,
            what,
            people: vec![(UserId::new(1, [5; 10]), "mentioned".to_owned())],
        };
        Job::Tell { act }
    }

    #[test]
    fn a_job_comes_back_from_its_row_under_its_own_name() {
        let repo = RepoId::new(1, [2; 10]);
        let commit = ObjectId::Sha1([7; 20]);
        let jobs = [
            Job::WarmPages { repo },
            Job::complete_directory(repo, &commit, &FilePath::new(&b"caf\xe9"[..]).unwrap()),
            Job::Maintain { repo },
            Job::RemoveReplaced { repo },
            Job::SendMail { id: "ab".to_owned(), sealed: "cd".to_owned() },
            Job::MailReset { id: "ab".to_owned(), sealed: "cd".to_owned() },
            Job::Scrub {},
            Job::EndAccess {},
            Job::Digest { user: UserId::new(1, [3; 10]) },
            Job::CloseTickets { repo, user: None, old: "ab".to_owned(), new: "cd".to_owned() },
            Job::Deliver { item: ItemId::new(1, [7; 10]) },
            Job::AutoMerge { item: ItemId::new(1, [7; 10]) },
            tell(Told::Opened),
            tell(Told::Commented { comment: forge_core::CommentId::new(1, [6; 10]) }),
        ];
        for job in jobs {
            let payload = serde_json::to_string(&job).unwrap();
            assert!(payload.contains(&format!("\"name\":\"{}\"", job.name())), "{payload}");
            assert_eq!(Job::parse(&payload), Ok(job));
        }
        assert!(Job::parse("{\"name\":\"brew-tea\"}").unwrap_err().contains("does not know"));
    }
}
