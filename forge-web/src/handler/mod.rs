//! Handlers: one call into the house, one view.

mod site;

use crate::routes::Routes;

/// What programs read: health, assets, notes for machines.
pub(crate) fn site(serves_metrics: bool) -> Routes {
    site::routes(serves_metrics)
}

/// Pages.
pub(crate) fn pages() -> Routes {
    Routes::new()
}

/// Packs pages for the way. Their one secret, the form token, is masked afresh each time.
pub(crate) fn compression() -> tower_http::compression::CompressionLayer<IsPage> {
    tower_http::compression::CompressionLayer::new()
        .quality(tower_http::CompressionLevel::Fastest)
        .compress_when(IsPage)
}

/// Chooses pages; what people uploaded is sent as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IsPage;

impl tower_http::compression::Predicate for IsPage {
    fn should_compress<B: http_body::Body>(&self, response: &http::Response<B>) -> bool {
        let kind = response.headers().get(http::header::CONTENT_TYPE);
        let is_html = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
        is_html && response.body().size_hint().lower() > 800
    }
}
