//! Forms. A form gives up its value only after the request proved that a page of ours sent it.
//!
//! Three things are looked at: what the browser says about where the request comes from (`Sec-Fetch-Site`,
//! `Origin`), the token in the form, and the cookie that the token was made of. Any one that is wrong refuses.

mod fields;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use http::{HeaderMap, Method, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use crate::csrf;
use crate::error::Failure;
use crate::extract::Visitor;
use crate::middleware::TooSlow;
use crate::page::error::Problem;
use crate::web::Web;
use fields::Fields;

/// Bytes of a form.
const MAX_BYTES: usize = 64 * 1024;
/// The field with the token.
const TOKEN: &str = "csrf";

/// What somebody entered in a page of ours.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Web> for Form<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        debug_assert_eq!(parts.method, Method::POST);
        check_source(&parts.headers, web.origin())?;
        let visitor =
            parts.extensions.get::<Visitor>().ok_or_else(|| Failure::internal("a form outside the pages"))?;
        check_type(&parts.headers)?;
        let bytes = read(&parts.headers, body).await?;
        let mut fields = Fields::parse(&bytes);
        let token = fields.take(TOKEN).ok_or_else(out_of_date)?;
        if !csrf::matches(visitor.form_secret(), &token) {
            return Err(out_of_date());
        }
        fields.value().map(Self).map_err(|error| {
            Failure::bad_request(format!("The form was not filled in as expected: {error}."))
        })
    }
}

/// Refuses what another site sent, as far as the browser says so.
fn check_source(headers: &HeaderMap, own: &str) -> Result<(), Failure> {
    let foreign =
        || Failure::of(Problem::NotAllowed, "This form was sent from another site, so nothing was done.");
    if let Some(site) = headers.get("sec-fetch-site")
        && !matches!(site.as_bytes(), b"same-origin" | b"none")
    {
        return Err(foreign());
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    // On one machine people use both 127.0.0.1 and localhost; the browser then names that host in both headers.
    let same_host = || {
        let host = headers.get(header::HOST)?.as_bytes();
        let origin = origin.as_bytes();
        let bare = origin.strip_prefix(b"https://").or_else(|| origin.strip_prefix(b"http://"))?;
        (bare == host).then_some(())
    };
    if origin.as_bytes() == own.as_bytes() || same_host().is_some() { Ok(()) } else { Err(foreign()) }
}

fn check_type(headers: &HeaderMap) -> Result<(), Failure> {
    let found = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let name = found.split(';').next().unwrap_or_default().trim();
    if name.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(Failure::bad_request("This address takes a form that was filled in on its page."))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Failure> {
    let too_large =
        || Failure::of(Problem::TooLarge, format!("A form takes at most {} KB.", MAX_BYTES / 1024));
    let said =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > MAX_BYTES)) {
        return Err(too_large());
    }
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes().into()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Err(error) if TooSlow::caused(&*error) => Err(Failure::TooSlow),
        Err(_) => Err(Failure::bad_request("The form did not arrive whole. Send it again.")),
    }
}

fn out_of_date() -> Failure {
    let text = "The form is out of date, or your browser does not keep cookies. Go back, load the page again and send it once more.";
    Failure::of(Problem::NotAllowed, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(lines: &[(&'static str, &str)]) -> bool {
        let headers =
            lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check_source(&headers, "https://forge.example").is_ok()
    }

    #[test]
    fn other_sites_send_nothing() {
        assert!(from(&[("origin", "https://forge.example"), ("sec-fetch-site", "same-origin")]));
        assert!(from(&[]), "not a browser: the token decides");
        assert!(from(&[("origin", "http://localhost:3000"), ("host", "localhost:3000")]));
        for bad in [
            &[("origin", "https://evil.example"), ("host", "forge.example")][..],
            &[("origin", "null")],
            &[("origin", "https://forge.example.evil.example"), ("host", "forge.example")],
            &[("origin", "http://forge.example:8080"), ("host", "forge.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "https://forge.example")],
        ] {
            assert!(!from(bad), "{bad:?}");
        }
    }

    #[test]
    fn only_forms_are_forms() {
        let of = |value: &str| {
            check_type(&[(header::CONTENT_TYPE, value.parse().unwrap())].into_iter().collect()).is_ok()
        };
        assert!(
            of("application/x-www-form-urlencoded") && of("Application/X-WWW-Form-URLEncoded; charset=UTF-8")
        );
        assert!(!of("text/plain") && !of("multipart/form-data; boundary=x") && !of("application/json"));
    }

    #[tokio::test]
    async fn large_forms_are_refused_by_size() {
        let said = [(header::CONTENT_LENGTH, "2000000000".parse().unwrap())].into_iter().collect();
        assert_eq!(read(&said, Body::empty()).await.unwrap_err().status(), 413);
        let sent = Body::from(vec![b'a'; MAX_BYTES + 1]);
        assert_eq!(read(&HeaderMap::new(), sent).await.unwrap_err().status(), 413);
        assert_eq!(read(&HeaderMap::new(), Body::from("a=b")).await.unwrap(), b"a=b");
    }
}
