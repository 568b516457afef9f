//! Feeds: what a program reads with a token in its address, decided anew each time.

use forge_app::Receiver;
use forge_core::{ObjectFormat, Permission, Visibility};
use forge_tests::{Answer, Client, Forge};
use http::Method;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::merge_requests::{ONE, Town, name};

const FEEDS: &str = "/settings/feeds";

/// Makes addresses on the page; gives what all of them begin with.
async fn make(client: &Client, of: &str) -> String {
    let fields = [("action", "create"), ("name", "Thunderbird"), ("lifetime", "90"), ("of", of)];
    let made = client.submit(FEEDS, FEEDS, &fields).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let text = made.text();
    let (_, rest) = text.split_once("/feeds/forge_").expect("the addresses are shown");
    format!("/feeds/forge_{}", rest.split('/').next().unwrap())
}

/// What a reader of feeds makes of an answer: its text, its entries' names, and that it is well formed.
fn read(answer: &Answer) -> (String, Vec<String>) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let text = answer.text();
    let mut reader = Reader::from_str(&text);
    let (mut open, mut ids) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().expect("well formed") {
            Event::Start(tag) => open.push(String::from_utf8(tag.name().as_ref().to_vec()).unwrap()),
            Event::End(_) => drop(open.pop()),
            Event::Text(text) if open.ends_with(&["entry".to_owned(), "id".to_owned()]) => {
                ids.push(String::from_utf8(text.to_vec()).unwrap());
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty() && text.contains("<feed xmlns=\"http://www.w3.org/2005/Atom\""), "{text}");
    let one = |tag: &str| text.split("<entry>").next().unwrap().matches(tag).count() == 1;
    assert!(one("<id>tag:") && one("<title>") && one("<updated>") && one("<author>"), "{text}");
    for entry in text.split("<entry>").skip(1) {
        let link = "<link rel=\"alternate\" type=\"text/html\" href=\"http://";
        assert!(entry.contains(link) && entry.contains("<updated>20"), "{entry}");
    }
    (text, ids)
}

async fn feed(forge: &Forge, address: &str) -> String {
    read(&forge.client().get(address).await).0
}

/// An answer to somebody who is not signed in, without what is random in it and without the way back.
async fn essence(address: &str, forge: &Forge) -> (u16, String) {
    let client = forge.client();
    let answer = client.get(address).await;
    let text = answer.text().replace(answer.header("x-request-id"), "ID");
    let mut parts = text.split("name=\"csrf\" value=\"");
    let mut body = parts.next().unwrap().to_owned();
    for part in parts {
        body.push_str(part.split_once('"').unwrap().1);
    }
    (answer.status.as_u16(), body.replace(&forge_web::url::sign_in_then(address), "SIGN-IN"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_follows_what_its_owner_may_see_and_for_as_long_as_they_may() {
    let town = Town::new().await;
    let feeds = make(&town.reviewer, "ann/beds").await;
    let page = town.reviewer.get(FEEDS).await.text();
    assert!(page.contains("Thunderbird") && !page.contains("forge_"), "the token is shown once: {page}");
    town.open().await;
    town.forge.app().run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    let [told, waiting, beds, ann] = ["notifications", "waiting", "activity/ann/beds", "activity/ann"]
        .map(|rest| format!("{feeds}/{rest}"));
    for address in [&told, &waiting] {
        let text = feed(&town.forge, address).await;
        assert!(text.contains("<title>Add the rate (ann/beds!1)</title>") && text.contains(ONE), "{text}");
    }
    for address in [&beds, &ann] {
        let text = feed(&town.forge, address).await;
        for part in ["made branch rate in", "opened the merge request !1 Add the rate", "<name>ann</name>"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    // Nothing is sent again while nothing is new, and names of entries stay.
    let first = town.forge.client().get(&beds).await;
    let (_, ids) = read(&first);
    assert!(first.header("last-modified").ends_with(" GMT"));
    let known = [("if-none-match", first.header("etag"))];
    let again = town.forge.client().send(Method::GET, &beds, &known, "").await;
    assert!(again.status == 304 && again.body.is_empty(), "{}", again.status);
    town.work.git(&["tag", "v1"]).unwrap();
    town.push(&["v1"]);
    let next = town.forge.client().send(Method::GET, &beds, &known, "").await;
    let (_, more) = read(&next);
    assert_eq!(more.get(1..), Some(ids.as_slice()), "one is new");
    // Confidential tickets are not for timelines.
    let new = "/ann/beds/tickets/new";
    let fields =
        [("title", "Names in the log"), ("description", ""), ("action", "open"), ("confidential", "true")];
    assert_eq!(town.author.submit(new, new, &fields).await.status, 303);
    assert!(!feed(&town.forge, &beds).await.contains("Names in the log"));

    // Whoever is removed reads nothing of it any more, with the addresses that they have.
    let access = "/ann/beds/settings/access";
    let grant = town.author.get(access).await.hidden_field("id").unwrap();
    let gone = [("action", "revoke"), ("id", grant.as_str())];
    let removed = town.author.submit(access, access, &gone).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
    let missing = essence(&format!("{feeds}/activity/ann/nosuch"), &town.forge).await;
    assert_eq!((essence(&beds, &town.forge).await, missing.0), (missing.clone(), 404));
    for address in [&told, &waiting, &ann] {
        let text = feed(&town.forge, address).await;
        assert!(!text.contains("rate") && !text.contains("<entry>"), "{address}: {text}");
    }
    let known =
        town.forge.client().send(Method::GET, &beds, &[("if-none-match", next.header("etag"))], "").await;
    assert_eq!(known.status, 404, "what is known does not count either");
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_nobody_has_any_more_are_like_feeds_that_never_were() {
    let town = Town::new().await;
    town.forge.admin("ada").await;
    let (ada, nobody) = (town.forge.client(), town.forge.client());
    ada.sign_in("ada").await;
    let never = format!("/feeds/forge_{}/notifications", "0".repeat(56));
    let missing = essence(&never, &town.forge).await;
    assert_eq!(missing.0, 404);
    let (one, two) = (make(&town.reviewer, "").await, make(&town.reviewer, "").await);
    let (one, two) = (format!("{one}/notifications"), format!("{two}/notifications"));
    for address in [&one, &two] {
        feed(&town.forge, address).await;
    }
    // Taken back, one by one.
    let id = town.reviewer.get(FEEDS).await.hidden_field("id").unwrap();
    let fields = [("action", "revoke"), ("id", id.as_str())];
    assert_eq!(town.reviewer.submit(FEEDS, FEEDS, &fields).await.status, 303);
    let (mut left, mut dead) = (Vec::new(), Vec::new());
    for address in [&one, &two] {
        let answer = nobody.get(address).await;
        if answer.status == 200 {
            left.push(address);
        } else {
            dead.push(essence(address, &town.forge).await);
        }
    }
    assert_eq!((left.len(), dead), (1, vec![missing.clone()]));
    // Switched off, and the page is that of a missing one to the byte.
    let people = "/admin/people";
    let disabled = ada.submit(people, people, &[("id", "rosa"), ("action", "disable")]).await;
    assert_eq!(disabled.status, 303, "{}", disabled.text());
    assert_eq!(essence(left[0], &town.forge).await, missing);
}

/// The token of a feed stands in an address, so it opens feeds only, and no other token opens one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_feeds_opens_nothing_else_and_no_other_opens_a_feed() {
    let town = Town::new().await;
    let feeds = make(&town.author, "").await;
    let token = feeds.trim_start_matches("/feeds/").to_owned();
    let mut ann = town.ann.clone();
    ann.token.clone_from(&token);
    assert!(!ann.git(&["ls-remote", &town.forge.https(&ann, "ann/beds")]).ok);
    let head = town.work.head();
    let path = format!("/api/v1/repos/ann/beds/commits/{}/statuses", head.trim());
    let bearer = format!("Bearer {token}");
    let answer = town.forge.client().send(Method::GET, &path, &[("authorization", &bearer)], "").await;
    assert_eq!(answer.status, 404, "{}", answer.text());
    for scopes in ["repository:write", "account:write"] {
        let other = town.forge.token("ann", scopes).await;
        for rest in ["notifications", "waiting", "activity/ann", "activity/ann/beds"] {
            let answer = town.forge.client().get(&format!("/feeds/{other}/{rest}")).await;
            assert_eq!(answer.status, 404, "{scopes} {rest}");
        }
    }
    assert!(!town.author.get("/settings/tokens").await.text().contains("Thunderbird"));
    for (field, value) in [("name", ""), ("lifetime", "0"), ("lifetime", "x")] {
        let mut fields = vec![("action", "create"), ("name", "x"), ("lifetime", "30")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        assert_eq!(town.author.submit(FEEDS, FEEDS, &fields).await.status, 422, "{field}={value}");
    }
}

/// Of an organisation, everybody reads what they may see of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_an_organisation_is_what_each_may_see_of_it() {
    let forge = Forge::new().await;
    let (olive, otto) = (forge.user("olive").await, forge.user("otto").await);
    forge.org("anytown", &[&olive]).await;
    forge.make_repo("anytown/open", Visibility::Internal, ObjectFormat::Sha1).await;
    forge.make_repo("anytown/shut", Visibility::Private, ObjectFormat::Sha1).await;
    let work = olive.work_tree();
    work.commit("README.md", "# Beds\n");
    for repo in ["anytown/open", "anytown/shut"] {
        work.git(&["push", "--quiet", &forge.https(&olive, repo), "main"]).unwrap();
    }
    let client = forge.client();
    client.sign_in("otto").await;
    let feeds = make(&client, "anytown").await;
    let address = format!("{feeds}/activity/anytown");
    let text = feed(&forge, &address).await;
    assert!(text.contains("in anytown/open</title>") && !text.contains("shut"), "{text}");
    forge.grant("anytown/shut", Receiver::Person(name(&otto)), Permission::Read, None).await;
    assert!(feed(&forge, &address).await.contains("in anytown/shut</title>"));
    assert_eq!(forge.client().get(&format!("{feeds}/activity/nowhere")).await.status, 404);
}

/// What is public needs no token, until it is public no more.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_is_followed_without_a_token_until_it_is_not() {
    let forge = Forge::with(|config| config.access.public_repositories = true).await;
    let olive = forge.user("olive").await;
    forge.make_repo("olive/open", Visibility::Public, ObjectFormat::Sha1).await;
    let work = olive.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&olive, "olive/open"), "main"]).unwrap();
    let nobody = forge.client();
    let address = "/olive/open/activity.atom";
    let page = nobody.get("/olive/open/activity").await.text();
    assert!(page.contains("type=\"application/atom+xml\"") && page.contains(address), "{page}");
    let open = nobody.get(address).await;
    let (text, ids) = read(&open);
    assert!(ids.len() == 1 && text.contains("rel=\"self\""), "{text}");
    let client = forge.client();
    client.sign_in("olive").await;
    let settings = "/olive/open/settings/visibility";
    let narrowed = client.submit(settings, settings, &[("visibility", "private")]).await;
    assert_eq!(narrowed.status, 303, "{}", narrowed.text());
    let shut = nobody.send(Method::GET, address, &[("if-none-match", open.header("etag"))], "").await;
    assert_eq!(shut.header("location"), forge_web::url::sign_in_then(address));
    assert!(shut.body.is_empty());
    assert_eq!(read(&client.get(address).await).1.len(), 1, "a browser that is signed in needs none either");
}
