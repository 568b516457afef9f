//! Signing in and out.

use std::time::Duration;

use forge_tests::{Answer, Client, Forge, PASSWORD};
use http::{Method, header};

async fn try_to_sign_in(client: &Client, name: &str, password: &str, then: &str) -> Answer {
    let fields = [("username", name), ("password", password), ("then", then)];
    client.submit("/sign-in", "/sign-in", &fields).await
}

fn cookie_line(answer: &Answer, name: &str) -> String {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    let found: Vec<_> = lines.filter(|line| line.starts_with(&format!("{name}="))).collect();
    assert_eq!(found.len(), 1, "{name} is set once: {found:?}");
    found[0].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_name_read_the_same() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let mut texts = Vec::new();
    for name in ["alice", "alicf"] {
        let answer = try_to_sign_in(&forge.client(), name, "not the password", "/").await;
        assert_eq!(answer.status, 422);
        let token = answer.hidden_field("csrf").unwrap();
        assert!(!answer.text().contains("not the password"), "the page does not show the password");
        texts.push(answer.text().replace(&token, "TOKEN").replace(name, "NAME"));
    }
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].contains("There is a problem"), "{}", texts[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_cookie_is_locked_away_and_new_each_time() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let planted = "ab".repeat(32);
    let mut values = vec![planted.clone()];
    for _ in 0..2 {
        let client = forge.client();
        let form = client.get("/sign-in").await;
        let token = form.hidden_field("csrf").unwrap();
        let cookie = format!("forge_session={planted}");
        let body = format!("username=alice&password={}&then=%2F&csrf={token}", PASSWORD.replace(' ', "+"));
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", cookie.as_str())];
        let answer = client.send(Method::POST, "/sign-in", &headers, body).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        let line = cookie_line(&answer, "forge_session");
        let (value, attributes) = line.split_once(';').unwrap();
        assert_eq!(attributes, " Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600");
        values.push(value.trim_start_matches("forge_session=").to_owned());
    }
    assert!(values.iter().all(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit())));
    assert!(values[0] != values[1] && values[1] != values[2] && values[0] != values[2], "{values:?}");
    let client = forge.client();
    let cookie = format!("forge_session={planted}");
    let answer = client.send(Method::GET, "/settings/profile", &[("cookie", &cookie)], "").await;
    assert_eq!(answer.status, 303, "what was planted lets nobody in");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_cookies_are_for_this_host_alone() {
    let forge =
        Forge::with(|config| config.http.public_url = Some("https://forge.example".parse().unwrap())).await;
    forge.user("alice").await;
    let client = forge.client();
    let token = client.get("/sign-in").await.hidden_field("csrf").unwrap();
    let headers =
        [("content-type", "application/x-www-form-urlencoded"), ("origin", "https://forge.example")];
    let body = format!("username=alice&password={}&then=%2F&csrf={token}", PASSWORD.replace(' ', "+"));
    let answer = client.send(Method::POST, "/sign-in", &headers, body).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let line = cookie_line(&answer, "__Host-forge_session");
    assert!(line.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=1209600"), "{line}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_itself() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    client.sign_in("alice").await;
    let kept = client.cookies()["forge_session"].clone();
    assert_eq!(client.get("/settings/profile").await.status, 200);
    let answer = client.submit("/settings/profile", "/sign-out", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    assert!(cookie_line(&answer, "forge_session").contains("Max-Age=0"));
    assert!(!answer.header("clear-site-data").is_empty());
    assert!(!client.cookies().contains_key("forge_session"));
    let cookie = format!("forge_session={kept}");
    let again = forge.client().send(Method::GET, "/settings/profile", &[("cookie", &cookie)], "").await;
    assert_eq!(again.status, 303, "a copy of the cookie is worth nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_never_leaves_the_site() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    for (then, leads) in [
        ("/settings/tokens", "/settings/tokens"),
        ("/alice/beds/blob/main/a%20b.R?plain=1", "/alice/beds/blob/main/a%20b.R?plain=1"),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
        ("\\\\evil.example", "/"),
        ("evil.example", "/"),
        ("/a\r\nset-cookie: b=c", "/"),
        ("/sign-out", "/"),
    ] {
        let client = forge.client();
        let answer = try_to_sign_in(&client, "alice", PASSWORD, then).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, leads), "{then:?}");
        assert!(
            !answer.headers.get_all(header::SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(b"b="))
        );
        let encoded = forge_web::url::encode_segment(then.as_bytes());
        let signed_in = client.get(&format!("/sign-in?then={encoded}")).await;
        assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, leads), "{then:?}");
        let page = forge.client().get(&format!("/sign-in?then={encoded}")).await;
        assert_eq!(page.hidden_field("then").as_deref(), Some(leads), "{then:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    let mut answers = Vec::new();
    for _ in 0..12 {
        answers.push(try_to_sign_in(&client, "alice", "not the password", "/").await.status.as_u16());
    }
    assert!(answers.contains(&429), "{answers:?}");
    let right = try_to_sign_in(&client, "alice", PASSWORD, "/").await;
    assert_eq!(right.status, 429, "even the right password waits");
    assert!(right.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_no_guess_and_the_wait_ends() {
    // The count was kept in memory once: a restart forgave, and a second process did not know of it.
    let mut forge = Forge::new().await;
    forge.user("alice").await;
    while try_to_sign_in(&forge.client(), "alice", "not the password", "/").await.status == 422 {}
    forge.restart().await;
    let elsewhere = forge.client();
    let right = try_to_sign_in(&elsewhere, "alice", PASSWORD, "/").await;
    assert_eq!(right.status, 429);
    let wait = right.header("retry-after").parse().unwrap();
    forge.clock().advance(Duration::from_secs(wait));
    assert_eq!(try_to_sign_in(&elsewhere, "alice", PASSWORD, "/").await.status, 303, "not locked for ever");
    let wrong = try_to_sign_in(&forge.client(), "alice", "not the password", "/").await;
    assert_eq!(wrong.status, 422, "whoever got in starts anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_cannot_guess_at_everybody() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let client = forge.client();
    let token = client.get("/sign-in").await.hidden_field("csrf").unwrap();
    let mut last = 0;
    for number in 0..=101 {
        let name = format!("nobody{number}");
        let fields = [("username", name.as_str()), ("password", "wrong"), ("then", "/"), ("csrf", &token)];
        last = client.post("/sign-in", &fields).await.status.as_u16();
        assert!(last == 422 || number > 100, "{number}: {last}");
    }
    assert_eq!(last, 429, "over all accounts");
    forge.clock().advance(Duration::from_mins(15));
    client.sign_in("alice").await;
}
