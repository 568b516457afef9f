//! What every handler stands on.

use std::sync::Arc;

use forge_app::App;

use crate::cookie::CookieNames;
use crate::server::WebOptions;

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
}

impl Web {
    pub(crate) fn new(app: App, options: WebOptions) -> Self {
        let cookies = CookieNames::new(options.is_https());
        let (site, origin) = (options.site(), options.public_url.origin().ascii_serialization());
        Self { inner: Arc::new(Inner { app, options, cookies, site, origin }) }
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
}
