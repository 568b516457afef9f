//! Reading code for pages.
//!
//! [`Code`] is a repository opened for reading at one moment: the refs it was opened with are the ones every answer
//! is about, and an id resolves only if those refs lead to it. Work runs on the blocking pool, a bounded number at a
//! time, so that a crawler on slow pages cannot take the whole machine.

mod archive;
mod changes;
mod files;
mod history;
mod kept;
mod kept_changes;
mod owners;
mod pairs;
mod patch;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use forge_core::code::Resolved;
use forge_core::{Actor, FilePath, Permission, RepoId};
use forge_git::browse::{Browser, ReachableCommits};
use forge_git::{Cancel, RefSnapshot};

use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::{Error, Result};
use crate::git::Objects;

pub use archive::Archive;
pub use changes::{Between, Counted, LineOptions, Screen};
pub use files::{Directory, File, RawFile};
pub(crate) use kept::Kept;
pub(crate) use kept_changes::Moves;
pub use owners::OwnersFile;
pub(crate) use owners::OwnersSaid;
pub use pairs::{PairedCommits, Pairs};
pub use patch::{Patch, PatchForm};
pub use signature::{BadSignature, SignatureState};

/// How long one question may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// A repository opened for reading.
#[derive(Debug, Clone)]
pub struct Code {
    app: App,
    actor: Actor,
    repo: RepoId,
    path: String,
    generation: u64,
    objects: Objects,
    refs: Arc<RefSnapshot>,
}

impl App {
    /// Opens a repository for reading.
    pub async fn code(&self, access: &RepoAccess<Read>) -> Result<Code> {
        debug_assert!(access.permission() >= Permission::Read);
        let repo = access.repo();
        let (refs, objects) = self.open_repository(repo).await?;
        let (app, actor) = (self.clone(), access.actor().clone());
        let path = repo.path.to_string();
        Ok(Code { app, actor, repo: repo.id, path, generation: repo.generation, objects, refs })
    }
}

impl Code {
    /// Whether nothing has been pushed yet.
    pub fn is_empty(&self) -> bool {
        self.refs.is_empty()
    }

    /// How often the refs have moved.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The commit that a branch, a tag, `HEAD` or an id names.
    pub async fn resolve(&self, text: &str) -> Result<Resolved> {
        let (code, text) = (self.clone(), text.to_owned());
        self.ask(move |browser, cancel| {
            let known = code.reachable(browser, text.as_bytes(), cancel)?;
            browser.resolve(&code.refs, &text, known.as_deref(), cancel)
        })
        .await
    }

    /// Splits `feature/x/src/a.R` into what it names and a path. The longest ref wins.
    pub async fn resolve_with_path(&self, text: &[u8]) -> Result<(Resolved, FilePath)> {
        let (code, text) = (self.clone(), text.to_vec());
        self.ask(move |browser, cancel| {
            let known = code.reachable(browser, &text, cancel)?;
            browser.resolve_with_path(&code.refs, &text, known.as_deref(), cancel)
        })
        .await
    }

    /// The commits that the refs lead to, where the text may start with an id. Found once per generation.
    fn reachable(
        &self,
        browser: &Browser,
        text: &[u8],
        cancel: &Cancel,
    ) -> forge_git::Result<Option<Arc<ReachableCommits>>> {
        let first = text.split(|byte| *byte == b'/').next().unwrap_or_default();
        if first.len() < 7 || !first.iter().all(u8::is_ascii_hexdigit) {
            return Ok(None);
        }
        if let Some(kept) = self.app.kept().reachable(self.repo, self.generation) {
            return Ok(Some(kept));
        }
        let found = Arc::new(browser.reachable_commits(&self.refs, cancel)?);
        self.app.kept().keep_reachable(self.repo, self.generation, Arc::clone(&found));
        Ok(Some(found))
    }

    /// Notes for the audit log that files were taken away.
    pub fn note_download(&self, origin: &Origin, detail: serde_json::Value) {
        let subject = Subject::new(&self.repo, &self.path);
        self.app.note(&self.actor, origin, "repository.download", subject, detail);
    }

    /// Asks a question on the blocking pool.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Browser, &Cancel) -> forge_git::Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.app.kept().turn().await?;
        let objects = self.objects.clone();
        let span = tracing::Span::current();
        let work = self.app.tasks().spawn_blocking(move || {
            let _entered = span.enter();
            let _turn = turn;
            question(&Browser::open(&objects), &Cancel::within(PATIENCE))
        });
        Ok(work.await.map_err(Error::internal)??)
    }
}
