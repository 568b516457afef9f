//! For what programs read: failures as a line of text.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::error::Failure;

/// Turns failures into a line of text.
pub(crate) async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    failure.log();
    let (problem, detail) = failure.shown();
    let text = if detail.is_empty() { problem.title().to_owned() } else { detail };
    let status: StatusCode = failure.status();
    let mut response = (status, format!("{text}\n")).into_response();
    failure.decorate(&mut response);
    response
}
