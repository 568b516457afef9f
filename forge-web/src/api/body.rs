//! What a program sends: JSON of a known form, and no more of it than needed.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::middleware::TooSlow;
use crate::page::error::Problem;
use crate::web::Web;

/// Bytes of a body.
const MAX_BYTES: usize = 64 * 1024;

/// What a program sent. Fields that are not known are refused: they would be left out without a word.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Web> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        check_type(&parts.headers)?;
        let bytes = read(body).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Failure::bad_request(format!("The JSON is not what this address takes: {error}."))
        })
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = found.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Failure::bad_request("Send JSON, with the header Content-Type: application/json."))
}

async fn read(body: Body) -> Result<Vec<u8>, Failure> {
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let text = format!("A request takes at most {} KB.", MAX_BYTES / 1024);
            Err(Failure::of(Problem::TooLarge, text))
        }
        Err(error) if TooSlow::caused(&*error) => Err(Failure::TooSlow),
        Err(_) => Err(Failure::bad_request("The request did not arrive whole. Send it again.")),
    }
}
