//! A repository's objects, opened for use.

use std::ops::Deref;
use std::sync::Arc;

use forge_core::Repository;
use forge_git::{ObjectStore, RefSnapshot};

use crate::app::App;
use crate::error::Result;
use crate::git::remote::Lease;

/// Objects that stay on this machine's disk for as long as this lives.
#[derive(Debug, Clone)]
pub(crate) struct Objects {
    store: ObjectStore,
    /// Where the disk is only a cache, what keeps it from being cleared.
    _lease: Option<Arc<Lease>>,
}

impl Deref for Objects {
    type Target = ObjectStore;
    fn deref(&self) -> &ObjectStore {
        &self.store
    }
}

impl App {
    /// The refs of a repository, and objects that hold everything they need.
    pub(crate) async fn open_repository(&self, repo: &Repository) -> Result<(Arc<RefSnapshot>, Objects)> {
        let (refs, generation) = self.refs_seen(repo).await?;
        Ok((refs, self.objects_since(repo, generation).await?))
    }

    /// The objects of a repository at its present generation.
    pub(crate) async fn objects(&self, repo: &Repository) -> Result<Objects> {
        self.objects_since(repo, repo.generation).await
    }

    /// The objects of a repository at a generation or a later one.
    async fn objects_since(&self, repo: &Repository, generation: u64) -> Result<Objects> {
        let Some(remote) = self.repositories().remote() else {
            let store = self.repositories().store_at(repo, generation)?;
            return Ok(Objects { store, _lease: None });
        };
        let lease = self.lease(remote, repo, generation).await?;
        let store = self.repositories().store_at(repo, lease.generation())?;
        Ok(Objects { store, _lease: Some(Arc::new(lease)) })
    }
}
