//! The refs of a repository, as the engine wants them.

use std::sync::Arc;

use forge_core::Repository;
use forge_git::{Head, Ref, RefSnapshot};
use forge_store::git_ref::{self, StoredRef};
use forge_store::repository;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// All refs of a repository at its present generation.
    ///
    /// The generation goes up with every change, so what is remembered is right or is not used. A proof made a
    /// moment ago may carry an older generation than the rows: then its refs are newer than it says, which is fine.
    pub(crate) async fn refs(&self, repo: &Repository) -> Result<Arc<RefSnapshot>> {
        Ok(self.refs_seen(repo).await?.0)
    }

    /// The same, and a generation at which every object that they need was there.
    pub(crate) async fn refs_seen(&self, repo: &Repository) -> Result<(Arc<RefSnapshot>, u64)> {
        if let Some(found) = self.repositories().remembered_refs(repo) {
            return Ok(found);
        }
        let rows = self.store().read().await?;
        let stored = git_ref::all(&rows, repo.id).await?;
        // Asked after the refs, so it is theirs or a later one. Only other nodes' packs make it matter.
        let latest = match self.repositories().remote() {
            Some(_) => repository::by_id(&rows, repo.id).await?.ok_or(Error::NotFound)?.generation,
            None => repo.generation,
        };
        let refs = Arc::new(snapshot(repo, stored));
        self.repositories().remember_refs(repo, Arc::clone(&refs), latest);
        Ok((refs, latest))
    }
}

fn snapshot(repo: &Repository, stored: Vec<StoredRef>) -> RefSnapshot {
    let refs = stored.into_iter().map(|row| Ref::direct(row.name, row.target, row.peeled)).collect();
    RefSnapshot::new(Some(Head::Symbolic(repo.default_branch.clone())), refs)
}
