//! What every handler stands on.

use std::sync::Arc;

use forge_app::App;
use forge_core::{ObjectId, RepoId};
use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::cookie::CookieNames;
use crate::error::Failure;
use crate::server::WebOptions;
use crate::view::DiffHunk;

/// Documents and files that are laid out at one time.
const LAID_OUT_AT_ONCE: usize = 4;

/// Bytes of changed lines, marked up as code, that are kept.
const MARKED_BYTES: u64 = 64 << 20;
/// About how many bytes a line takes beside its text.
const LINE: usize = 150;

/// The difference of two blobs, marked up as code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MarkedKey {
    pub(crate) repo: RepoId,
    pub(crate) old: Option<ObjectId>,
    pub(crate) new: Option<ObjectId>,
    pub(crate) ignore_space: bool,
    pub(crate) language: &'static str,
}

/// The house and how it is served. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Web {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    options: WebOptions,
    cookies: CookieNames,
    site: String,
    origin: String,
    turns: Arc<Semaphore>,
    marked: Cache<MarkedKey, Arc<[DiffHunk]>>,
}

impl Web {
    pub(crate) fn new(app: App, options: WebOptions) -> Self {
        let cookies = CookieNames::new(options.is_https());
        let (site, origin) = (options.site(), options.public_url.origin().ascii_serialization());
        let turns = Arc::new(Semaphore::new(LAID_OUT_AT_ONCE));
        let weigh = |_: &MarkedKey, hunks: &Arc<[DiffHunk]>| {
            let lines = hunks.iter().flat_map(|hunk| &hunk.lines);
            u32::try_from(lines.map(|line| line.html.as_str().len() + LINE).sum::<usize>())
                .unwrap_or(u32::MAX)
        };
        let marked = Cache::builder().max_capacity(MARKED_BYTES).weigher(weigh).build();
        Self { inner: Arc::new(Inner { app, options, cookies, site, origin, turns, marked }) }
    }

    pub(crate) fn app(&self) -> &App {
        &self.inner.app
    }

    pub(crate) fn options(&self) -> &WebOptions {
        &self.inner.options
    }

    pub(crate) fn cookies(&self) -> &CookieNames {
        &self.inner.cookies
    }

    /// The public address without a slash at its end.
    pub(crate) fn site(&self) -> &str {
        &self.inner.site
    }

    /// The public address as browsers write it in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// A name that stays for something of this site, as RFC 4151 has it: whatever its address becomes.
    pub(crate) fn lasting_id(&self, name: &str) -> String {
        let host = self.options().public_url.host_str().filter(|host| !host.starts_with('['));
        let host = host.unwrap_or("forge.invalid");
        format!("tag:{host},2026:{name}")
    }

    /// Changed lines marked up as code, made once and kept.
    pub(crate) fn marked(&self, key: MarkedKey, make: impl FnOnce() -> Arc<[DiffHunk]>) -> Arc<[DiffHunk]> {
        if let Some(kept) = self.inner.marked.get(&key) {
            return kept;
        }
        let hunks = make();
        self.inner.marked.insert(key, Arc::clone(&hunks));
        hunks
    }

    /// Lays something out on the blocking pool, a few at a time. The limit on a page's time bounds the wait.
    pub(crate) async fn render<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.inner.turns).acquire_owned().await.map_err(Failure::internal)?;
        let span = tracing::Span::current();
        let work = self.app().tasks().spawn_blocking(move || {
            let _entered = span.enter();
            let _turn = turn;
            work()
        });
        work.await.map_err(Failure::internal)
    }
}
