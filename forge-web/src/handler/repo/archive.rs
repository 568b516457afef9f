//! A whole commit as one file.

use axum::body::Body;
use forge_app::Read;
use forge_core::code::ArchiveFormat;
use http::Uri;

use crate::error::{Answer, Failure};
use crate::extract::{Address, Ctx, Repo};
use crate::handler::repo::inert::{Treatment, inert, is_known, unchanged};

pub(in crate::handler) async fn show_archive(ctx: Ctx, Repo(access): Repo<Read>, uri: Uri) -> Answer {
    let rest = Address::of(&uri).rest(3).and_then(|rest| String::from_utf8(rest).ok());
    let rest = rest.ok_or_else(Failure::not_found)?;
    let (rev, format) = ArchiveFormat::split(&rest).ok_or_else(Failure::not_found)?;
    let code = ctx.app().code(&access).await?;
    let resolved = code.resolve(rev).await?;
    // Files may say which branches and tags name the commit.
    let etag = format!("\"{}.{}.{format}\"", resolved.commit, code.generation());
    if is_known(&ctx.headers, &etag) {
        return Ok(unchanged(&etag));
    }
    let name = format!("{}-{}", access.repo().path.name, resolved.label().replace('/', "-"));
    let archive = code.archive(&ctx.origin, resolved.commit, format, name).await?;
    let treatment = Treatment { kind: format.media_type(), inline: false };
    Ok(inert(Body::from_stream(archive.content), treatment, &format!("{}.{format}", archive.name), &etag))
}
