//! Forks: made at once, seen by nobody who cannot see their source, and untouched by what happens to it.

use std::time::Duration;

use forge_app::Haste;
use forge_core::{Actor, ObjectFormat, Visibility};
use forge_tests::{Client, Forge, Person, WorkTree};

use super::mail::mails;

const SOON: Duration = Duration::from_mins(1);

struct Town {
    forge: Forge,
    ann: Person,
    bob: Person,
    work: WorkTree,
    owner: Client,
    other: Client,
}

impl Town {
    /// Ann has a repository; Bob is somebody else, and Otto a third.
    async fn new(visibility: Visibility) -> Self {
        let forge = Forge::new().await;
        let (ann, bob) = (forge.user("ann").await, forge.user("bob").await);
        forge.user("otto").await;
        forge.make_repo("ann/beds", visibility, ObjectFormat::Sha1).await;
        let work = ann.work_tree();
        work.commit("README.md", "# Beds\n");
        work.git(&["tag", "-a", "-m", "First", "v1"]).unwrap();
        work.git(&["push", "--quiet", &forge.https(&ann, "ann/beds"), "main", "v1"]).unwrap();
        let (owner, other) = (signed_in(&forge, "ann").await, signed_in(&forge, "bob").await);
        Self { forge, ann, bob, work, owner, other }
    }

    async fn fork(&self, client: &Client, owner: &str, name: &str, visibility: &str) -> (u16, String) {
        let fields = [("owner", owner), ("name", name), ("visibility", visibility)];
        let made = client.submit("/ann/beds/fork", "/ann/beds/fork", &fields).await;
        (made.status.as_u16(), made.text())
    }

    async fn show_to(&self, visibility: &str) -> u16 {
        let page = "/ann/beds/settings/visibility";
        let fields = [("visibility", visibility), ("reason", "A test")];
        self.owner.submit(page, page, &fields).await.status.as_u16()
    }
}

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_has_branches_and_tags_and_goes_its_own_way() {
    let town = Town::new(Visibility::Internal).await;
    assert!(town.other.get("/ann/beds").await.text().contains("0 forks"));
    assert_eq!(town.fork(&town.other, "bob", "wards", "internal").await.0, 303);
    let page = town.other.get("/bob/wards").await.text();
    assert!(page.contains("Forked from <a href=\"/ann/beds\">"), "{page}");
    let remote = town.forge.https(&town.bob, "bob/wards");
    let copy = town.bob.clone_of(&remote, &[]).unwrap();
    copy.fsck();
    assert_eq!(copy.head(), town.work.head());
    assert_eq!(copy.git(&["tag"]).unwrap().trim(), "v1");
    copy.commit("more.md", "More\n");
    copy.git(&["push", "--quiet", "origin", "main"]).unwrap();
    let source = town.work.git(&["ls-remote", &town.forge.https(&town.ann, "ann/beds"), "main"]).unwrap();
    assert!(source.starts_with(&town.work.head()), "the source is where it was: {source}");
    let refused = copy.try_git(&["push", &town.forge.https(&town.bob, "ann/beds"), "main"]);
    assert!(!refused.ok, "a fork gives nothing in its source");
    // The list holds what its reader can see, and its count too.
    assert!(town.owner.get("/ann/beds").await.text().contains("1 fork<"));
    assert_eq!(town.fork(&town.other, "bob", "mine", "private").await.0, 303);
    let seen = town.owner.get("/ann/beds/forks").await.text();
    assert!(
        seen.contains("/bob/wards\"") && !seen.contains("/bob/mine") && seen.contains("1 fork "),
        "{seen}"
    );
    assert!(town.other.get("/ann/beds").await.text().contains("2 forks"));
    let (status, text) = town.fork(&town.other, "bob", "wards", "private").await;
    assert_eq!(status, 422);
    assert!(text.contains("There is a repository of this name already"), "{text}");
    assert_eq!(town.forge.client().get("/ann/beds/fork").await.status, 303, "nobody forks");
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_and_deletion_of_one_leave_the_other_whole() {
    let town = Town::new(Visibility::Internal).await;
    let remote = town.forge.https(&town.ann, "ann/beds");
    for number in 0..9 {
        town.work.commit("table.csv", format!("{number}\n").repeat(50));
        town.work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    }
    assert_eq!(town.fork(&town.other, "bob", "wards", "private").await.0, 303);
    town.forge.app().run_due_jobs(SOON).await.unwrap();
    let app = town.forge.app();
    let site = app.authorize_site(&Actor::System { reason: "console" }).unwrap();
    let collect = async |path: &str| {
        let path = path.parse().unwrap();
        app.collect_garbage(&site, &path, Haste::Now, std::sync::Arc::new(|_| {})).await.unwrap()
    };
    let whole = || {
        let copy = town.bob.clone_of(&town.forge.https(&town.bob, "bob/wards"), &[]).unwrap();
        copy.fsck();
        assert_eq!(copy.head(), town.work.head());
    };
    collect("ann/beds").await;
    whole();
    collect("bob/wards").await;
    town.ann.clone_of(&remote, &[]).unwrap().fsck();
    let gone = [("confirmation", "ann/beds")];
    let page = "/ann/beds/settings/delete";
    let deleted = town.owner.submit(page, page, &gone).await;
    assert_eq!(deleted.status, 303, "{}", deleted.text());
    whole();
    let page = town.other.get("/bob/wards").await.text();
    assert!(page.contains("Forked from ann/beds, which is gone"), "{page}");
    assert_eq!(app.examine(&site).await.unwrap().faults, [""; 0]);
}

/// A60. What only the source has cannot be had through its fork, not even by giving it a name there, and the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_unreachable_comes_along_and_nothing_goes_back() {
    let town = Town::new(Visibility::Internal).await;
    let source = town.forge.https(&town.ann, "ann/beds");
    town.work.git(&["checkout", "--quiet", "-b", "secret"]).unwrap();
    let secret = town.work.commit("secret.md", "Not for everybody\n");
    town.work.git(&["push", "--quiet", &source, "secret"]).unwrap();
    town.work.git(&["push", "--quiet", &source, ":secret"]).unwrap();
    assert_eq!(town.fork(&town.other, "bob", "wards", "private").await.0, 303);
    let fork = town.forge.https(&town.bob, "bob/wards");
    let copy = town.bob.clone_of(&fork, &[]).unwrap();
    let fetched = copy.try_git(&["fetch", &fork, &secret]);
    assert!(!fetched.ok, "{fetched:?}");
    // A ref that names an object without sending it.
    let zero = "0".repeat(40);
    let line = format!("{zero} {secret} refs/heads/mine\0report-status");
    let body = format!("{:04x}{line}0000", line.len() + 4);
    // An empty pack.
    let mut bytes = body.into_bytes();
    bytes.extend(b"PACK\0\0\0\x02\0\0\0\0");
    bytes.extend(b"\x02\x9d\x08\x82\x3b\xd8\xa8\xea\xb5\x10\xad\x6a\xc7\x5c\x82\x3c\xfd\x3e\xd3\x1e");
    let basic =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("bob:{}", town.bob.token));
    let basic = format!("Basic {basic}");
    let headers =
        [("authorization", basic.as_str()), ("content-type", "application/x-git-receive-pack-request")];
    let path = "/bob/wards.git/git-receive-pack";
    let answer = town.forge.client().send(http::Method::POST, path, &headers, bytes).await;
    assert!(answer.text().contains("ng refs/heads/mine"), "{}", answer.text());
    // And what is private in the fork is not there for readers of the source.
    let mine = copy.commit("mine.md", "Mine\n");
    copy.git(&["push", "--quiet", "origin", "main"]).unwrap();
    assert!(!town.work.try_git(&["fetch", &source, &mine]).ok);
    assert_eq!(town.owner.get(&format!("/ann/beds/commit/{mine}")).await.status, 404);
    assert_eq!(town.other.get(&format!("/bob/wards/commit/{secret}")).await.status, 404);
}

/// A34. What was shown to everybody is narrowed with its source, at once, and its owner is told.
#[tokio::test(flavor = "multi_thread")]
async fn forks_are_narrowed_with_their_source_and_never_wider() {
    let town = Town::new(Visibility::Internal).await;
    let otto = signed_in(&town.forge, "otto").await;
    assert_eq!(town.fork(&town.other, "bob", "wards", "public").await.0, 422);
    assert_eq!(town.fork(&town.other, "bob", "wards", "internal").await.0, 303);
    // A fork of the fork.
    let fields = [("owner", "otto"), ("name", "again"), ("visibility", "internal")];
    assert_eq!(otto.submit("/bob/wards/fork", "/bob/wards/fork", &fields).await.status, 303);
    assert_eq!(otto.get("/bob/wards").await.status, 200);
    mails(&town.forge).await;
    assert_eq!(town.show_to("private").await, 303);
    for path in ["/bob/wards", "/bob/wards/raw/main/README.md", "/bob/wards/archive/main.zip"] {
        assert_eq!(otto.get(path).await.status, 404, "{path}");
    }
    assert_eq!(town.owner.get("/otto/again").await.status, 404);
    assert_eq!(town.other.get("/bob/wards").await.status, 200, "its owner keeps it");
    assert!(
        !town.other.get("/bob/wards").await.text().contains("ann/beds"),
        "and may no longer know the source"
    );
    let told = mails(&town.forge).await;
    let has = |name: &str| told.iter().any(|mail| mail.contains(name) && mail.contains("is a fork"));
    assert!(has("bob/wards") && has("otto/again"), "{told:?}");
    let page = "/bob/wards/settings/visibility";
    let fields = [("visibility", "internal"), ("reason", "Everybody may see it")];
    let wider = town.other.submit(page, page, &fields).await;
    assert_eq!(wider.status, 422, "{}", wider.text());
    assert!(wider.text().contains("A fork is shown to nobody who cannot see where it comes from"));
    // When the source is shown again, the fork stays as it is until its owner says so.
    assert_eq!(town.show_to("internal").await, 303);
    assert_eq!(otto.get("/bob/wards").await.status, 404);
    assert_eq!(town.other.submit(page, page, &fields).await.status, 303);
    assert_eq!(otto.get("/bob/wards").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_goes_to_no_other_organisation() {
    let forge = Forge::new().await;
    let (ann, bob) = (forge.user("ann").await, forge.user("bob").await);
    forge.org("anytown", &[&ann, &bob]).await;
    forge.org("northdale", &[&bob]).await;
    forge.make_repo("anytown/beds", Visibility::Organisation, ObjectFormat::Sha1).await;
    let client = signed_in(&forge, "bob").await;
    let page = "/anytown/beds/fork";
    let shown = client.get(page).await.text();
    assert!(shown.contains("value=\"anytown\"") && !shown.contains("value=\"northdale\""), "{shown}");
    let fork = async |owner: &str, name: &str, visibility: &str| {
        let fields = [("owner", owner), ("name", name), ("visibility", visibility)];
        client.submit(page, page, &fields).await.status.as_u16()
    };
    assert_eq!(fork("northdale", "beds", "private").await, 422);
    assert_eq!(fork("bob", "beds", "organisation").await, 422, "colleagues elsewhere would see it");
    assert_eq!(fork("bob", "beds", "private").await, 303);
    assert_eq!(fork("anytown", "more", "organisation").await, 303);
    let transfer = "/bob/beds/settings/transfer";
    let moved = client.submit("/bob/beds/settings", transfer, &[("owner", "northdale")]).await;
    assert_eq!(moved.status, 422, "{}", moved.text());
}
