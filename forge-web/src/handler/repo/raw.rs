//! The bytes of a file.

use axum::body::Body;
use forge_app::Read;
use http::{HeaderValue, Uri, header};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo};
use crate::handler::repo::inert::{Treatment, inert, is_known, unchanged};
use crate::handler::repo::place::Place;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct RawQuery {
    download: Option<u8>,
}

pub(in crate::handler) async fn show_raw(
    ctx: Ctx,
    Repo(access): Repo<Read>,
    uri: Uri,
    Query(query): Query<RawQuery>,
) -> Answer {
    let code = ctx.app().code(&access).await?;
    let place = Place::of(&code, &access.repo().path, &uri).await?;
    let entry = code.entry(place.commit, place.path.clone()).await?;
    if !entry.kind.is_blob() {
        return Err(Failure::not_found());
    }
    let etag = format!("\"{}\"", entry.id);
    if is_known(&ctx.headers, &etag) {
        return Ok(unchanged(&etag));
    }
    let file = code.raw_file(place.commit, place.path.clone()).await?;
    let is_whole = u64::try_from(file.start.len()).is_ok_and(|length| length >= file.size);
    let mut treatment = Treatment::of(&file.start, is_whole);
    if query.download == Some(1) {
        treatment.inline = false;
        let path = place.path.to_string();
        code.note_download(
            &ctx.origin,
            serde_json::json!({ "commit": place.commit.to_string(), "file": path }),
        );
    }
    let mut response = inert(Body::from_stream(file.content), treatment, &place.name(), &etag);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    Ok(response)
}
