//! What every handler stands on.

use std::sync::Arc;

use forge_app::App;

use tokio::sync::Semaphore;

use crate::cookie::CookieNames;
use crate::error::Failure;
use crate::server::WebOptions;

/// Documents and files that are laid out at one time.
const LAID_OUT_AT_ONCE: usize = 4;

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
}

impl Web {
    pub(crate) fn new(app: App, options: WebOptions) -> Self {
        let cookies = CookieNames::new(options.is_https());
        let (site, origin) = (options.site(), options.public_url.origin().ascii_serialization());
        let turns = Arc::new(Semaphore::new(LAID_OUT_AT_ONCE));
        Self { inner: Arc::new(Inner { app, options, cookies, site, origin, turns }) }
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
