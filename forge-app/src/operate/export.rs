//! Taking a repository out as a directory that any git reads.

use std::path::Path;

use forge_core::RepoPath;
use forge_git::plain;
use forge_store::pack;

use crate::access::{Read, SiteAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// What was written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many branches, tags and notes.
    pub refs: usize,
    /// How many packs.
    pub packs: usize,
}

impl App {
    /// Writes a repository into a new or empty directory, as a bare one.
    pub async fn export_repository(
        &self,
        site: &SiteAccess,
        path: &RepoPath,
        dir: &Path,
    ) -> Result<Exported> {
        let access = self.authorize::<Read>(site.actor(), path).await.map_err(|error| match error {
            Error::NotFound => Error::invalid("path", format!("There is no repository {path}.")),
            other => other,
        })?;
        let repo = access.repo();
        // The refs first: packs that come after them do no harm. All of them stay on the disk until they are copied.
        let (refs, objects) = self.open_repository(repo).await?;
        let stored = pack::list(&self.store().read().await?, repo.id).await?;
        let packs: Vec<_> =
            stored.iter().map(|pack| self.repositories().pack_path(repo.id, &pack.checksum)).collect();
        let exported = Exported { refs: refs.refs().len(), packs: packs.len() };
        let (dir, format) = (dir.to_owned(), repo.format);
        let work = self.tasks().spawn_blocking(move || {
            let _objects = objects;
            plain::write_bare(&dir, format, &refs, &packs)
        });
        work.await.map_err(Error::internal)??;
        Ok(exported)
    }
}
