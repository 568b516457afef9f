//! A feed as Atom, for programs that ask whether there is anything new.

use askama::Template as _;
use axum::body::Body;
use http::{HeaderValue, header};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::error::{Answer, Failure};
use crate::extract::Ctx;
use crate::handler::repo::inert::{Treatment, inert, is_known, unchanged};
use crate::page::feed::{Entry, Feed};

/// What a feed tells.
pub(super) struct Told {
    /// Its name that stays, in the world of this site.
    pub(super) id: String,
    pub(super) title: String,
    /// The page that shows the same.
    pub(super) page: String,
    /// Its own address, where that holds no secret: feeds are passed on whole.
    pub(super) own_url: Option<String>,
    /// When it last changed if it tells nothing.
    pub(super) since: OffsetDateTime,
    pub(super) entries: Vec<Entry>,
}

/// The answer. Whether it is new is told by its bytes alone: something that was taken out of it leaves no later time
/// behind, so the time is said and never believed.
pub(super) fn answer(ctx: &Ctx, name: &str, told: Told) -> Answer {
    let site = ctx.web.site();
    let updated = told.entries.iter().map(|entry| entry.at).max().unwrap_or(told.since);
    let feed = Feed {
        id: ctx.web.lasting_id(&told.id),
        title: told.title,
        page_url: format!("{site}{}", told.page),
        own_url: told.own_url.map(|path| format!("{site}{path}")),
        updated,
        entries: told.entries,
    };
    let text = feed.render().map_err(Failure::internal)?;
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    let etag = format!("\"{}\"", digest.get(..32).unwrap_or(&digest));
    if is_known(&ctx.headers, &etag) {
        return Ok(unchanged(&etag));
    }
    let treatment = Treatment { kind: "application/atom+xml; charset=utf-8", inline: true };
    let mut response = inert(Body::from(text), treatment, &format!("{name}.atom"), &etag);
    if let Ok(at) = HeaderValue::from_str(&http_date(updated)) {
        response.headers_mut().insert(header::LAST_MODIFIED, at);
    }
    Ok(response)
}

/// A moment as headers have it.
fn http_date(at: OffsetDateTime) -> String {
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_are_those_of_headers() {
        assert_eq!(http_date(datetime!(2026-11-29 09:05:07 +1)), "Sun, 29 Nov 2026 08:05:07 GMT");
    }
}
