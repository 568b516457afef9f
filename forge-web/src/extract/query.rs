//! The query of an address.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::Failure;
use crate::web::Web;

/// The values behind the question mark. One that is there twice is an error; unknown ones do not matter.
#[derive(Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<Web> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Failure> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|found: axum::extract::Query<T>| Self(found.0))
            .map_err(|_| {
                Failure::bad_request("The end of this address, behind the question mark, makes no sense.")
            })
    }
}
