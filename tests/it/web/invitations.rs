//! Invitations, and accounts that people make with them.

use std::time::Duration;

use forge_server::config::SignUp;
use forge_tests::{Answer, Client, Forge};

use super::mail::{link, mails};

const SITE: &str = "/admin/invitations";
const ORG: &str = "/organisations/anytown/invitations";
const PHRASE: &str = "kettle window sandwich";

async fn forge() -> Forge {
    Forge::with(|config| config.sign_in.sign_up = SignUp::Invitation).await
}

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

/// The path of the link that a page shows once.
fn shown(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("id=\"link\" type=\"text\" value=\"").unwrap_or_else(|| panic!("{text}"));
    let (_, path) = rest.split('"').next().unwrap().split_once("/invitations/").unwrap();
    format!("/invitations/{path}")
}

/// Invites from a page; says the path of the link.
async fn invite(client: &Client, page: &str, email: &str, role: Option<&str>) -> String {
    let mut fields = vec![("action", "create"), ("email", email), ("days", "7")];
    fields.extend(role.map(|role| ("role", role)));
    shown(&client.submit(page, page, &fields).await)
}

/// Begins an account with a link; says the path of its page.
async fn begin(client: &Client, link: &str) -> String {
    let begun = client.submit(link, link, &[("action", "begin")]).await;
    assert_eq!(begun.status, 303, "{}", begun.text());
    begun.header("location").to_owned()
}

async fn finish(client: &Client, page: &str, username: &str) -> Answer {
    let fields = [("username", username), ("name", "Amina Shah"), ("password", PHRASE)];
    client.submit(page, page, &fields).await
}

async fn gets_in(forge: &Forge, username: &str) -> bool {
    let fields = [("username", username), ("password", PHRASE), ("then", "/")];
    forge.client().submit("/sign-in", "/sign-in", &fields).await.status == 303
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_for_an_address_makes_one_account_in_the_organisation() {
    let forge = forge().await;
    let olive = forge.user("olive").await;
    forge.user("alice").await;
    forge.org("anytown", &[&olive]).await;
    mails(&forge).await;
    let owner = signed_in(&forge, "olive").await;
    let path = invite(&owner, ORG, "amina@example.nhs.uk", Some("developer")).await;
    let sent = mails(&forge).await;
    assert!(sent.len() == 1 && sent[0].contains("To: amina@example.nhs.uk"), "{sent:?}");
    assert_eq!(link(&sent[0]), path);
    assert!(owner.get(ORG).await.text().contains("amina@example.nhs.uk"));

    let alice = signed_in(&forge, "alice").await;
    let other = alice.submit(&path, &path, &[("action", "join")]).await;
    assert_eq!(other.status, 422, "{}", other.text());
    assert!(other.text().contains("another email address"), "bound to the address");

    let (amina, twin) = (forge.client(), forge.client());
    assert!(amina.get(&path).await.text().contains("olive invites you as developer"));
    let (page, twin_page) = (begin(&amina, &path).await, begin(&twin, &path).await);
    assert!(amina.get(&page).await.text().contains("amina@example.nhs.uk"));
    assert_eq!(forge.client().get(&page).await.status, 404, "another browser");
    assert_eq!(finish(&amina, &page, "olive").await.status, 422, "the name is taken, the link stays");
    let made = finish(&amina, &page, "a-shah").await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/sign-in"), "{}", made.text());
    assert!(gets_in(&forge, "a-shah").await);
    assert!(owner.get("/organisations/anytown/members").await.text().contains("a-shah"));
    assert_eq!(amina.get(&path).await.status, 404, "used");
    let late = finish(&twin, &twin_page, "b-shah").await;
    assert_ne!(late.status, 303, "what was begun before it was used makes no second account");
    assert!(!gets_in(&forge, "b-shah").await);
    assert!(owner.get(ORG).await.text().contains("Used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_use_one_link_at_once_one_gets_an_account() {
    let forge = forge().await;
    forge.admin("ada").await;
    let ada = signed_in(&forge, "ada").await;
    let path = invite(&ada, SITE, "amina@example.nhs.uk", None).await;
    let mut begun = Vec::new();
    for number in 0..8 {
        let client = forge.client();
        let page = begin(&client, &path).await;
        let token = client.get(&page).await.hidden_field("csrf").unwrap();
        begun.push((number, client, page, token));
    }
    let mut tries = tokio::task::JoinSet::new();
    for (number, client, page, token) in begun {
        tries.spawn(async move {
            let name = format!("amina-{number}");
            let fields = [("csrf", token.as_str()), ("username", &name), ("name", "A"), ("password", PHRASE)];
            client.post(&page, &fields).await.status.as_u16()
        });
    }
    let answers = tries.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == 303).count(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_for_anybody_asks_for_an_address_and_tells_nothing_about_others() {
    let forge = forge().await;
    forge.admin("ada").await;
    forge.user("alice").await;
    let ada = signed_in(&forge, "ada").await;
    let path = invite(&ada, SITE, "", None).await;
    mails(&forge).await;
    let amina = forge.client();
    let page = begin(&amina, &path).await;
    assert_eq!(finish(&amina, &page, "a-shah").await.status, 422, "the address first");
    let known = amina.submit(&page, &page, &[("email", "alice@example.nhs.uk")]).await;
    let told = mails(&forge).await;
    assert!(told.len() == 1 && told[0].contains("You have one already"), "{told:?}");
    let new = amina.submit(&page, &page, &[("email", "amina@example.nhs.uk")]).await;
    let plain = |answer: &Answer, email: &str| answer.text().replace(email, "EMAIL");
    assert_eq!(plain(&known, "alice@example.nhs.uk"), plain(&new, "amina@example.nhs.uk"), "the same answer");
    let sent = mails(&forge).await;
    assert_eq!(sent.len(), 1);
    let last = link(&sent[0]);
    let made = finish(&amina, &last, "a-shah").await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert!(gets_in(&forge, "a-shah").await);
    assert_eq!(amina.get(&last).await.status, 404);
    assert_eq!(begin_status(&forge, &path).await, 404, "used");
}

async fn begin_status(forge: &Forge, path: &str) -> u16 {
    forge.client().get(path).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_dies_when_taken_back_with_time_and_with_its_inviter() {
    let forge = forge().await;
    let (olive, mo) = (forge.user("olive").await, forge.user("mo").await);
    forge.admin("ada").await;
    forge.org("anytown", &[&olive, &mo]).await;
    forge.org("elsewhere", &[&mo]).await;
    let owner = signed_in(&forge, "olive").await;
    let path = invite(&owner, ORG, "", Some("reader")).await;
    let id = owner.get(ORG).await.hidden_field("id").unwrap();
    let stranger = signed_in(&forge, "mo").await;
    let theirs = "/organisations/elsewhere/invitations";
    let revoke = [("action", "revoke"), ("id", id.as_str())];
    assert_eq!(stranger.submit(theirs, theirs, &revoke).await.status, 404, "of another organisation");
    assert_eq!(begin_status(&forge, &path).await, 200);
    assert_eq!(owner.submit(ORG, ORG, &revoke).await.status, 303);
    assert_eq!(begin_status(&forge, &path).await, 404, "taken back");

    let late = invite(&owner, ORG, "", Some("reader")).await;
    let orphan = invite(&owner, ORG, "", Some("owner")).await;
    let begun = forge.client();
    let page = begin(&begun, &orphan).await;
    assert_eq!(begun.get(&page).await.status, 200);
    let ada = signed_in(&forge, "ada").await;
    let people = "/admin/people";
    assert_eq!(ada.submit(people, people, &[("id", "olive"), ("action", "disable")]).await.status, 303);
    assert_eq!(begin_status(&forge, &orphan).await, 404, "its inviter has left");
    assert_eq!(ada.submit(people, people, &[("id", "olive"), ("action", "enable")]).await.status, 303);
    assert_eq!(begin_status(&forge, &orphan).await, 200);
    forge.clock().advance(Duration::from_hours(8 * 24));
    assert_eq!(begin_status(&forge, &late).await, 404, "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_an_account_joins_with_it() {
    let forge = forge().await;
    let olive = forge.user("olive").await;
    forge.user("alice").await;
    forge.org("anytown", &[&olive]).await;
    let owner = signed_in(&forge, "olive").await;
    let path = invite(&owner, ORG, "alice@example.nhs.uk", Some("maintainer")).await;
    forge.user("bob").await;
    let bob = signed_in(&forge, "bob").await;
    let refused = bob.submit(&path, &path, &[("action", "join")]).await;
    assert_ne!(refused.status, 303, "it was for another address");
    let alice = signed_in(&forge, "alice").await;
    assert!(alice.get(&path).await.text().contains("Join as alice"));
    let joined = alice.submit(&path, &path, &[("action", "join")]).await;
    assert_eq!((joined.status.as_u16(), joined.header("location")), (303, "/anytown"), "{}", joined.text());
    let members = owner.get("/organisations/anytown/members").await.text();
    assert!(members.contains("alice") && members.contains("Maintainer"), "{members}");
    assert_eq!(alice.get(&path).await.status, 404, "used");
    let again = invite(&owner, ORG, "", Some("reader")).await;
    let answer = alice.submit(&again, &again, &[("action", "join")]).await;
    assert!(answer.text().contains("a member of anytown already"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_sign_up_is_closed_nobody_is_invited_and_old_links_are_dead() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let ada = signed_in(&forge, "ada").await;
    assert!(ada.get(SITE).await.text().contains("switched off"));
    let answer = ada.submit(SITE, SITE, &[("action", "create"), ("email", ""), ("days", "7")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("sign_in.sign_up"), "{}", answer.text());
}
