//! Signing in and out, cookies, and forms from elsewhere.

use axum::body::Body;
use forge_core::Visibility;
use http::{HeaderMap, Method, header};

use super::{Forge, PASSWORD, SITE};

#[tokio::test]
async fn the_first_administrator_comes_in_by_a_link_that_works_once() {
    let forge = Forge::new().await;
    let secret = forge.app.offer_setup().await.unwrap().unwrap();
    let link = format!("/setup/{}", secret.expose());
    let mut browser = forge.browser();
    let fields = [("username", "ada"), ("name", "Ada"), ("email", "ada@example.org"), ("password", PASSWORD)];
    let weak = [("username", "ada"), ("name", "Ada"), ("email", "ada@example.org"), ("password", "short")];
    let answer = browser.submit(&link, &link, &weak).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("There is a problem") && !answer.text().contains("short\""));
    let answer = browser.submit(&link, &link, &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/sign-in"));
    assert!(browser.get("/sign-in").await.text().contains("first administrator"), "the next page says so");
    assert!(!browser.get("/sign-in").await.text().contains("first administrator"), "and only that one");
    assert_eq!(browser.get(&link).await.status, 404);
    let mut ada = forge.signed_in("ada").await;
    assert_eq!(ada.get("/admin/people").await.status, 200);
}

#[tokio::test]
async fn a_session_is_new_at_each_sign_in_and_dies_at_sign_out() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    let mut browser = forge.browser();
    let planted = "ab".repeat(32);
    browser.cookies.insert("__Host-forge_session".to_owned(), planted.clone());
    let fields = [("username", "dev"), ("password", PASSWORD), ("then", "/settings/tokens")];
    let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/settings/tokens"));
    let cookie = answer
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap())
        .next()
        .unwrap();
    assert!(cookie.starts_with("__Host-forge_session="));
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600"));
    let session = browser.cookies["__Host-forge_session"].clone();
    assert_ne!(session, planted);
    assert_eq!(browser.get("/settings/profile").await.status, 200);
    let answer = browser.submit("/", "/sign-out", &[]).await;
    assert_eq!(answer.status, 303);
    assert!(!browser.cookies.contains_key("__Host-forge_session"));
    browser.cookies.insert("__Host-forge_session".to_owned(), session);
    assert_eq!(browser.get("/settings/profile").await.status, 303, "the old cookie lets nobody in");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_read_the_same() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    let mut texts = Vec::new();
    for name in ["dev", "nob"] {
        let fields = [("username", name), ("password", "not the password"), ("then", "//evil.example")];
        let answer = forge.browser().submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(!answer.text().contains("not the password") && !answer.text().contains("evil.example"));
        let text = answer.text().replace(&format!("value=\"{name}\""), "value=\"NAME\"");
        texts.push(
            text.split("name=\"csrf\"").next().unwrap().to_owned()
                + text.rsplit("name=\"then\"").next().unwrap(),
        );
    }
    assert_eq!(texts[0], texts[1]);
}

/// Headers and body of a form, and the status that it must have.
type Sent<'a> = (&'a [(&'a str, &'a str)], &'a str, u16);

#[tokio::test]
async fn forms_from_elsewhere_do_nothing() {
    let forge = Forge::new().await;
    forge.user("dev", false).await;
    forge.repo("dev/beds", Visibility::Private).await;
    let mut dev = forge.signed_in("dev").await;
    let token = dev.token("/settings/profile").await;
    let body = format!("name=Mallory&csrf={token}");
    let form = "application/x-www-form-urlencoded";
    let own = [(header::ORIGIN.as_str(), SITE), ("content-type", form)];
    let refused: &[Sent<'_>] = &[
        (&[("origin", "https://evil.example"), ("content-type", form)], &body, 403),
        (&[("origin", "null"), ("content-type", form)], &body, 403),
        (&[("sec-fetch-site", "cross-site"), ("content-type", form)], &body, 403),
        (&own, "name=Mallory", 403),
        (&own, "name=Mallory&csrf=AAAA", 403),
        (&own, &format!("{body}&is_admin=true"), 400),
        (&own, &format!("{body}&email=m%40example.org"), 400),
        (&own, &format!("{body}&name=Other"), 400),
        (&[("origin", SITE), ("content-type", "text/plain")], &body, 400),
        (&[("origin", SITE), ("content-type", "multipart/form-data; boundary=x")], &body, 400),
    ];
    for (headers, body, status) in refused {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let answer =
            dev.send(Method::POST, "/settings/profile", headers, Body::from((*body).to_owned())).await;
        assert_eq!(answer.status.as_u16(), *status, "{body}");
    }
    let mut mallory = forge.browser();
    let foreign = mallory.token("/sign-in").await;
    let stolen = [("name", "Mallory"), ("csrf", foreign.as_str())];
    assert_eq!(
        dev.post("/settings/profile", &stolen).await.status,
        403,
        "a token is good in its own browser only"
    );
    assert!(!dev.get("/settings/profile").await.text().contains("Mallory"));
    let answer = dev.submit("/settings/profile", "/settings/profile", &[("name", "Dev Elopa")]).await;
    assert_eq!(answer.status, 303);
    let page = dev.get("/settings/profile").await;
    assert!(page.text().contains("Dev Elopa") && page.text().contains("Your profile has been saved."));
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.header("vary").contains("Cookie"));
}
