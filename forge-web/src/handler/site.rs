//! What belongs to the site and to nobody: health, assets, notes for machines.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::asset::{self, Asset, Encoding};
use crate::error::{Answer, Failure};
use crate::extract::{Address, see_other};
use crate::routes::{Guard, Routes};
use crate::url;
use crate::web::Web;

/// The routes.
pub(super) fn routes(serves_metrics: bool) -> Routes {
    let routes = Routes::new()
        .get("/healthz", Guard::Open, show_health)
        .get("/readyz", Guard::Open, show_readiness)
        .get("/assets/{*path}", Guard::Open, show_asset)
        .get("/favicon.ico", Guard::Open, show_favicon)
        .get("/robots.txt", Guard::Open, show_robots)
        .get("/.well-known/security.txt", Guard::Open, show_security)
        .get("/.well-known/change-password", Guard::Open, show_change_password);
    if serves_metrics { routes.get("/metrics", Guard::Open, show_metrics) } else { routes }
}

/// A process that only reads is still well enough to be left alone; what is wrong stands in the answer.
async fn show_health(State(web): State<Web>) -> String {
    match web.app().disk_failure() {
        None => "ok\n".to_owned(),
        Some(_) => "read-only: the disk has failed to keep data, see the log\n".to_owned(),
    }
}

async fn show_readiness(State(web): State<Web>) -> Response {
    if web.app().tasks().is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match web.app().not_ready().await {
        None => "ready\n".into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response(),
    }
}

async fn show_metrics(State(web): State<Web>) -> Answer {
    let render = web.options().metrics.as_ref().ok_or_else(Failure::not_found)?;
    web.app().disk_failure();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], render()).into_response())
}

async fn show_asset(uri: Uri, headers: HeaderMap) -> Answer {
    let found = asset::find(Address::of(&uri).raw_rest(1)).ok_or_else(Failure::not_found)?;
    Ok(serve(found.asset, found.immutable, &headers))
}

async fn show_favicon(headers: HeaderMap) -> Answer {
    Ok(serve(asset::favicon().ok_or_else(Failure::not_found)?, false, &headers))
}

fn serve(asset: &'static Asset, is_immutable: bool, headers: &HeaderMap) -> Response {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoding = Encoding::choose(accepted);
    let kept = if is_immutable { "public, max-age=31536000, immutable" } else { "public, max-age=300" };
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == asset.etag().as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(asset.encoded(encoding)).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type()));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    answer.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::from_str(asset.etag()) {
        answer.insert(header::ETAG, etag);
    }
    if let Some(name) = encoding.header().filter(|_| !known) {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}

/// Nothing here is for search engines: nearly all of it needs a person who is signed in.
async fn show_robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

async fn show_security(State(web): State<Web>) -> Answer {
    let contact = web.options().security_contact.as_ref().ok_or_else(Failure::not_found)?;
    let expires =
        (web.app().ambient().now() + Duration::days(180)).format(&Rfc3339).map_err(Failure::internal)?;
    let site = web.site();
    Ok(format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {site}/.well-known/security.txt\n"
    )
    .into_response())
}

async fn show_change_password() -> Answer {
    see_other(url::SETTINGS_PASSWORD)
}
