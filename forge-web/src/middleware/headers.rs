//! Headers that keep browsers strict. Every answer has them, errors too.

use axum::response::Response;
use http::header::Entry;
use http::{HeaderName, HeaderValue, header};

/// What a page of ours may load: our own style sheets, scripts and pictures, and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                           connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
                           require-trusted-types-for 'script'";

const EVERYWHERE: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), \
         midi=(), payment=(), usb=(), browsing-topics=()",
    ),
];

/// Adds what is not there. A handler that serves other people's bytes has set a stricter policy of its own.
pub(super) fn strict(response: &mut Response, is_https: bool) {
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Entry::Vacant(entry) = headers.entry(header::CONTENT_SECURITY_POLICY) {
        entry.insert(HeaderValue::from_static(PAGE_POLICY));
    }
    if let Entry::Vacant(entry) = headers.entry(header::CACHE_CONTROL) {
        entry.insert(HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Cookie, Authorization, Accept-Encoding"));
    }
    if is_https {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use http::StatusCode;

    use super::*;

    #[test]
    fn every_answer_is_strict_and_nothing_is_kept() {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        strict(&mut response, true);
        let get = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(get("x-content-type-options"), "nosniff");
        assert_eq!(get("cache-control"), "no-store");
        assert_eq!(get("strict-transport-security"), "max-age=63072000; includeSubDomains");
        let policy = get("content-security-policy");
        assert!(policy.contains("object-src 'none'") && policy.contains("base-uri 'none'"));
        assert!(!policy.contains("unsafe-") && !policy.contains("http"));
    }

    #[test]
    fn stricter_policies_stay() {
        let policy = HeaderValue::from_static("default-src 'none'; sandbox");
        let mut response = [(header::CONTENT_SECURITY_POLICY, policy.clone())].into_response();
        strict(&mut response, false);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], policy);
        assert!(!response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
