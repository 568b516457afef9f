//! The JSON interface for programs. It knows access tokens and no cookies, and answers what went wrong as
//! `application/problem+json`. Hidden and missing are the same, to the byte.

mod body;
mod caller;
mod v1;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, header};
use serde_json::json;

use crate::error::{Answer, Failure};
use crate::page::error::Problem;
use crate::routes::Routes;
use crate::web::Web;
use body::Json;
use caller::Caller;

/// The routes of the interface.
pub(crate) fn routes() -> Routes {
    v1::routes(Routes::new())
}

/// Says what went wrong in a form that programs read.
pub(crate) async fn in_json(State(_): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else { return response };
    failure.log();
    let (problem, detail) = failure.shown();
    let title = match problem {
        Problem::SignIn => "Send an access token",
        Problem::NotFound => "Not found",
        other => other.title(),
    };
    let status = failure.status();
    let mut said = json!({ "type": "about:blank", "title": title, "status": status.as_u16() });
    if let (Some(said), false) = (said.as_object_mut(), detail.is_empty()) {
        said.insert("detail".to_owned(), detail.into());
    }
    let mut response = (status, said.to_string()).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    failure.decorate(&mut response);
    if matches!(failure, Failure::SignIn) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// What a program asked for.
fn answer(status: http::StatusCode, said: &impl serde::Serialize) -> Answer {
    let text = serde_json::to_string(said).map_err(Failure::internal)?;
    let mut response = (status, text).into_response();
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
