//! `git archive --remote`: files of a commit, packed here and sent without any history.

use forge_git::Cancel;
use forge_git::browse::ArchiveLimits;
use forge_git::upload_archive::{ArchiveIds, UploadArchive};
use metrics::counter;
use serde_json::json;

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::Result;
use crate::git::fetch::told;
use crate::git::pipe::{Exchange, Input, Output, blocking_reader};

impl App {
    /// Reads what a client wants packed, and sends it. The conversation is the same over HTTP and SSH.
    pub async fn upload_archive(
        &self,
        access: RepoAccess<Read>,
        origin: Origin,
        exchange: Exchange,
        input: Input,
    ) -> Result<Output> {
        let turn = self.repositories().turn().await?;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let cancel = Cancel::within(self.repositories().limits().longest);
        let now = self.ambient().now().unix_timestamp();
        let path = access.repo().path.clone();
        let name = path.to_string();
        let subject = Subject::new(&access.repo().id, &name);
        let detail = json!({ "door": origin.door.name(), "archive": true });
        self.note(access.actor(), &origin, "repository.download", subject, detail);
        let watch = self.watch_over::<Read>(access.actor(), access.repo().id, &cancel);
        let input = watch.input(input);
        let output = Output::of(self.tasks(), cancel.clone(), move |out| {
            let _turn = turn;
            let limits = ArchiveLimits::default();
            let (store, refs, limits, attributes) = (&objects, &refs, &limits, &[]);
            let ids = ArchiveIds::Reachable;
            let visit = UploadArchive { store, refs, limits, ids, attributes, now };
            match visit.serve(&mut blocking_reader(input), out, &cancel) {
                Ok(()) => {
                    counter!("forge_git_archives_total").increment(1);
                    tracing::info!(%path, "sent an archive");
                    Ok(())
                }
                Err(error) => told(error, exchange),
            }
        });
        Ok(output.under(watch))
    }
}
