//! A fetch or clone by a git client.

use std::io::Write;

use forge_core::{Actor, Repository};
use forge_git::plain::ProtocolVersion;
use forge_git::upload_pack::{
    Bundles, HiddenRefs, Mode, Remembered, UploadOptions, UploadPack, write_service_line,
};
use forge_git::{Cancel, ObjectStore, RefSnapshot};
use metrics::counter;
use serde_json::json;

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::{Error, Result};
use crate::git::AGENT;
use crate::git::pipe::{Exchange, Input, Output, blocking_reader};

impl App {
    /// Runs a fetch: reads what the client wants and has, answers with refs or a pack.
    pub async fn upload_pack(
        &self,
        access: RepoAccess<Read>,
        origin: Origin,
        version: ProtocolVersion,
        exchange: Exchange,
        input: Input,
    ) -> Result<Output> {
        let turn = self.repositories().turn().await?;
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let options = self.upload_options(access.repo(), exchange);
        let cancel = Cancel::within(self.repositories().limits().longest);
        let path = access.repo().path.clone();
        let watch = self.watch_over::<Read>(access.actor(), access.repo().id, &cancel);
        let input = watch.input(input);
        let report = FetchReport {
            app: self.clone(),
            actor: access.actor().clone(),
            origin,
            repo: access.repo().clone(),
        };
        let output = Output::of(self.tasks(), cancel.clone(), move |out| {
            let _turn = turn;
            let visit = UploadPack::new(&objects, &refs, &options, &cancel);
            let mode = match exchange {
                Exchange::Stateless => Mode::Stateless,
                Exchange::Stateful => Mode::Stateful,
            };
            if exchange == Exchange::Stateful {
                visit.advertise(version, mode, out)?;
            }
            let served = match visit.serve(version, mode, &mut blocking_reader(input), out) {
                Ok(served) => served,
                Err(error) => {
                    report.broken_off(&error);
                    return told(error, exchange);
                }
            };
            counter!("forge_git_fetch_packs_total").increment(served.packs);
            counter!("forge_git_fetch_bytes_total").increment(served.pack_bytes);
            if served.packs > 0 {
                report.sent(served.objects, served.pack_bytes);
                tracing::info!(%path, objects = served.objects, bytes = served.pack_bytes, "sent a pack");
            }
            Ok(())
        });
        Ok(output.under(watch))
    }

    pub(crate) fn upload_options(&self, repo: &Repository, exchange: Exchange) -> UploadOptions {
        let limits = self.repositories().limits().git.clone();
        // The generation goes up with everything that can change what is sent.
        let state = || format!("{} {}", repo.id, repo.generation);
        let remembered =
            self.answers().map(|answers| Remembered { answers: answers.clone(), state: state() });
        // Over SSH there is no address that a bundle could be fetched from with the same key.
        let bundles = self.repositories().limits().bundle_from.filter(|_| exchange == Exchange::Stateless);
        let bundles = bundles.map(Bundles::Prepared);
        // The newest head of a merge request is for everybody; those of its versions are kept for its pages.
        let hidden = HiddenRefs::new(["refs/merge-requests/*/*/head"], "");
        let agent = AGENT.to_owned();
        UploadOptions { agent, remembered, limits, bundles, hidden, ..UploadOptions::default() }
    }
}

/// What the audit log is told of a fetch.
struct FetchReport {
    app: App,
    actor: Actor,
    origin: Origin,
    repo: Repository,
}

impl FetchReport {
    /// A pack was sent, to its end.
    fn sent(&self, objects: u64, bytes: u64) {
        self.note(json!({ "door": self.origin.door.name(), "objects": objects, "bytes": bytes }));
    }

    /// The client went away, or was made to: some of the pack may have been sent, so the log says so.
    fn broken_off(&self, error: &forge_git::Error) {
        if error.is_disconnect() || matches!(error, forge_git::Error::Cancelled) {
            self.note(json!({ "door": self.origin.door.name(), "broken_off": true }));
        }
    }

    fn note(&self, detail: serde_json::Value) {
        let path = self.repo.path.to_string();
        let subject = Subject::new(&self.repo.id, &path);
        self.app.note(&self.actor, &self.origin, "repository.clone", subject, detail);
    }
}

/// What comes after a failure that the client has been told in git's own words.
///
/// Its own faults end the visit as usual: breaking the connection would keep the words from arriving. Ours are errors
/// over SSH, where the exit status tells them; over HTTP they are logged here, because nothing else will.
pub(crate) fn told(error: forge_git::Error, exchange: Exchange) -> Result<()> {
    match error {
        error if error.is_disconnect() => tracing::debug!(%error, "a client went away"),
        forge_git::Error::Invalid(_) | forge_git::Error::NotFound(_) | forge_git::Error::TooLarge { .. } => {
            tracing::info!(%error, "a transfer was refused");
        }
        error if exchange == Exchange::Stateful => return Err(error.into()),
        error => tracing::error!(%error, "a transfer failed"),
    }
    Ok(())
}

/// The advertisement for HTTP. Protocol 2 has no header line before it.
pub(crate) fn advertise_over_http(
    out: &mut dyn Write,
    objects: &ObjectStore,
    refs: &RefSnapshot,
    options: &UploadOptions,
    version: ProtocolVersion,
) -> Result<()> {
    if version != ProtocolVersion::V2 {
        write_service_line(out)?;
    }
    let cancel = Cancel::new();
    UploadPack::new(objects, refs, options, &cancel)
        .advertise(version, Mode::Stateless, out)
        .map_err(Error::from)
}
