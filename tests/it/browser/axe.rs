//! What axe, the checker that auditors use, says of every kind of page: contrast, names, roles, landmarks.

use forge_server::config::SignUp;
use forge_tests::{Browser, Forge, PASSWORD, Page, client_folder};
use serde_json::Value;

use super::journey::{follow, sign_in};
use super::layout::{addresses, town};
use crate::web::mail::{link, mails};
use crate::web::second_factor::code;

/// Starts the check of the levels that the law asks for; the answer comes later.
const START: &str = "
window.axeSays = null;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
  found => { window.axeSays = found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.html.slice(0, 200)} ${(node.failureSummary || '').replace(/\\s+/g, ' ').slice(0, 300)}`)); },
  error => { window.axeSays = [`axe failed: ${error}`]; });
";

/// What axe has to say of a page.
pub(super) async fn complaints(page: &Page<'_>, axe: &str) -> Vec<String> {
    page.script(axe).await;
    page.script(START).await;
    loop {
        let says = page.script("return window.axeSays").await;
        if let Some(says) = says.as_array() {
            return says.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        tokio::task::yield_now().await;
    }
}

/// The checker itself, as a script.
pub(super) fn axe() -> String {
    let file = client_folder().join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_any_page() {
    let axe = axe();
    let forge = Forge::new().await;
    let (_, head) = town(&forge).await;
    let browser = Browser::start(true).await;
    browser.resize(1280, 900).await;
    let page = browser.open(&forge.url("/sign-in")).await;
    let mut all: Vec<String> =
        complaints(&page, &axe).await.into_iter().map(|found| format!("/sign-in: {found}")).collect();
    sign_in(&browser, &forge, "alice").await;
    for address in addresses(&head) {
        let page = browser.open(&forge.url(&address)).await;
        all.extend(complaints(&page, &axe).await.into_iter().map(|found| format!("{address}: {found}")));
    }
    assert!(all.is_empty(), "{} complaints: {all:#?}", all.len());
}

/// Pages that only a link or a form leads to: a new password, an invitation, the steps of a second factor, a new token.
#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_behind_links_and_forms() {
    let axe = axe();
    let forge = Forge::with(|config| config.sign_in.sign_up = SignUp::Invitation).await;
    forge.admin("alice").await;
    mails(&forge).await;
    let client = forge.client();
    let email = [("email", "alice@example.nhs.uk")];
    assert_eq!(client.submit("/sign-in/reset", "/sign-in/reset", &email).await.status, 303);
    client.sign_in("alice").await;
    let invited = [("action", "create"), ("email", "bob@example.nhs.uk"), ("days", "7")];
    assert_eq!(client.submit("/admin/invitations", "/admin/invitations", &invited).await.status, 200);
    let browser = Browser::start(true).await;
    browser.resize(1280, 900).await;
    let mut all = Vec::new();
    let mut look = async |page: &Page<'_>, name: &str| {
        all.extend(complaints(page, &axe).await.into_iter().map(|found| format!("{name}: {found}")));
    };
    let letters = mails(&forge).await;
    assert_eq!(letters.len(), 2, "a new password and an invitation: {letters:?}");
    for letter in &letters {
        let address = link(letter);
        let page = browser.open(&forge.url(&address)).await;
        assert!(!page.title().await.contains("not found"), "{address}");
        look(&page, &address).await;
    }
    sign_in(&browser, &forge, "alice").await;
    let page = browser.open(&forge.url("/settings/tokens")).await;
    page.fill("#name", "nightly").await;
    follow(&page, "main form[novalidate] button[type=submit]").await;
    look(&page, "a new token").await;
    let page = browser.open(&forge.url("/settings/feeds")).await;
    page.fill("#name", "Thunderbird").await;
    follow(&page, "main form[novalidate] button[type=submit]").await;
    look(&page, "new addresses of feeds").await;
    let page = browser.open(&forge.url("/settings/second-factor")).await;
    follow(&page, "main form button[type=submit]").await;
    look(&page, "setting up an app").await;
    let key = page.script("return document.querySelector('main code.forge-mono').textContent").await;
    page.fill("#code", &code(&key.as_str().unwrap().replace(' ', ""), -1)).await;
    follow(&page, "main form[novalidate] button[type=submit]").await;
    assert!(page.text().await.contains("recovery codes"), "{}", page.text().await);
    look(&page, "recovery codes").await;
    let page = browser.open(&forge.url("/settings/profile")).await;
    follow(&page, "form[action='/sign-out'] button").await;
    let page = browser.open(&forge.url("/sign-in")).await;
    page.fill("#username", "alice").await;
    page.fill("#password", PASSWORD).await;
    follow(&page, "main form button[type=submit]").await;
    assert!(page.url().await.contains("/sign-in/second-factor"), "{}", page.url().await);
    look(&page, "the second step").await;
    assert!(all.is_empty(), "{} complaints: {all:#?}", all.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_what_is_wrong() {
    let browser = Browser::start(true).await;
    let bad = "data:text/html,<!doctype html><title>t</title><input><p style=\"color:%23bbb\">pale</p>";
    let found = complaints(&browser.open(bad).await, &axe()).await.join("\n");
    for rule in ["label", "color-contrast", "html-has-lang"] {
        assert!(found.contains(rule), "{rule} in {found}");
    }
}
