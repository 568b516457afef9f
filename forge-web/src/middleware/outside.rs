//! The outermost layer: id, log line, metrics, strict headers, panics, methods.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use http::{HeaderValue, Method, StatusCode, header};
use tracing::Instrument as _;

use crate::error::Failure;
use crate::extract::Client;
use crate::middleware::{headers, log};
use crate::web::Web;

/// What a request is called in the log, in the answer's `x-request-id`, and on error pages.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// What whoever watches over the process may ask from any network: it tells nothing.
const ALIVE: [&str; 2] = ["/healthz", "/readyz"];

/// The layer around everything.
pub(crate) async fn outside(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(hex::encode(web.app().ambient().random::<8>()));
    let client = Client::find(&web.options().trusted_proxies, request.extensions(), request.headers());
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client);
    let line = log::Line::of(&request, client);
    let span = tracing::info_span!("request", id = id.0);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_open = client.may_come_from(&web.options().networks) || ALIVE.contains(&request.uri().path());
    let mut response = if is_open {
        caught(request, next).instrument(span.clone()).await
    } else {
        (StatusCode::FORBIDDEN, "This site is not open to your network.\n").into_response()
    };
    headers::strict(&mut response, web.options().is_https());
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    let _entered = span.enter();
    line.write(route.as_ref().map(MatchedPath::as_str), response.status(), started.elapsed());
    response
}

/// Runs the rest. A panic in it ends this request and nothing else.
async fn caught(request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return refuse_method();
    }
    if let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await {
        return response;
    }
    let failure = Failure::internal("a handler panicked");
    failure.log();
    (failure.status(), "Sorry, there is a problem with the service.\n").into_response()
}

/// Nothing here answers to other methods, and nothing lets a header change the method.
fn refuse_method() -> Response {
    let mut response = (Failure::Method.status(), "This method is not allowed here.\n").into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    response
}
