//! What axe, the checker that auditors use, says of every kind of page: contrast, names, roles, landmarks.

use forge_tests::{Browser, Forge, Page, client_folder};
use serde_json::Value;

use super::journey::sign_in;
use super::layout::{addresses, town};

/// Starts the check of the levels that the law asks for; the answer comes later.
const START: &str = "
window.axeSays = null;
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] }).then(
  found => { window.axeSays = found.violations.flatMap(rule => rule.nodes.map(node =>
    `${rule.id}: ${node.html.slice(0, 200)} ${(node.failureSummary || '').replace(/\\s+/g, ' ').slice(0, 300)}`)); },
  error => { window.axeSays = [`axe failed: ${error}`]; });
";

async fn complaints(page: &Page<'_>, axe: &str) -> Vec<String> {
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

fn axe() -> String {
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

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_what_is_wrong() {
    let browser = Browser::start(true).await;
    let bad = "data:text/html,<!doctype html><title>t</title><input><p style=\"color:%23bbb\">pale</p>";
    let found = complaints(&browser.open(bad).await, &axe()).await.join("\n");
    for rule in ["label", "color-contrast", "html-has-lang"] {
        assert!(found.contains(rule), "{rule} in {found}");
    }
}
