//! What goes back to a git client.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use forge_app::{Output, Service};
use futures::stream::{self, StreamExt};
use http::{HeaderValue, header};

use super::input::Fault;
use crate::error::{Answer, Failure};

/// An answer that no cache keeps.
pub(super) fn with_type(kind: &str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("Fri, 01 Jan 1980 00:00:00 GMT"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Streams what the engine writes.
///
/// The first bytes are waited for, so that what goes wrong before them has a status and words of its own. What goes
/// wrong later breaks the connection off, so that no client takes half for all.
pub(super) async fn stream(service: Service, mut output: Output, fault: &Fault) -> Answer {
    let first = match StreamExt::next(&mut output).await {
        None => Bytes::new(),
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(fault.failure().unwrap_or_else(|| failure(error))),
    };
    let rest = output.inspect(|chunk| {
        if let Err(error) = chunk {
            tracing::warn!(%error, "a transfer was broken off");
        }
    });
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(rest));
    Ok(with_type(&format!("application/x-{}-result", service.name()), body))
}

fn failure(error: io::Error) -> Failure {
    match error.downcast::<forge_app::Error>() {
        Ok(error) => error.into(),
        Err(error) => Failure::internal(error),
    }
}
