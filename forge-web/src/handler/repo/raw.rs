//! The bytes of a file.

use axum::body::Body;
use forge_app::{Code, Read};
use http::{HeaderValue, Uri, header};
use serde::Deserialize;

use crate::error::{Answer, Failure};
use crate::extract::{Ctx, Query, Repo};
use crate::handler::repo::inert::{Treatment, inert, is_known, picture_type, unchanged};
use crate::handler::repo::place::Place;
use crate::render::notebook;

/// What the address says.
#[derive(Deserialize)]
pub(in crate::handler) struct RawQuery {
    download: Option<u8>,
    /// The number of a picture in a notebook.
    picture: Option<usize>,
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
    let etag = match query.picture {
        Some(number) => format!("\"{}-{number}\"", entry.id),
        None => format!("\"{}\"", entry.id),
    };
    if is_known(&ctx.headers, &etag) {
        return Ok(unchanged(&etag));
    }
    if let Some(number) = query.picture {
        return picture(&ctx, &code, &place, number).await;
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

/// A picture that a cell of a notebook produced, if its bytes are one.
async fn picture(ctx: &Ctx, code: &Code, place: &Place, number: usize) -> Answer {
    let limit = u64::try_from(notebook::MAX_BYTES).unwrap_or(u64::MAX);
    let blob = code.file(place.commit, place.path.clone(), limit).await?.blob;
    let content = blob.content.ok_or_else(Failure::not_found)?;
    let found = ctx.web.render(move || notebook::picture(&content, number)).await?;
    let bytes = found.filter(|bytes| picture_type(bytes).is_some()).ok_or_else(Failure::not_found)?;
    let treatment = Treatment::of(&bytes, true);
    let name = format!("{}-{}", place.name(), number + 1);
    Ok(inert(Body::from(bytes), treatment, &name, &format!("\"{}-{number}\"", blob.id)))
}
