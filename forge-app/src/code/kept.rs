//! Answers that are kept, because finding them again would take a walk through history.

use std::sync::Arc;

use forge_core::code::{AheadBehind, CommitCount, LanguageShares, LastCommits};
use forge_core::{FilePath, ObjectId, RepoId};
use forge_git::browse::{Browser, Budget, ReachableCommits};
use forge_git::{Cancel, ObjectStore};
use moka::sync::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::code::OwnersSaid;
use crate::code::kept_changes::KeptChanges;
use crate::error::{Error, Result};
use crate::merge_request::Standing;

/// Questions that are worked on at one time.
const AT_ONCE: usize = 8;
/// How long a question waits for its turn.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Bytes of owners' files that are kept.
const OWNERS_BYTES: u64 = 16 << 20;

/// How long a directory that could not be completed is left alone.
const ASK_AGAIN: std::time::Duration = std::time::Duration::from_hours(1);

/// What pages asked before. Keys name immutable objects, so nothing here is ever stale.
pub(crate) struct Kept {
    turns: Arc<Semaphore>,
    reachable: Cache<(RepoId, u64), Arc<ReachableCommits>>,
    pub(crate) last_commits: Cache<(RepoId, ObjectId, FilePath), Arc<LastCommits>>,
    pub(crate) latest_directory: Cache<(RepoId, FilePath), Arc<LastCommits>>,
    completing: Cache<(RepoId, ObjectId, FilePath), ()>,
    pub(crate) languages: Cache<(RepoId, ObjectId), Arc<LanguageShares>>,
    pub(crate) counts: Cache<(RepoId, ObjectId), CommitCount>,
    pub(crate) ahead_behind: Cache<(RepoId, ObjectId, ObjectId), AheadBehind>,
    pub(crate) owners: Cache<(RepoId, ObjectId), OwnersSaid>,
    pub(crate) standings: Cache<(RepoId, ObjectId, ObjectId), Standing>,
    pub(crate) changes: KeptChanges,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            reachable: Cache::new(64),
            last_commits: Cache::new(2_000),
            latest_directory: Cache::new(2_000),
            completing: Cache::builder().max_capacity(2_000).time_to_live(ASK_AGAIN).build(),
            languages: Cache::new(2_000),
            counts: Cache::new(10_000),
            ahead_behind: Cache::new(50_000),
            owners: Cache::builder()
                .max_capacity(OWNERS_BYTES)
                .weigher(|_, said: &OwnersSaid| said.weight())
                .build(),
            standings: Cache::new(500),
            changes: KeptChanges::new(),
        }
    }

    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::Unavailable("Many pages are being made. Try again in a moment.".to_owned())),
        }
    }

    /// The last commit of each entry of a directory, as complete as the budget allows, and kept.
    pub(crate) fn find_last_commits(
        &self,
        objects: &ObjectStore,
        repo: RepoId,
        commit: &ObjectId,
        path: &FilePath,
        budget: Budget,
        cancel: &Cancel,
    ) -> forge_git::Result<Arc<LastCommits>> {
        let key = (repo, *commit, path.clone());
        if let Some(kept) = self.last_commits.get(&key).filter(|kept| kept.complete) {
            return Ok(kept);
        }
        let place = (repo, path.clone());
        // What an answer leaves open stays open in answers that start from it.
        let earlier = self.latest_directory.get(&place).filter(|earlier| earlier.complete);
        let browser = Browser::open(objects);
        let found = Arc::new(browser.last_commits(commit, path, earlier.as_deref(), budget, cancel)?);
        self.last_commits.insert(key, Arc::clone(&found));
        if found.complete {
            self.latest_directory.insert(place, Arc::clone(&found));
        }
        Ok(found)
    }

    /// How many bytes there are of each language, as complete as the budget allows, and kept.
    pub(crate) fn find_languages(
        &self,
        objects: &ObjectStore,
        repo: RepoId,
        commit: &ObjectId,
        budget: Budget,
        cancel: &Cancel,
    ) -> forge_git::Result<Arc<LanguageShares>> {
        if let Some(kept) = self.languages.get(&(repo, *commit)).filter(|kept| kept.complete) {
            return Ok(kept);
        }
        let found = Arc::new(Browser::open(objects).languages(commit, budget, cancel)?);
        self.languages.insert((repo, *commit), Arc::clone(&found));
        Ok(found)
    }

    /// Whether an answer that is not complete was asked to be completed already; notes that it is now.
    pub(crate) fn is_being_completed(&self, repo: RepoId, commit: &ObjectId, path: &FilePath) -> bool {
        let key = (repo, *commit, path.clone());
        let known = self.completing.contains_key(&key);
        if !known {
            self.completing.insert(key, ());
        }
        known
    }

    pub(crate) fn reachable(&self, repo: RepoId, generation: u64) -> Option<Arc<ReachableCommits>> {
        self.reachable.get(&(repo, generation))
    }

    pub(crate) fn keep_reachable(&self, repo: RepoId, generation: u64, commits: Arc<ReachableCommits>) {
        self.reachable.insert((repo, generation), commits);
    }
}
