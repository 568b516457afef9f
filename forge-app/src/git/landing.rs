//! Taking a pack out of quarantine into a repository, together with the transaction that names it.

use std::sync::PoisonError;

use forge_core::RepoId;
use forge_git::receive::Quarantine;
use forge_store::maintenance;
use forge_store::pack::StoredPack;
use time::OffsetDateTime;
use tokio::runtime::Handle;

use crate::app::App;
use crate::error::{Error, Result};
use crate::git::NewPack;

/// A repository that takes objects in. Its methods block.
pub(crate) struct Landing<'a> {
    pub(crate) app: &'a App,
    pub(crate) repo: RepoId,
    /// What was checked before something was purged has to be checked again.
    pub(crate) opened_at: OffsetDateTime,
    pub(crate) runtime: &'a Handle,
}

impl Landing<'_> {
    /// Makes the objects part of the repository, durably, and lets `settle` change the rows; it says whether it did.
    ///
    /// Where it did not, the objects are taken back. The inner error says why they may not come at all.
    pub(crate) fn land(
        &self,
        quarantine: Quarantine,
        settle: impl FnOnce(Option<&NewPack>) -> Result<bool>,
    ) -> Result<Result<bool, String>> {
        let new = self.keep(&quarantine)?;
        // Two pushes may bring the same pack: until the refs have moved, no other may publish or retract it.
        let turn = self.app.repositories().push_turn(self.repo);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        // In the turn, because a purge may run: it lists the object first, and takes its turn to remove it.
        if let Some(text) = self.purge_in_the_way(&quarantine)? {
            return Ok(Err(text));
        }
        self.app.refuse_if_disk_failed()?;
        let published = quarantine.publish()?;
        let outcome = settle(new.as_ref());
        if let Err(error) = &outcome {
            note_disk_failure(error);
        }
        if !matches!(outcome, Ok(true))
            && let (Some(new), Some(published)) = (&new, published)
        {
            let files = move || published.retract().map_err(Error::from);
            if let Err(error) = self.runtime.block_on(self.app.take_pack_back(new, files)) {
                tracing::warn!(%error, "a pack that may not be needed was left where it is");
            }
        }
        outcome.map(Ok)
    }

    /// Why objects that an administrator has removed for good keep these from being taken, if they do.
    fn purge_in_the_way(&self, quarantine: &Quarantine) -> Result<Option<String>> {
        let purged = self.runtime.block_on(async {
            let rows = self.app.store().read().await?;
            Ok::<_, Error>(maintenance::purged(&rows, self.repo).await?)
        })?;
        let back = purged.iter().find(|(id, _)| quarantine.find(id).is_some());
        if let Some((id, _)) = back {
            return Ok(Some(format!("{id} was removed from this repository for good and may not come back")));
        }
        let meanwhile = purged.iter().any(|(_, at)| *at >= self.opened_at);
        Ok(meanwhile.then(|| "something was removed from this repository meanwhile: push again".to_owned()))
    }

    /// Gives the pack its row, and sends it to the bucket where there is one. Nothing if no objects came.
    fn keep(&self, quarantine: &Quarantine) -> Result<Option<NewPack>> {
        let Some(incoming) = quarantine.incoming() else { return Ok(None) };
        let row = StoredPack {
            id: self.app.ambient().id(),
            checksum: incoming.checksum,
            bytes: incoming.bytes,
            objects: incoming.objects,
            created_at: self.app.ambient().now(),
        };
        let new = NewPack { repo: self.repo, row };
        self.runtime.block_on(self.app.keep_pack(&new, incoming.pack))?;
        Ok(Some(new))
    }
}

/// A database whose disk fails has lost what it was told to keep, like a pack.
fn note_disk_failure(error: &Error) {
    if let Error::Internal(text) = error
        && text.contains("disk I/O error")
    {
        forge_git::durable::note_failure(text);
    }
}
