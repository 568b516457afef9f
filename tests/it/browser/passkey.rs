//! Passkeys in a real browser, with a device that makes them.

use forge_tests::{Browser, Forge, Page};

use super::journey::{follow, sign_in};

/// A forge under a name: passkeys are bound to names, and numbers are none.
async fn forge() -> Forge {
    Forge::with(|config| config.http.public_url = Some("http://localhost".parse().unwrap())).await
}

fn address(forge: &Forge, path: &str) -> String {
    forge.url(path).replace("127.0.0.1", "localhost")
}

/// Waits until a condition holds on a page that is all there.
async fn wait_for(page: &Page<'_>, condition: &str) {
    let script = format!("return document.readyState === 'complete' && ({condition})");
    let started = std::time::Instant::now();
    while page.script(&script).await != true {
        let is_in_time = started.elapsed() < std::time::Duration::from_secs(20);
        assert!(is_in_time, "{condition}: {}", page.text().await);
    }
}

async fn sign_in_as(browser: &Browser, forge: &Forge, name: &str) {
    let page = browser.open(&address(forge, "/sign-in")).await;
    page.fill("#username", name).await;
    page.fill("#password", forge_tests::PASSWORD).await;
    follow(&page, "main form[action='/sign-in'] button[type=submit]").await;
}

const BY_PASSKEY: &str = "form[action='/sign-in/passkey'] button";

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_signs_in_alone_and_is_removed() {
    let forge = forge().await;
    forge.user("alice").await;
    let browser = Browser::start(true).await;
    let device = browser.add_authenticator().await;
    sign_in_as(&browser, &forge, "alice").await;
    let page = browser.open(&address(&forge, "/settings/passkeys")).await;
    assert!(page.text().await.contains("You have no passkeys yet"));
    page.fill("#name", "ward laptop").await;
    page.click("form[data-passkey=create] button").await;
    wait_for(&page, "document.querySelector('h1').textContent.startsWith('Keep your recovery')").await;
    assert_eq!(browser.passkeys(&device).await.len(), 1);
    let list = browser.open(&address(&forge, "/settings/passkeys")).await;
    assert!(list.text().await.contains("ward laptop"), "{}", list.text().await);

    // Out, and in again by the passkey alone: it counts as two factors.
    follow(&list, "form[action='/sign-out'] button").await;
    let page = browser.open(&address(&forge, "/sign-in?then=%2Fsettings%2Fsessions")).await;
    page.click(BY_PASSKEY).await;
    wait_for(&page, "location.pathname === '/settings/sessions'").await;

    // The password now leads to the second step, where the passkey does as well.
    let list = browser.open(&address(&forge, "/settings/passkeys")).await;
    follow(&list, "form[action='/sign-out'] button").await;
    sign_in_as(&browser, &forge, "alice").await;
    let page = browser.open(&address(&forge, "/sign-in/second-factor")).await;
    page.click(BY_PASSKEY).await;
    wait_for(&page, "location.pathname === '/'").await;

    // And it proves anew who somebody is.
    forge.clock().advance(std::time::Duration::from_mins(20));
    let page = browser.open(&address(&forge, "/settings/passkeys")).await;
    assert!(page.url().await.contains("/sign-in/confirm"), "{}", page.url().await);
    page.click("form[action='/sign-in/confirm/passkey'] button").await;
    wait_for(&page, "location.pathname === '/settings/passkeys'").await;

    // Removed, it lets nobody in any more.
    follow(&page, "form input[name=remove] ~ button").await;
    assert!(page.text().await.contains("You have no passkeys yet"));
    follow(&page, "form[action='/sign-out'] button").await;
    let page = browser.open(&address(&forge, "/sign-in")).await;
    page.click(BY_PASSKEY).await;
    wait_for(&page, "document.body.textContent.includes('The passkey was not accepted')").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_counts_once_and_in_the_browser_that_was_asked() {
    let forge = forge().await;
    forge.user("alice").await;
    let browser = Browser::start(true).await;
    browser.add_authenticator().await;
    sign_in_as(&browser, &forge, "alice").await;
    let page = browser.open(&address(&forge, "/settings/passkeys")).await;
    page.fill("#name", "phone").await;
    page.click("form[data-passkey=create] button").await;
    wait_for(&page, "document.querySelector('h1').textContent.startsWith('Keep your recovery')").await;
    follow(&page, "form[action='/sign-out'] button").await;

    // The answer is kept and not sent, so that it can be sent by hand.
    let page = browser.open(&address(&forge, "/sign-in")).await;
    page.script("HTMLFormElement.prototype.submit = function () { document.title = 'held' }").await;
    page.click(BY_PASSKEY).await;
    wait_for(&page, "document.title === 'held'").await;
    let value = |field: &str| {
        format!("return document.querySelector('form[action=\"/sign-in/passkey\"] [name={field}]').value")
    };
    let answer = page.script(&value("answer")).await.as_str().unwrap().to_owned();
    let csrf = page.script(&value("csrf")).await.as_str().unwrap().to_owned();

    let other = forge.client();
    let sent = other.submit("/sign-in", "/sign-in/passkey", &[("answer", &answer), ("then", "/")]).await;
    assert_eq!(sent.status, 422, "another browser was asked nothing");
    let begun = other.submit("/sign-in", "/sign-in/passkey/begin", &[]).await;
    assert_eq!((begun.status.as_u16(), begun.header("content-type")), (200, "application/json"));
    let sent = other.submit("/sign-in", "/sign-in/passkey", &[("answer", &answer), ("then", "/")]).await;
    assert_eq!(sent.status, 422, "or something else");

    let script = format!(
        "return fetch('/sign-in/passkey', {{ method: 'POST', redirect: 'manual', body: new URLSearchParams({{ csrf: \
         '{csrf}', then: '/', answer: arguments[0] ?? {} }}) }}).then(answer => answer.type + answer.status)",
        serde_json::Value::from(answer)
    );
    assert_eq!(page.script(&script).await, "opaqueredirect0", "the browser that was asked");
    let again = page.script(&script).await;
    assert_ne!(again, "opaqueredirect0", "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_a_number_offers_none() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let browser = Browser::start(true).await;
    let page = browser.open(&forge.url("/sign-in")).await;
    assert_eq!(page.script("return document.querySelectorAll('form[data-passkey]').length").await, 0);
    sign_in(&browser, &forge, "alice").await;
    let page = browser.open(&forge.url("/settings/passkeys")).await;
    assert!(page.text().await.contains("Use an authenticator app"), "{}", page.text().await);
}
