//! Answers that are kept, because finding them again would take a walk through history.

use std::sync::Arc;

use forge_core::code::{AheadBehind, CommitCount, LanguageShares, LastCommits};
use forge_core::{FilePath, ObjectId, RepoId};
use forge_git::browse::ReachableCommits;
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Questions that are worked on at one time.
const AT_ONCE: usize = 8;
/// How long a question waits for its turn.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// What pages asked before. Keys name immutable objects, so nothing here is ever stale.
pub(crate) struct Kept {
    turns: Arc<Semaphore>,
    reachable: Cache<(RepoId, u64), Arc<ReachableCommits>>,
    pub(crate) last_commits: Cache<(RepoId, ObjectId, FilePath), Arc<LastCommits>>,
    pub(crate) latest_directory: Cache<(RepoId, FilePath), Arc<LastCommits>>,
    pub(crate) languages: Cache<(RepoId, ObjectId), Arc<LanguageShares>>,
    pub(crate) counts: Cache<(RepoId, ObjectId), CommitCount>,
    pub(crate) ahead_behind: Cache<(RepoId, ObjectId, ObjectId), AheadBehind>,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            reachable: Cache::new(64),
            last_commits: Cache::new(2_000),
            latest_directory: Cache::new(2_000),
            languages: Cache::new(2_000),
            counts: Cache::new(10_000),
            ahead_behind: Cache::new(50_000),
        }
    }

    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::Unavailable("Many pages are being made. Try again in a moment.".to_owned())),
        }
    }

    pub(crate) fn reachable(&self, repo: RepoId, generation: u64) -> Option<Arc<ReachableCommits>> {
        self.reachable.get(&(repo, generation))
    }

    pub(crate) fn keep_reachable(&self, repo: RepoId, generation: u64, commits: Arc<ReachableCommits>) {
        self.reachable.insert((repo, generation), commits);
    }
}
