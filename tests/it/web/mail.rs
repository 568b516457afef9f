//! What people are told by mail, and the links in it.

use std::time::Duration;

use forge_server::config::Demand;
use forge_tests::{Client, Forge, PASSWORD};

const NEW: &str = "kettle window sandwich";

/// The mails that have been sent, each as it went out, and clears the folder.
pub(crate) async fn mails(forge: &Forge) -> Vec<String> {
    forge.app().run_due_jobs(Duration::from_secs(0)).await.unwrap();
    let folder = forge.data().join("mail");
    let Ok(files) = std::fs::read_dir(&folder) else { return Vec::new() };
    let mut all = Vec::new();
    for file in files {
        let path = file.unwrap().path();
        // Long lines are folded by quoted-printable: unfold them.
        let text = std::fs::read_to_string(&path).unwrap().replace("=\r\n", "").replace("=3D", "=");
        all.push(text);
        std::fs::remove_file(path).unwrap();
    }
    all
}

pub(crate) fn link(mail: &str) -> String {
    let line = mail.lines().map(str::trim).find(|line| line.starts_with("http")).expect("a link");
    let (_, rest) = line.split_once("://").unwrap();
    rest.split_once('/').map(|(_, path)| format!("/{path}")).unwrap()
}

async fn ask_for_reset(forge: &Forge, email: &str) -> (u16, String) {
    let client = forge.client();
    let answer = client.submit("/sign-in/reset", "/sign-in/reset", &[("email", email)]).await;
    (
        answer.status.as_u16(),
        client.get("/sign-in").await.text().replace(|c: char| !c.is_ascii_alphabetic(), ""),
    )
}

async fn is_right(forge: &Forge, password: &str) -> bool {
    let client = forge.client();
    let fields = [("username", "alice"), ("password", password), ("then", "/")];
    client.submit("/sign-in", "/sign-in", &fields).await.status == 303
}

async fn signed_in(forge: &Forge) -> Client {
    let client = forge.client();
    client.sign_in("alice").await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_set_by_a_link_that_works_once() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    mails(&forge).await;
    let browser = signed_in(&forge).await;
    let (status, known) = ask_for_reset(&forge, "alice@example.nhs.uk").await;
    assert_eq!(status, 303);
    let sent = mails(&forge).await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("To: alice@example.nhs.uk"), "{}", sent[0]);
    let link = link(&sent[0]);
    let client = forge.client();
    let short = client.submit(&link, &link, &[("username", "alice"), ("password", "short")]).await;
    assert_eq!(short.status, 422, "the link stays after a password that does not do");
    let done = client.submit(&link, &link, &[("username", "alice"), ("password", NEW)]).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/sign-in"), "it signs nobody in");
    assert!(is_right(&forge, NEW).await && !is_right(&forge, PASSWORD).await);
    assert_eq!(browser.get("/settings/profile").await.status, 303, "everybody is signed out");
    assert_eq!(client.get(&link).await.status, 404, "used");
    let told = mails(&forge).await;
    assert!(told.len() == 1 && told[0].contains("set anew"), "{told:?}");

    let (status, unknown) = ask_for_reset(&forge, "nobody@example.nhs.uk").await;
    assert_eq!(status, 303);
    assert!(mails(&forge).await.is_empty());
    let plain = |text: String| text.split("csrf").next().unwrap_or_default().to_owned();
    assert_eq!(plain(known), plain(unknown), "the same answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_dies_with_time_and_with_a_change_of_password() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    mails(&forge).await;
    ask_for_reset(&forge, "alice@example.nhs.uk").await;
    let late = link(&mails(&forge).await[0]);
    assert_eq!(forge.client().get(&late).await.status, 200);
    forge.clock().advance(Duration::from_mins(61));
    assert_eq!(forge.client().get(&late).await.status, 404, "after an hour");
    ask_for_reset(&forge, "alice@example.nhs.uk").await;
    let dead = link(&mails(&forge).await[0]);
    let browser = signed_in(&forge).await;
    let page = "/settings/email";
    browser.submit(page, page, &[("email", "elsewhere@example.nhs.uk")]).await;
    let elsewhere = link(&mails(&forge).await[0]);
    assert_eq!(forge.client().get(&elsewhere).await.status, 200);
    let page = "/settings/password";
    let changed = browser.submit(page, page, &[("current", PASSWORD), ("new", NEW)]).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_eq!(forge.client().get(&dead).await.status, 404, "after a change");
    assert_eq!(forge.client().get(&elsewhere).await.status, 404, "nor does another address count");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_the_link_and_it_names_the_configured_site() {
    let public = "https://forge.example.nhs.uk";
    let forge = Forge::with(|config| config.http.public_url = Some(public.parse().unwrap())).await;
    forge.user("alice").await;
    mails(&forge).await;
    let client = forge.client();
    let page = client.get("/sign-in/reset").await;
    let token = page.hidden_field("csrf").unwrap();
    let ask = async |body: String, host: &str| {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-forwarded-host", host),
            ("x-forwarded-proto", "http"),
        ];
        let body = format!("csrf={token}&{body}");
        client.send(http::Method::POST, "/sign-in/reset", &headers, body).await.status.as_u16()
    };
    for body in [
        "email=alice%40example.nhs.uk&email=evil%40example.org",
        "email[]=alice%40example.nhs.uk&email[]=evil%40example.org",
        "email=alice%40example.nhs.uk%2Cevil%40example.org",
        "email=alice%40example.nhs.uk%0ABcc%3A+evil%40example.org",
        "",
    ] {
        let status = ask(body.to_owned(), "evil.example").await;
        assert!(status == 400 || status == 422, "{body}: {status}");
    }
    assert!(mails(&forge).await.is_empty());
    assert_eq!(ask("email=alice%40example.nhs.uk".to_owned(), "evil.example").await, 303);
    let sent = mails(&forge).await;
    assert!(sent.len() == 1 && sent[0].contains(&format!("{public}/sign-in/reset/")), "{sent:?}");
    assert!(!sent[0].contains("evil"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_address_counts_once_its_link_is_opened_and_the_old_one_is_told() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    forge.user("bob").await;
    mails(&forge).await;
    let browser = signed_in(&forge).await;
    let page = "/settings/email";
    let taken = browser.submit(page, page, &[("email", "bob@example.nhs.uk")]).await;
    assert_eq!(taken.status, 303, "nobody learns who has an address");
    assert!(mails(&forge).await.is_empty());
    browser.submit(page, page, &[("email", "new@example.nhs.uk")]).await;
    let sent = mails(&forge).await;
    assert!(sent.len() == 1 && sent[0].contains("To: new@example.nhs.uk"), "{sent:?}");
    assert!(browser.get("/settings/profile").await.text().contains("alice@example.nhs.uk"), "not yet");
    let link = link(&sent[0]);
    assert_eq!(browser.submit(&link, &link, &[]).await.status, 303);
    assert!(browser.get("/settings/profile").await.text().contains("new@example.nhs.uk"));
    let told = mails(&forge).await;
    assert!(told.len() == 1 && told[0].contains("To: alice@example.nhs.uk"), "{told:?}");
    assert_eq!(browser.get(&link).await.status, 404, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_told_of_changes_and_of_guesses() {
    let forge = Forge::with(|config| config.sign_in.second_factor = Demand::Nobody).await;
    forge.user("alice").await;
    mails(&forge).await;
    let browser = signed_in(&forge).await;
    let tokens = "/settings/tokens";
    let fields = [("action", "create"), ("name", "x"), ("scope", "repository:read"), ("lifetime", "30")];
    assert_eq!(browser.submit(tokens, tokens, &fields).await.status, 200);
    let told = mails(&forge).await;
    assert!(told.len() == 1 && told[0].contains("access token was made"), "{told:?}");
    assert!(!told[0].contains("forge_"), "and not what it is");

    let guesser = forge.client();
    let mut last = 0;
    for number in 0..20 {
        let password = format!("a wrong guess {number}");
        let fields = [("username", "alice"), ("password", password.as_str()), ("then", "/")];
        let answer = guesser.submit("/sign-in", "/sign-in", &fields).await;
        last = answer.status.as_u16();
        if last == 429 {
            let wait: u64 = answer.header("retry-after").parse().unwrap();
            forge.clock().advance(Duration::from_secs(wait + 1));
        }
    }
    assert!(last == 422 || last == 429);
    let told = mails(&forge).await;
    assert!(told.iter().filter(|mail| mail.contains("many wrong passwords")).count() == 1, "{told:?}");
    forge.clock().advance(Duration::from_mins(16));
    assert!(is_right(&forge, PASSWORD).await, "nobody is locked out for good");
}
