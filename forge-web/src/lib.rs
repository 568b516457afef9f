//! Pages, JSON and git over HTTPS: the doors that speak HTTP.

mod api;
pub mod asset;
mod cookie;
mod csrf;
mod error;
mod extract;
mod form;
mod git;
mod handler;
mod middleware;
mod notice;
pub mod page;
pub mod render;
mod routes;
pub mod server;
#[cfg(test)]
mod testing;
pub mod url;
pub mod view;
mod web;

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use forge_app::App;

pub use page::admin::SettingRow;
pub use render::hidden::shown;
pub use render::{SafeHtml, highlight, markdown, notebook};
pub use routes::{Guard, Route};
pub use server::{Network, RenderMetrics, ServeError, TlsFiles, WebLimits, WebOptions, serve};

use error::Failure;
use middleware::Pace;
use web::Web;

/// Every route with what it asks for first.
pub fn route_table() -> Vec<Route> {
    let groups = [git::routes(), api::routes(), handler::site(true), handler::pages()];
    groups.into_iter().flat_map(|routes| routes.into_parts().1).collect()
}

/// All that is served, ready for a connection or a test.
pub fn router(app: App, options: WebOptions) -> Router {
    app.set_public_url(options.public_url.clone());
    let serves_metrics = options.metrics.is_some();
    let limits = options.limits;
    let web = Web::new(app, options);
    let transfer =
        Pace { silence: limits.transfer_silence, grace: limits.transfer_silence, bytes_per_second: 1024 };
    let small =
        Pace { silence: Duration::from_secs(15), grace: Duration::from_secs(15), bytes_per_second: 1024 };
    let git = git::routes()
        .into_parts()
        .0
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(transfer, middleware::pace))
        .layer(from_fn_with_state(web.clone(), git::in_plain_words));
    let api = api::routes()
        .into_parts()
        .0
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(small, middleware::pace))
        .layer(from_fn_with_state(web.clone(), api::in_json));
    let site = handler::site(serves_metrics)
        .into_parts()
        .0
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(middleware::plain));
    let pages = handler::pages()
        .into_parts()
        .0
        .method_not_allowed_fallback(wrong_method)
        .fallback(no_route)
        .layer(handler::compression())
        .layer(from_fn_with_state(small, middleware::pace))
        .layer(from_fn_with_state(web.clone(), middleware::page));
    Router::new()
        .merge(git)
        .merge(api)
        .merge(site)
        .merge(pages)
        .layer(from_fn_with_state(web.clone(), middleware::outside))
        .with_state(web)
}

async fn no_route() -> Failure {
    Failure::not_found()
}

async fn wrong_method() -> Failure {
    Failure::Method
}
