//! Other people's bytes, made harmless: nothing a browser gets from here runs or is taken for a page of ours.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use forge_core::code::blob::is_binary;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// How a browser may treat bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::handler) struct Treatment {
    /// What it is told they are.
    pub(in crate::handler) kind: &'static str,
    /// Whether it may show them.
    pub(in crate::handler) inline: bool,
}

impl Treatment {
    /// Decides by the first bytes alone: what a name claims does not count. They may end within a character, unless
    /// they are the whole.
    pub(super) fn of(start: &[u8], is_whole: bool) -> Self {
        if let Some(kind) = picture_type(start) {
            return Self { kind, inline: true };
        }
        if is_binary(start) {
            return Self { kind: "application/octet-stream", inline: false };
        }
        let kind = match start {
            [0xff, 0xfe, ..] => "text/plain; charset=utf-16le",
            [0xfe, 0xff, ..] => "text/plain; charset=utf-16be",
            _ if is_utf8(start, is_whole) => "text/plain; charset=utf-8",
            _ => "text/plain; charset=windows-1252",
        };
        Self { kind, inline: true }
    }
}

fn is_utf8(start: &[u8], is_whole: bool) -> bool {
    match std::str::from_utf8(start) {
        Ok(_) => true,
        Err(error) => !is_whole && error.error_len().is_none(),
    }
}

/// The type of a picture made of pixels, by its first bytes.
pub(super) fn picture_type(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// Whether the browser has exactly this already.
pub(in crate::handler) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
}

/// The answer to a browser that has it already.
pub(in crate::handler) fn unchanged(etag: &str) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    keep_privately(response.headers_mut(), etag);
    response
}

/// Bytes under the strictest policy, with the name for saving them.
pub(in crate::handler) fn inert(body: Body, treatment: Treatment, name: &str, etag: &str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(treatment.kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(value) = HeaderValue::from_str(&disposition(treatment.inline, name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    keep_privately(headers, etag);
    response
}

/// A browser may keep it for this person, and asks each time whether it may still show it.
fn keep_privately(headers: &mut HeaderMap, etag: &str) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
}

/// `Content-Disposition` as RFC 6266 has it: a plain name for all, and the true one for those who can read it.
fn disposition(inline: bool, name: &str) -> String {
    let kind = if inline { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ' | '(' | ')' | '+') {
                c
            } else {
                '_'
            }
        })
        .collect();
    if plain == name {
        return format!("{kind}; filename=\"{plain}\"");
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", crate::url::encode_segment(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_and_pixels_are_shown() {
        let text = |start: &[u8]| Treatment::of(start, true).kind;
        assert_eq!(text(b"<html><script>alert(1)</script>"), "text/plain; charset=utf-8");
        assert_eq!(text(b"<svg onload=alert(1)>"), "text/plain; charset=utf-8");
        assert_eq!(text(b"caf\xe9"), "text/plain; charset=windows-1252");
        assert_eq!(Treatment::of(&[0xc3], false).kind, "text/plain; charset=utf-8", "cut in a character");
        assert_eq!(text(b"\xff\xfea\0"), "text/plain; charset=utf-16le");
        assert_eq!(text(b"\x89PNG\r\n\x1a\n...."), "image/png");
        assert!(!Treatment::of(b"%PDF-1.7\n\0", true).inline);
        assert!(!Treatment::of(b"PK\x03\x04\0", true).inline);
    }

    #[test]
    fn names_stay_in_their_header() {
        assert_eq!(disposition(true, "a b.R"), "inline; filename=\"a b.R\"");
        let odd = disposition(false, "a\"; filename=b.html\r\nX: y");
        assert_eq!(
            odd,
            "attachment; filename=\"a__ filename_b.html__X_ y\"; filename*=UTF-8''a%22%3B%20filename%3Db.html%0D%0AX%3A%20y"
        );
        assert!(HeaderValue::from_str(&odd).is_ok());
        assert!(disposition(true, "größe.csv").ends_with("UTF-8''gr%C3%B6%C3%9Fe.csv"));
    }

    #[test]
    fn knows_what_the_browser_has() {
        let headers = [(header::IF_NONE_MATCH, "\"x\", W/\"abc\"".parse().unwrap())].into_iter().collect();
        assert!(is_known(&headers, "\"abc\"") && !is_known(&headers, "\"ab\""));
    }
}
