//! Second factors: setting them up, signing in with them, and proving anew who one is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use forge_server::config::Demand;
use forge_tests::{Client, Forge, PASSWORD, Person};

use super::mail::mails;

const PAGE: &str = "/settings/second-factor";
const APP: &str = "/settings/second-factor/app";
const STEP: &str = "/sign-in/second-factor";

/// The code that an app shows now, or some steps later. Written anew here, so that the product cannot agree with itself
/// alone.
pub(crate) fn code(key: &str, later: i64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = key
        .chars()
        .filter_map(|letter| alphabet.find(letter))
        .fold(String::new(), |bits, value| format!("{bits}{value:05b}"));
    let secret: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    #[expect(clippy::disallowed_methods, reason = "the clock of the phone")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let step = i64::try_from(now / 30).unwrap() + later;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = ring::hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 15);
    let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// What stands between two marks.
fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
}

/// Sets up an app with the code of the step before; says its key and the recovery codes.
pub(super) async fn enrol(client: &Client) -> (String, Vec<String>) {
    assert_eq!(client.submit(PAGE, PAGE, &[("action", "begin-app")]).await.status, 303);
    let page = client.get(APP).await.text();
    let key = between(&page, "Key: <code class=\"forge-mono\">", "<").remove(0).replace(' ', "");
    assert_eq!(key.len(), 32, "160 bits");
    assert!(page.contains("<svg") && page.contains("viewBox"), "a picture too");
    assert_eq!(client.submit(APP, APP, &[("code", "000000")]).await.status, 422);
    let before = client.cookies()["forge_session"].clone();
    let made = client.submit(APP, APP, &[("code", &code(&key, -1))]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert_ne!(client.cookies()["forge_session"], before, "the session goes on under a new token");
    let codes = between(&made.text(), "<li><code class=\"forge-mono\">", "<");
    assert_eq!(codes.len(), 10);
    (key, codes)
}

/// Gives the password; the second factor is still to come.
async fn password(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    let fields = [("username", name), ("password", PASSWORD), ("then", "/settings/profile")];
    let answer = client.submit("/sign-in", "/sign-in", &fields).await;
    assert_eq!(answer.header("location"), "/sign-in/second-factor?then=%2Fsettings%2Fprofile");
    client
}

async fn step(client: &Client, code: &str) -> u16 {
    let fields = [("code", code), ("then", "/settings/profile")];
    client.submit(STEP, STEP, &fields).await.status.as_u16()
}

async fn is_in(client: &Client) -> bool {
    client.get("/settings/profile").await.status == 200
}

async fn mia(forge: &Forge) -> (Person, Client, String, Vec<String>) {
    let person = forge.user("mia").await;
    let client = forge.client();
    client.sign_in("mia").await;
    let (key, codes) = enrol(&client).await;
    (person, client, key, codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lets_in_once_and_only_after_the_password() {
    let forge = Forge::new().await;
    let (_, _, key, _) = mia(&forge).await;
    assert_eq!(forge.client().get(STEP).await.status, 303, "without the password there is no second step");

    let one = password(&forge, "mia").await;
    assert!(!is_in(&one).await, "the password alone lets nobody in");
    assert!(!one.cookies().contains_key("forge_session"));
    let pending = one.cookies()["forge_pending"].clone();
    assert_eq!(step(&one, &code(&key, -1)).await, 422, "this code was used to set the app up");
    let right = code(&key, 0);
    assert_eq!(step(&one, &right).await, 303);
    assert!(is_in(&one).await);

    let two = password(&forge, "mia").await;
    assert_eq!(step(&two, &right).await, 422, "a code works once, in whatever browser");
    assert_eq!(step(&two, &code(&key, 1)).await, 303, "a clock that runs half a minute fast");
    assert!(is_in(&two).await);

    let three = forge.client();
    three.set_cookie("forge_pending", &pending);
    assert_eq!(three.get(STEP).await.status, 303, "what was pending is used up");
    let planted = forge.client();
    planted.set_cookie("forge_session", &pending);
    assert!(!is_in(&planted).await, "and it never was a session");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_works_once_and_for_its_owner() {
    let forge = Forge::new().await;
    let (_, client, _, codes) = mia(&forge).await;
    forge.user("nora").await;
    let nora = forge.client();
    nora.sign_in("nora").await;
    enrol(&nora).await;

    let other = password(&forge, "nora").await;
    assert_eq!(step(&other, &codes[0]).await, 422, "somebody else's");
    let one = password(&forge, "mia").await;
    assert_eq!(step(&one, &codes[0].to_uppercase()).await, 303);
    assert!(is_in(&one).await);
    let two = password(&forge, "mia").await;
    assert_eq!(step(&two, &codes[0]).await, 422, "used");
    assert!(one.get(PAGE).await.text().contains("You have 9 recovery codes left"));

    let made = client.submit(PAGE, PAGE, &[("action", "new-codes")]).await.text();
    let new = between(&made, "<li><code class=\"forge-mono\">", "<");
    assert_eq!(step(&two, &codes[1]).await, 422, "replaced");
    assert_eq!(step(&two, &new[0]).await, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_of_codes_are_slowed_down_by_account() {
    let forge = Forge::new().await;
    let (_, _, key, _) = mia(&forge).await;
    let client = password(&forge, "mia").await;
    let mut last = 422;
    for number in 0..8 {
        last = step(&client, &format!("00000{number}")).await;
    }
    assert_eq!(last, 429);
    // A right password in between does not open the gate again.
    let again = password(&forge, "mia").await;
    let fields = [("code", code(&key, 0)), ("then", "/".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = again.submit(STEP, STEP, &fields).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() <= 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn git_takes_no_password_of_somebody_with_a_second_factor() {
    let forge = Forge::new().await;
    let nora = forge.user("nora").await;
    forge.repo(&nora, "beds").await;
    let by_password = forge.https(&nora, "nora/beds").replace(&nora.token, &PASSWORD.replace(' ', "%20"));
    assert!(nora.git(&["ls-remote", &by_password]).ok, "the password alone, while it is all there is");
    let client = forge.client();
    client.sign_in("nora").await;
    enrol(&client).await;
    let refused = nora.git(&["ls-remote", &by_password]);
    assert!(!refused.ok, "not even remembered");
    assert!(refused.stderr.contains("access token"), "{}", refused.stderr);
    assert!(nora.git(&["ls-remote", &forge.https(&nora, "nora/beds")]).ok, "a token does");
    assert!(nora.git(&["ls-remote", &forge.ssh("nora/beds")]).ok, "and a key");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_must_have_one_can_do_nothing_else_first() {
    let forge = Forge::with(|config| config.sign_in.second_factor = Demand::Administrators).await;
    forge.admin("ada").await;
    let una = forge.user("una").await;
    forge.repo(&una, "beds").await;
    let client = forge.client();
    client.sign_in("ada").await;
    for path in
        ["/", "/explore", "/admin/people", "/settings/profile", "/settings/tokens", "/una/beds", "/none"]
    {
        let answer = client.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, PAGE), "{path}");
    }
    assert!(client.get(PAGE).await.text().contains("You must set up a second factor"));
    enrol(&client).await;
    assert_eq!(client.get("/admin/people").await.status, 200);
    let kept = client.submit(PAGE, PAGE, &[("action", "remove-app")]).await;
    assert_eq!(kept.status, 422, "{}", kept.text());
    assert!(client.get(PAGE).await.text().contains("Remove authenticator app"), "it is there still");

    let other = forge.client();
    other.sign_in("una").await;
    assert_eq!(other.get("/una/beds").await.status, 200, "of others none is demanded");
    enrol(&other).await;
    assert_eq!(other.submit(PAGE, PAGE, &[("action", "remove-app")]).await.status, 303);
    assert!(!other.get(PAGE).await.text().contains("recovery codes left"), "they go with it");
}

#[tokio::test(flavor = "multi_thread")]
async fn dangerous_settings_ask_again_and_go_on_where_the_person_was() {
    let forge = Forge::new().await;
    let (_, client, key, _) = mia(&forge).await;
    assert_eq!(client.get("/settings/password").await.status, 200, "just signed in");
    forge.clock().advance(Duration::from_mins(16));
    for path in ["/settings/password", "/settings/tokens", "/settings/ssh-keys", PAGE] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), format!("/sign-in/confirm?then={}", path.replace('/', "%2F")));
    }
    assert!(is_in(&client).await, "the rest goes on");
    let confirm = "/sign-in/confirm?then=%2Fsettings%2Fpassword";
    let before = client.cookies()["forge_session"].clone();
    let wrong = [("password", "wrong"), ("code", ""), ("then", "/settings/password")];
    assert_eq!(client.submit(confirm, "/sign-in/confirm", &wrong).await.status, 422);
    let right = [("password", PASSWORD), ("code", ""), ("then", "/settings/password")];
    let answer = client.submit(confirm, "/sign-in/confirm", &right).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/settings/password"));
    assert_eq!(client.get("/settings/password").await.status, 200);
    let old = forge.client();
    old.set_cookie("forge_session", &before);
    assert!(!is_in(&old).await, "the old token is dead");

    forge.clock().advance(Duration::from_mins(16));
    let later = 32 * 60 / 30;
    let by_code = code(&key, later);
    let fields = [("password", ""), ("code", by_code.as_str()), ("then", "//evil.example")];
    let answer = client.submit(confirm, "/sign-in/confirm", &fields).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"), "never off the site");
    assert_eq!(client.get("/settings/password").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_others_depend_on_asks_again_as_well() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    forge.org("anytown", &[&alice]).await;
    let client = forge.client();
    client.sign_in("alice").await;
    let keys = "/alice/beds/settings/keys";
    let form = client.get(keys).await;
    assert_eq!(form.status, 200, "just signed in");
    let token = form.hidden_field("csrf").unwrap();
    forge.clock().advance(Duration::from_mins(16));
    let line = std::fs::read_to_string(alice.key.with_extension("pub")).unwrap();
    let fields = [("csrf", token.as_str()), ("action", "add"), ("name", "nightly"), ("key", line.as_str())];
    let delete = "/alice/beds/settings/delete";
    let sure = [("csrf", token.as_str()), ("confirmation", "alice/beds")];
    let visibility = "/alice/beds/settings/visibility";
    let wide = [("csrf", token.as_str()), ("visibility", "internal"), ("reason", "all may see it")];
    let transfer = "/alice/beds/settings/transfer";
    let (organisation, policies) = ("/organisations/anytown/settings", "/organisations/anytown/policies");
    let demand = [("csrf", token.as_str()), ("visibility_ceiling", ""), ("required_reviews", "0")];
    let demand = [&demand[..], &[("longest_token_days", ""), ("repository_makers", "")]].concat();
    for answer in [
        client.get(keys).await,
        client.post(keys, &fields).await,
        client.get(delete).await,
        client.post(delete, &sure).await,
        client.get(visibility).await,
        client.post(visibility, &wide).await,
        client.post(transfer, &[("csrf", &token), ("owner", "anytown")]).await,
        client.get(organisation).await,
        client.post(organisation, &[("csrf", token.as_str())]).await,
        client.post(policies, &demand).await,
    ] {
        assert_eq!(answer.status, 303);
        assert!(answer.header("location").starts_with("/sign-in/confirm"), "{}", answer.header("location"));
    }
    assert_eq!(client.get("/alice/beds").await.status, 200, "it is still there");
    assert_eq!(client.get(transfer).await.header("location"), "/alice/beds/settings", "where its form is");
}

/// Whoever finds the browser of an administrator open cannot make themself one, nor take anything from anybody.
#[tokio::test(flavor = "multi_thread")]
async fn what_administrators_do_to_accounts_asks_again() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    forge.user("mia").await;
    let ada = forge.client();
    ada.sign_in("ada").await;
    let token = ada.get("/admin/people").await.hidden_field("csrf").unwrap();
    forge.clock().advance(Duration::from_mins(16));
    assert_eq!(ada.get("/admin/people").await.status, 200, "looking is not asked again");
    let pages: [(&str, &[(&str, &str)]); 6] = [
        ("/admin/people", &[("id", "mia"), ("action", "make-admin")]),
        ("/admin/people", &[("id", "mia"), ("action", "disable")]),
        ("/admin/people/mia/second-factor", &[]),
        ("/admin/leavers/mia", &[("successor", "ada")]),
        ("/admin/people/mia/delete", &[("confirm", "mia")]),
        ("/admin/people/mia/duplicate", &[("stays", "ada"), ("confirm", "mia")]),
    ];
    for (page, fields) in pages {
        let mut all = vec![("csrf", token.as_str())];
        all.extend(fields);
        let answer = ada.post(page, &all).await;
        assert_eq!(answer.status, 303, "{page}");
        let back = answer.header("location");
        assert!(back.starts_with("/sign-in/confirm?then=") && back.contains("admin"), "{page}: {back}");
    }
    let people = ada.get("/admin/people").await.text();
    assert_eq!(people.matches(">Administrator</strong>").count(), 1, "nothing has changed: {people}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_removes_a_lost_one_and_its_owner_is_told() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let (_, mia, _, _) = mia(&forge).await;
    mails(&forge).await;
    let page = "/admin/people/mia/second-factor";
    assert_eq!(mia.get(page).await.status, 404, "nobody else");
    let ada = forge.client();
    ada.sign_in("ada").await;
    assert!(ada.get(page).await.text().contains("10 recovery codes"), "{}", ada.get(page).await.text());
    assert_eq!(ada.submit(page, page, &[]).await.status, 303);
    assert!(ada.get(page).await.text().contains("mia has none"));
    assert!(!is_in(&mia).await, "signed out");
    let told = mails(&forge).await;
    assert!(told.len() == 1 && told[0].contains("An administrator removed"), "{told:?}");
    let again = forge.client();
    again.sign_in("mia").await;
    assert!(is_in(&again).await, "the password alone, until another is set up");
}
