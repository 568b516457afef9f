//! The main journey, with scripts and without.

use std::time::{Duration, Instant};

use forge_tests::{Browser, Forge, PASSWORD, Page};

/// Signs in through the page.
pub(super) async fn sign_in(browser: &Browser, forge: &Forge, name: &str) {
    let page = browser.open(&forge.url("/sign-in")).await;
    page.fill("#username", name).await;
    page.fill("#password", PASSWORD).await;
    follow(&page, "main form button[type=submit]").await;
    assert!(page.text().await.contains("Sign out"), "{}", page.text().await);
}

/// Clicks what leads to another page, and waits until that page is there.
pub(super) async fn follow(page: &Page<'_>, selector: &str) {
    page.script("window.wasLeft = false").await;
    page.click(selector).await;
    let started = Instant::now();
    let arrived = "return document.readyState === 'complete' && window.wasLeft === undefined";
    while page.script(arrived).await != true {
        assert!(started.elapsed() < Duration::from_secs(20), "`{selector}` leads nowhere");
    }
}

async fn journey(scripts: bool) {
    let forge = Forge::new().await;
    forge.user("alice").await;
    let browser = Browser::start(scripts).await;

    // A page behind the sign-in leads there, and back.
    let page = browser.open(&forge.url("/new")).await;
    assert_eq!(page.url().await, forge.url("/sign-in?then=%2Fnew"));
    page.fill("#username", "alice").await;
    page.fill("#password", "not the password").await;
    follow(&page, "main form button[type=submit]").await;
    assert!(page.title().await.starts_with("Error: Sign in"), "{}", page.title().await);
    page.fill("#password", PASSWORD).await;
    follow(&page, "main form button[type=submit]").await;
    assert_eq!(page.url().await, forge.url("/new"));

    // A new repository with a README.
    page.fill("#name", "bed-occupancy").await;
    page.fill("#description", "Beds by ward and hour").await;
    follow(&page, "main form button[type=submit]").await;
    assert_eq!(page.url().await, forge.url("/alice/bed-occupancy"), "{}", page.text().await);
    let text = page.text().await;
    assert!(text.contains("README.md") && text.contains("Beds by ward and hour"), "{text}");

    // The file, its history, one commit.
    follow(&page, "a[href$='/blob/main/README.md']").await;
    assert_eq!(page.url().await, forge.url("/alice/bed-occupancy/blob/main/README.md"));
    let page = browser.open(&forge.url("/alice/bed-occupancy/commits/main")).await;
    follow(&page, "a[href*='/bed-occupancy/commit/']").await;
    assert!(page.text().await.contains("README.md"), "{}", page.text().await);

    // The settings, with what was entered, change it.
    let page = browser.open(&forge.url("/alice/bed-occupancy/settings")).await;
    page.fill("#description", ", of every hospital").await;
    follow(&page, "form[action$='/settings/general'] button").await;
    let text = page.text().await;
    assert!(text.contains("The settings have been saved."), "{text}");
    let page = browser.open(&forge.url("/alice/bed-occupancy")).await;
    let text = page.text().await;
    assert!(text.contains("Beds by ward and hour, of every hospital"), "{text}");
    assert!(!text.contains("The settings have been saved."), "said once");

    // Out, and what is behind the sign-in is behind it again.
    follow(&page, "form[action='/sign-out'] button").await;
    assert!(page.text().await.contains("You have signed out."), "{}", page.text().await);
    let page = browser.open(&forge.url("/alice/bed-occupancy")).await;
    assert!(page.url().await.contains("/sign-in?then="), "{}", page.url().await);

    assert_clean(&browser, &forge).await;
}

/// Nothing went wrong in the console, nothing was refused by the policy, nothing was asked of another site.
pub(super) async fn assert_clean(browser: &Browser, forge: &Forge) {
    // Chromium notes each answer that is an error, and what signing out cleared; those were looked at where expected.
    let expected = ["the server responded with a status", "Clear-Site-Data header"];
    let mut console = browser.console().await;
    console.retain(|line| !expected.iter().any(|note| line.contains(note)));
    assert!(console.is_empty(), "{console:#?}");
    let requests = browser.requests().await;
    assert!(!requests.is_empty(), "requests are seen");
    let own = forge.url("/");
    let foreign: Vec<_> = requests.iter().filter(|url| !url.starts_with(&own)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts() {
    journey(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts() {
    journey(true).await;
}
