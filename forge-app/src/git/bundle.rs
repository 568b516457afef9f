//! Bundles, which clients that know them fetch before the rest of a clone.

use forge_core::ObjectId;
use forge_git::Cancel;
use forge_git::bundle::Bundle;
use metrics::counter;
use serde_json::json;

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::{Error, Result};
use crate::git::pipe::Output;

/// A bundle, as a stream.
#[derive(Debug)]
pub struct BundleFile {
    /// How many bytes it has.
    pub bytes: u64,
    /// All of them.
    pub content: Output,
}

impl App {
    /// The bundle of this name, if it is the one that is offered at this moment.
    pub async fn bundle(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        checksum: &ObjectId,
    ) -> Result<BundleFile> {
        let from_bytes = self.repositories().limits().bundle_from.ok_or(Error::NotFound)?;
        let turn = self.repositories().turn().await?;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let limits = self.repositories().limits().git.clone();
        let cancel = Cancel::within(self.repositories().limits().longest);
        let (kept, stop) = (objects.clone(), cancel.clone());
        let work = move || Bundle::find(&objects, &refs, from_bytes, &limits, &stop);
        let found = self.tasks().spawn_blocking(work).await.map_err(Error::internal)??;
        let bundle = found.filter(|bundle| bundle.checksum() == checksum).ok_or(Error::NotFound)?;
        let (bytes, path) = (bundle.bytes(), access.repo().path.clone());
        let name = path.to_string();
        let detail = json!({ "door": origin.door.name(), "bundle": checksum.to_string(), "bytes": bytes });
        let subject = Subject::new(&access.repo().id, &name);
        self.note(access.actor(), origin, "repository.clone", subject, detail);
        let watch = self.watch_over::<Read>(access.actor(), access.repo().id, &cancel);
        let content = Output::of(self.tasks(), cancel.clone(), move |out| {
            let (_turn, _kept) = (turn, kept);
            bundle.write(out, &cancel)?;
            counter!("forge_git_bundles_total").increment(1);
            tracing::info!(%path, bytes, "sent a bundle");
            Ok(())
        });
        Ok(BundleFile { bytes, content: content.under(watch) })
    }
}
