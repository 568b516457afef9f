//! Forms that this site did not send.

use forge_tests::Forge;
use http::Method;

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test(flavor = "multi_thread")]
async fn forms_from_elsewhere_change_nothing() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    let token = client.get("/settings/profile").await.hidden_field("csrf").unwrap();
    let foreign = forge.client().get("/sign-in").await.hidden_field("csrf").unwrap();
    let own = forge.url("");
    let fields = "name=Mallory";
    let good = format!("{fields}&csrf={token}");
    let no_token = fields.to_owned();
    let another = format!("{fields}&csrf={foreign}");
    let twice = format!("{good}&csrf={token}");
    let more = format!("{good}&is_admin=true");
    for (headers, body, status) in [
        (&[("content-type", FORM), ("origin", "https://evil.example")][..], &good, 403),
        (&[("content-type", FORM), ("origin", "null")], &good, 403),
        (&[("content-type", FORM), ("sec-fetch-site", "cross-site")], &good, 403),
        (&[("content-type", FORM), ("sec-fetch-site", "same-site")], &good, 403),
        (&[("content-type", FORM), ("origin", own.as_str())], &no_token, 403),
        (&[("content-type", FORM), ("origin", own.as_str())], &another, 403),
        (&[("content-type", FORM), ("origin", own.as_str())], &twice, 403),
        (&[("content-type", FORM), ("origin", own.as_str())], &more, 400),
        (&[("content-type", "text/plain"), ("origin", own.as_str())], &good, 400),
        (&[("content-type", "application/json"), ("origin", own.as_str())], &good, 400),
        (&[("origin", own.as_str())], &good, 400),
    ] {
        let answer = client.send(Method::POST, "/settings/profile", headers, body.clone()).await;
        assert_eq!(answer.status, status, "{headers:?} {body}");
    }
    assert!(!client.get("/settings/profile").await.text().contains("Mallory"));
    let answer = client.send(Method::GET, &format!("/settings/profile?{good}"), &[], "").await;
    assert_eq!(answer.status, 200);
    assert!(!client.get("/settings/profile").await.text().contains("Mallory"), "a GET changes nothing");
    let headers = [("content-type", FORM), ("origin", own.as_str()), ("sec-fetch-site", "same-origin")];
    let answer = client.send(Method::POST, "/settings/profile", &headers, good).await;
    assert_eq!(answer.status, 303, "and the real form does: {}", answer.text());
    assert!(client.get("/settings/profile").await.text().contains("Mallory"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_dies_with_its_session() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    let old = client.get("/settings/profile").await.hidden_field("csrf").unwrap();
    client.submit("/", "/sign-out", &[]).await;
    client.sign_in("alice").await;
    let fields = [("csrf", old.as_str()), ("name", "Mallory")];
    assert_eq!(client.post("/settings/profile", &fields).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_have_a_size() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    let long = "x".repeat(70_000);
    let answer = client.submit("/settings/profile", "/settings/profile", &[("name", &long)]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.header("connection"), "close", "the rest of it is not read");
    assert!(answer.text().contains("64 KB"), "the refusal names the limit: {}", answer.text());
    let name = "x".repeat(5_000);
    let fields = [("name", name.as_str())];
    let answer = client.submit("/settings/profile", "/settings/profile", &fields).await;
    assert_eq!(answer.status, 422, "a field has a limit of its own: {}", answer.text());
}
