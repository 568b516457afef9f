//! Signing in through another site, against a real `OpenID` provider.

use std::time::Duration;

use forge_server::config::{Demand, SignUp};
use forge_tests::{Answer, Browser, Client, Forge, PASSWORD, Page, ProviderSite};
use serde_json::{Value, json};

use super::mail::{link as link_in, mails};
use super::second_factor::enrol;

const LINKED: &str = "/settings/linked-sites";
const CONFIRM: &str = "/sign-in/confirm";

/// A forge that knows the site under one name.
async fn forge_with(site: &mut ProviderSite, name: &str, more: Value) -> Forge {
    let forge = Forge::with(|config| {
        site.configure(config, name, &more);
        config.sign_in.second_factor = Demand::Nobody;
    })
    .await;
    site.serve(&forge);
    forge
}

/// The address that a page leads on to.
fn address(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    let (_, rest) = text.split_once("content=\"0;url=").expect("a page that leads on");
    rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
}

/// Begins to sign in with a browser.
async fn begin(browser: &Client, name: &str) -> String {
    address(
        &browser.submit("/sign-in", &format!("/sign-in/with/{name}"), &[("then", "/settings/keys")]).await,
    )
}

/// Joins the site to the account of whoever is signed in.
async fn link(site: &ProviderSite, browser: &Client, name: &str, who: &str) -> Answer {
    let to = address(&browser.submit(LINKED, LINKED, &[("link", name)]).await);
    assert!(to.contains("prompt=login"), "the browser may be a shared one: {to}");
    browser.get(&site.sign_in(&site.browser(), &to, who).await).await
}

async fn is_in(browser: &Client) -> bool {
    browser.get("/settings/profile").await.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joined_site_signs_people_in_however_the_forge_proves_itself() {
    for name in ["post", "basic", "key"] {
        let mut site = ProviderSite::start();
        let forge = forge_with(&mut site, name, json!({})).await;
        forge.user("alice").await;
        let stranger = forge.client();
        let back = site.sign_in(&site.browser(), &begin(&stranger, name).await, "amina").await;
        let refused = stranger.get(&back).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        assert!(refused.text().contains("No account here is joined"), "{}", refused.text());
        assert!(!is_in(&stranger).await);

        let alice = forge.client();
        alice.sign_in("alice").await;
        let joined = link(&site, &alice, name, "amina").await;
        assert_eq!((joined.status.as_u16(), joined.header("location")), (303, LINKED), "{}", joined.text());
        assert!(alice.get(LINKED).await.text().contains("Never used"));

        let browser = forge.client();
        let at_site = site.browser();
        let back = site.sign_in(&at_site, &begin(&browser, name).await, "amina").await;
        let done = browser.get(&back).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, "/settings/keys"),
            "{}",
            done.text()
        );
        assert!(browser.get("/").await.text().contains("alice"));

        let bob = forge.user("bob").await;
        let other = forge.client();
        other.sign_in(&bob.name).await;
        let taken = link(&site, &other, name, "amina").await;
        assert!(taken.text().contains("joined to an account already"), "{}", taken.text());

        let page = alice.get(LINKED).await;
        let field = |name: &str| page.hidden_field(name).unwrap();
        let ended = [("issuer", field("issuer")), ("subject", field("subject")), ("csrf", field("csrf"))];
        let ended: Vec<_> = ended.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(other.submit(LINKED, LINKED, &ended[..2]).await.status, 404, "nobody else's is ended");
        assert_eq!(alice.post(LINKED, &ended).await.status, 303);
        let again = forge.client();
        let back = site.sign_in(&at_site, &begin(&again, name).await, "amina").await;
        assert_eq!(again.get(&back).await.status, 422, "no longer joined");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_counts_once_and_in_the_browser_that_went() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("alice").await;
    forge.admin("ada").await;
    let alice = forge.client();
    alice.sign_in("alice").await;
    link(&site, &alice, "post", "amina").await;
    let went = async || {
        let browser = forge.client();
        let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "amina").await;
        (browser, back)
    };
    let refused = async |browser: &Client, path: &str, why: &str| {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 422, "{why}: {}", answer.text());
        assert!(answer.text().contains("did not work"), "{why}: {}", answer.text());
        assert!(!is_in(browser).await, "{why}");
    };
    let field = |path: &str, name: &str| {
        let (_, rest) = path.split_once(&format!("{name}=")).unwrap();
        rest.split('&').next().unwrap().to_owned()
    };

    let (browser, back) = went().await;
    let stateless = back.replace(&format!("state={}", field(&back, "state")), "state=");
    refused(&browser, &stateless, "no state").await;
    refused(&forge.client(), &back, "another browser").await;
    let (other, _) = went().await;
    refused(&other, &back, "another browser, which went too").await;
    let done = browser.get(&back).await;
    assert_eq!(done.status, 303, "the right browser still gets in: {}", done.text());
    let code = field(&back, "code");

    let (browser, back) = went().await;
    let replayed = back.replace(&field(&back, "code"), &code);
    refused(&browser, &replayed, "a code that was used").await;
    refused(&browser, &back, "a state that was used").await;

    let (browser, back) = went().await;
    refused(&browser, &back.replace(&field(&back, "iss"), "https%3A%2F%2Fevil.example"), "another site")
        .await;
    let (browser, back) = went().await;
    refused(&browser, &back.replace("iss=", "was="), "no site, though it always names itself").await;
    let (browser, back) = went().await;
    let cancelled =
        format!("{}?error=access_denied&state={}", back.split('?').next().unwrap(), field(&back, "state"));
    refused(&browser, &cancelled, "they cancelled there").await;

    let (browser, back) = went().await;
    forge.clock().advance(Duration::from_mins(16));
    refused(&browser, &back, "too late").await;

    let admin = forge.client();
    admin.sign_in("ada").await;
    let log = admin.get("/admin/audit?action=session.refuse").await.text();
    assert!(log.matches("session.refuse").count() >= 8, "each refusal is written down: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_for_this_very_sign_in_lets_nobody_in() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("alice").await;
    let alice = forge.client();
    alice.sign_in("alice").await;
    link(&site, &alice, "post", "amina").await;
    let faults = ["nonce", "aud", "azp", "iss", "expired", "key", "none", "hmac", "userinfo", ""];
    for fault in faults {
        site.order(&json!({ "fault": fault }));
        let browser = forge.client();
        let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "amina").await;
        let answer = browser.get(&back).await;
        let expected = if fault.is_empty() { 303 } else { 422 };
        assert_eq!(answer.status, expected, "{fault}: {}", answer.text());
        assert_eq!(is_in(&browser).await, fault.is_empty(), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_joins_nothing() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("olive").await;
    let browser = forge.client();
    // The site's olive has the address of ours.
    let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "olive").await;
    assert_eq!(browser.get(&back).await.status, 422);
    assert!(!is_in(&browser).await);
    let olive = forge.client();
    olive.sign_in("olive").await;
    assert!(olive.get(LINKED).await.text().contains("None can yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_down_is_told_of_and_nothing_else_stops() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("alice").await;
    site.stop();
    let browser = forge.client();
    let answer = browser.submit("/sign-in", "/sign-in/with/post", &[("then", "/")]).await;
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("cannot be reached"), "{}", answer.text());
    browser.sign_in("alice").await;
    assert!(is_in(&browser).await, "a password still does");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_factor_of_the_site_counts_where_the_settings_say_so() {
    let mut site = ProviderSite::start();
    let forge = Forge::with(|config| {
        site.configure(config, "post", &json!({}));
        site.configure(
            config,
            "basic",
            &json!({ "issuer": config.oidc[0].issuer, "accepted_acr": ["AAL2"] }),
        );
    })
    .await;
    site.serve(&forge);
    forge.user("alice").await;
    let alice = forge.client();
    alice.sign_in("alice").await;
    link(&site, &alice, "post", "amina").await;
    forge.admin("ada").await;
    let ada = forge.client();
    ada.sign_in("ada").await;
    let signs_in = async |acr: &str, name: &str, site: &mut ProviderSite| {
        site.order(&json!({ "acr": acr }));
        let browser = forge.client();
        let back = site.sign_in(&site.browser(), &begin(&browser, name).await, "amina").await;
        let status = browser.get(&back).await.status.as_u16();
        let log = ada.get("/admin/audit/export?format=jsonl&action=session.create").await.text();
        (status, log.matches("strong-provider").count())
    };
    assert_eq!(signs_in("AAL1", "post", &mut site).await, (303, 0));
    assert_eq!(signs_in("AAL2", "post", &mut site).await, (303, 1));
    assert_eq!(signs_in("AAL1", "basic", &mut site).await, (422, 1), "not accepted");
    assert_eq!(signs_in("AAL2", "basic", &mut site).await, (303, 2));

    // With a second factor of their own, the site's one counts in its place.
    enrol(&alice).await;
    for (acr, leads_to) in [("AAL1", "/sign-in/second-factor"), ("AAL2", "/settings/keys")] {
        site.order(&json!({ "acr": acr }));
        let browser = forge.client();
        let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "amina").await;
        let answer = browser.get(&back).await;
        assert!(answer.header("location").starts_with(leads_to), "{acr}: {}", answer.header("location"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_confirms_who_somebody_is_if_it_asks_anew() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("alice").await;
    let alice = forge.client();
    alice.sign_in("alice").await;
    link(&site, &alice, "post", "amina").await;
    let at_site = site.browser();
    let browser = forge.client();
    let back = site.sign_in(&at_site, &begin(&browser, "post").await, "amina").await;
    assert_eq!(browser.get(&back).await.status, 303);
    assert_eq!(browser.get("/settings/password").await.status, 200, "just now");

    forge.clock().advance(Duration::from_mins(20));
    site.order(&json!({ "ahead": 20 * 60 }));
    assert_eq!(browser.get("/settings/password").await.status, 303, "asked again");
    let known = forge.client();
    let back = site.sign_in(&at_site, &begin(&known, "post").await, "amina").await;
    assert_eq!(known.get(&back).await.status, 303, "the site knows the browser and asks nothing");
    assert_eq!(known.get("/settings/password").await.status, 303, "which is no recent proof");

    let fields = [("provider", "post"), ("then", "/settings/password")];
    let to = address(&browser.submit(CONFIRM, CONFIRM, &fields).await);
    let unasked = to.replace("&prompt=login", "").replace("&max_age=0", "");
    let back = site.sign_in(&at_site, &unasked, "amina").await;
    assert_eq!(browser.get(&back).await.status, 422, "the question was taken out of the address");
    let to = address(&browser.submit(CONFIRM, CONFIRM, &fields).await);
    let back = site.sign_in(&site.browser(), &to, "olive").await;
    assert_eq!(browser.get(&back).await.status, 422, "somebody else");
    let to = address(&browser.submit(CONFIRM, CONFIRM, &fields).await);
    let done = browser.get(&site.sign_in(&at_site, &to, "amina").await).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/settings/password"),
        "{}",
        done.text()
    );
    assert_eq!(browser.get("/settings/password").await.status, 200);
    let wrong = browser.submit(CONFIRM, CONFIRM, &[("password", PASSWORD), ("then", "/")]).await;
    assert_eq!(wrong.status, 303, "the password does as well");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_what_a_site_says_of_them_and_nobody_else_does() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.admin("ada").await;
    forge.user("alice").await;
    let page = "/admin/sign-in";
    let (ada, alice) = (forge.client(), forge.client());
    alice.sign_in("alice").await;
    assert_eq!(alice.get(page).await.status, 404);
    ada.sign_in("ada").await;
    site.order(&json!({ "acr": "AAL2" }));
    let to = address(&ada.submit(page, page, &[("provider", "post")]).await);
    let shown = ada.get(&site.sign_in(&site.browser(), &to, "amina").await).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    for part in ["amina.shah@example.nhs.uk", "FCE71, RR8", "Counts as two factors", "auth_time"] {
        assert!(shown.text().contains(part), "{part}: {}", shown.text());
    }
    assert!(ada.get(LINKED).await.text().contains("None can yet"), "nothing is kept");
}

/// The page that a way back leads on to.
async fn leads_to(browser: &Client, back: &str) -> String {
    let answer = browser.get(back).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_for_an_organisation_here_makes_an_account_by_themself() {
    let mut site = ProviderSite::start();
    let forge = Forge::with(|config| {
        site.configure(config, "post", &json!({}));
        config.sign_in.sign_up = SignUp::Ods;
    })
    .await;
    site.serve(&forge);
    let olive = forge.user("olive").await;
    forge.org("anytown", &[&olive]).await;
    let stranger = forge.client();
    let back = site.sign_in(&site.browser(), &begin(&stranger, "post").await, "amina").await;
    assert_eq!(stranger.get(&back).await.status, 422, "no organisation here has her ODS codes");
    let owner = forge.client();
    owner.sign_in("olive").await;
    forge.set_ods_code("anytown", "FCE71").await;
    mails(&forge).await;

    let browser = forge.client();
    let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "amina").await;
    let page = leads_to(&browser, &back).await;
    let asked = browser.get(&page).await;
    assert!(asked.text().contains("amina.shah@example.nhs.uk"), "the site's word to begin with");
    assert_eq!(browser.submit(&page, &page, &[("email", "amina.shah@example.nhs.uk")]).await.status, 200);
    let last = link_in(&mails(&forge).await[0]);
    assert_eq!(forge.client().get(&last).await.status, 404, "only in the browser that came from the site");
    let made = browser.submit(&last, &last, &[("username", "a-shah"), ("name", "Amina Shah")]).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/sign-in"), "{}", made.text());
    assert!(owner.get("/organisations/anytown/members").await.text().contains("a-shah"));

    let at_site = site.browser();
    let back = site.sign_in(&at_site, &begin(&browser, "post").await, "amina").await;
    assert_eq!(leads_to(&browser, &back).await, "/settings/keys", "now she has an account");
    for password in ["", "anything at all here"] {
        let fields = [("username", "a-shah"), ("password", password), ("then", "/")];
        assert_eq!(forge.client().submit("/sign-in", "/sign-in", &fields).await.status, 422, "no password");
    }
    let page = browser.get(LINKED).await;
    let fields = ["issuer", "subject"].map(|name| (name, page.hidden_field(name).unwrap()));
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let kept = browser.submit(LINKED, LINKED, &fields).await;
    assert!(kept.text().contains("your only way to sign in"), "{} {}", kept.status, kept.text());

    let other = forge.client();
    let back = site.sign_in(&site.browser(), &begin(&other, "post").await, "olive").await;
    assert_eq!(other.get(&back).await.status, 422, "the site says no organisation of her");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_invited_comes_in_through_a_site_from_the_first_day() {
    let mut site = ProviderSite::start();
    let forge = Forge::with(|config| {
        site.configure(config, "post", &json!({}));
        config.sign_in.sign_up = SignUp::Invitation;
    })
    .await;
    site.serve(&forge);
    forge.admin("ada").await;
    let ada = forge.client();
    ada.sign_in("ada").await;
    mails(&forge).await;
    let fields = [("action", "create"), ("email", "amina@example.nhs.uk"), ("days", "7")];
    ada.submit("/admin/invitations", "/admin/invitations", &fields).await;
    let path = link_in(&mails(&forge).await[0]);
    let browser = forge.client();
    let to = address(&browser.submit(&path, &path, &[("action", "begin"), ("provider", "post")]).await);
    let back = site.sign_in(&site.browser(), &to, "amina").await;
    let page = leads_to(&browser, &back).await;
    assert!(
        browser.get(&page).await.text().contains("amina@example.nhs.uk"),
        "the address of the invitation"
    );
    let made = browser.submit(&page, &page, &[("username", "a-shah"), ("name", "Amina Shah")]).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(browser.get(&path).await.status, 404, "used");
    let back = site.sign_in(&site.browser(), &begin(&browser, "post").await, "amina").await;
    assert_eq!(leads_to(&browser, &back).await, "/settings/keys");
}

/// Waits until the browser is at an address with these words in it.
async fn arrived(page: &Page<'_>, words: &str) {
    let started = std::time::Instant::now();
    while !page.url().await.contains(words) {
        assert!(started.elapsed() < Duration::from_secs(20), "{words}: {}", page.url().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_browser_goes_there_and_comes_back() {
    let mut site = ProviderSite::start();
    let forge = forge_with(&mut site, "post", json!({})).await;
    forge.user("alice").await;
    let alice = forge.client();
    alice.sign_in("alice").await;
    link(&site, &alice, "post", "amina").await;
    let browser = Browser::start(true).await;
    let page = browser.open(&forge.url("/sign-in?then=%2Fsettings%2Fsessions")).await;
    page.click("form[action='/sign-in/with/post'] button").await;
    arrived(&page, "/interaction/").await;
    page.fill("input[name=login]", "amina").await;
    page.click("button").await;
    arrived(&page, "/settings/sessions").await;
    assert!(page.text().await.contains("This browser"), "{}", page.text().await);
    let refused = browser.console().await.into_iter().filter(|line| line.contains("Content Security Policy"));
    assert_eq!(refused.collect::<Vec<_>>(), Vec::<String>::new());
}
