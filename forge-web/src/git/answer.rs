//! What goes back to a git client.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use forge_app::{Output, Service};
use futures::future::ready;
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
    let first = StreamExt::next(&mut output).await;
    if let Some(failure) = fault.failure() {
        // The engine says only that it could not read on; here it is known why.
        return Err(failure);
    }
    let first = match first {
        None => Bytes::new(),
        Some(Ok(first)) => first,
        Some(Err(error)) => return Err(failure(error)),
    };
    let rest = output.filter_map(|chunk| {
        ready(match chunk {
            Err(error) if was_told(&error) => None,
            Err(error) => {
                tracing::warn!(%error, "a transfer was broken off");
                Some(Err(error))
            }
            chunk => Some(chunk),
        })
    });
    let body = Body::from_stream(stream::once(async { Ok(first) }).chain(rest));
    Ok(with_type(&format!("application/x-{}-result", service.name()), body))
}

/// Whether the engine has told the client already, in git's own words, that its request is wrong.
fn was_told(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<forge_app::Error>());
    matches!(inner, Some(forge_app::Error::Invalid { .. }))
}

fn failure(error: io::Error) -> Failure {
    match error.downcast::<forge_app::Error>() {
        Ok(error) => error.into(),
        Err(error) => Failure::internal(error),
    }
}
