//! Headers of git requests.

use forge_app::{Service, Version};
use http::{HeaderMap, header};

use crate::error::Failure;
use crate::page::error::Problem;

/// Longer values of `Git-Protocol` are no git's.
const LONGEST: usize = 256;

/// The protocol version a client asks for. Whatever cannot be understood means the oldest, as git does it.
pub(super) fn version(headers: &HeaderMap) -> Version {
    let asked = headers.get("git-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
    Version::parse(if asked.len() > LONGEST { "" } else { asked })
}

/// Refuses bodies that are not what the service reads: a form of another site cannot say this type.
pub(super) fn check_type(headers: &HeaderMap, service: Service) -> Result<(), Failure> {
    let found = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes).unwrap_or_default();
    let expected = format!("application/x-{}-request", service.name());
    if found == expected.as_bytes() {
        return Ok(());
    }
    Err(Failure::of(Problem::BadRequest, format!("The content type of this request must be {expected}.")))
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Not at all.
    Identity,
    /// With gzip, which git does for long requests.
    Gzip,
}

/// Reads `Content-Encoding`.
pub(super) fn encoding(headers: &HeaderMap) -> Result<Encoding, Failure> {
    match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(Encoding::Identity),
        Some(b"gzip" | b"x-gzip") => Ok(Encoding::Gzip),
        Some(_) => Err(Failure::of(Problem::BadRequest, "A request may be packed with gzip only.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
        [(name.parse().unwrap(), http::HeaderValue::from_bytes(value).unwrap())].into_iter().collect()
    }

    #[test]
    fn versions_are_read_leniently() {
        let read = |value: &[u8]| version(&headers("git-protocol", value));
        let oldest = version(&HeaderMap::new());
        assert_ne!(read(b"version=2"), oldest);
        assert_eq!(read(b"foo:version=2"), read(b"version=2"));
        for odd in
            [&b"version=9"[..], b"\xff\xfe", "version=2:".repeat(1000).as_bytes(), b"version=", b"hello"]
        {
            assert_eq!(read(odd), oldest);
        }
    }

    #[test]
    fn bodies_say_what_they_are() {
        let kind = |value: &[u8]| check_type(&headers("content-type", value), Service::UploadPack).is_ok();
        assert!(kind(b"application/x-git-upload-pack-request"));
        assert!(!kind(b"application/x-git-receive-pack-request") && !kind(b"text/plain") && !kind(b""));
        assert_eq!(encoding(&headers("content-encoding", b"gzip")).unwrap(), Encoding::Gzip);
        assert_eq!(encoding(&HeaderMap::new()).unwrap(), Encoding::Identity);
        assert!(encoding(&headers("content-encoding", b"br")).is_err());
    }
}
