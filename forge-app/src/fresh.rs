//! Answers that stay true for as long as nothing is committed.
//!
//! A git client sends three requests for one fetch, and each asks who it is and what it may do. The answers are kept
//! together with the database's version, which changes with every commit of any process: a revoked token or a lost
//! role is gone with the very next request. Where the database has no version, everything is asked anew.

use std::hash::Hash;

use forge_core::site::Announcement;
use forge_core::{AccessToken, DeployKey, RepoPath, Repository, Session, SshKey, User, UserId};
use forge_store::Store;
use forge_store::repository::Place;
use moka::sync::Cache;

use crate::error::Result;

/// Answers of each sort that are kept.
const MOST: u64 = 10_000;

/// Answers to one sort of question.
pub(crate) struct Fresh<K, V> {
    kept: Cache<K, (i64, V)>,
}

impl<K, V> Fresh<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    fn new() -> Self {
        Self { kept: Cache::new(MOST) }
    }

    /// The answer as of now. What is not there is not kept, so that nobody can fill the memory with guesses.
    pub(crate) async fn get(
        &self,
        store: &Store,
        key: K,
        find: impl Future<Output = Result<Option<V>>>,
    ) -> Result<Option<V>> {
        self.get_if(store, key, find, |_| true).await
    }

    /// The same, where only some answers are kept.
    pub(crate) async fn get_if(
        &self,
        store: &Store,
        key: K,
        find: impl Future<Output = Result<Option<V>>>,
        is_kept: impl Fn(&V) -> bool,
    ) -> Result<Option<V>> {
        // Taken before the question is asked: a commit in between can only make the answer newer than its number.
        let Some(version) = store.version().await else { return find.await };
        if let Some((known, answer)) = self.kept.get(&key)
            && known == version
        {
            return Ok(Some(answer));
        }
        let found = find.await?;
        if let Some(answer) = found.as_ref().filter(|answer| is_kept(answer)) {
            self.kept.insert(key, (version, answer.clone()));
        }
        Ok(found)
    }
}

/// What the permission rule needs to know of a person and a repository. Grants are kept with their ends, and looked at
/// again with every question: time passes without any commit.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    pub(crate) repo: Repository,
    pub(crate) place: Place,
}

/// A session, whose it is, and whether it lets them do nothing yet but set up a second factor.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    pub(crate) session: Session,
    pub(crate) owner: User,
    pub(crate) must_enrol: bool,
}

/// The hash of a secret, as it is kept in the database.
type SecretHash = [u8; 32];

/// What is asked with every request.
pub(crate) struct Doorkeeper {
    pub(crate) sessions: Fresh<SecretHash, Signed>,
    pub(crate) tokens: Fresh<SecretHash, (AccessToken, User)>,
    pub(crate) keys: Fresh<String, (SshKey, User)>,
    pub(crate) deploy_keys: Fresh<String, DeployKey>,
    pub(crate) announcements: Fresh<(), Option<Announcement>>,
    pub(crate) auditors: Fresh<UserId, bool>,
    pub(crate) unread: Fresh<UserId, u64>,
    pub(crate) standings: Fresh<(Option<UserId>, RepoPath), Standing>,
}

impl Doorkeeper {
    pub(crate) fn new() -> Self {
        Self {
            sessions: Fresh::new(),
            tokens: Fresh::new(),
            keys: Fresh::new(),
            announcements: Fresh::new(),
            deploy_keys: Fresh::new(),
            auditors: Fresh::new(),
            unread: Fresh::new(),
            standings: Fresh::new(),
        }
    }
}
