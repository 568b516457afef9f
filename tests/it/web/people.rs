//! Organisations and the administrator's list of people.

use std::time::Duration;

use forge_tests::{Client, Forge};
use http::Method;

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_and_an_owner_stays() {
    let forge = Forge::new().await;
    forge.user("orla").await;
    let mina = forge.user("mina").await;
    let orla = signed_in(&forge, "orla").await;
    let fields = [("display_name", "Anytown"), ("name", "anytown"), ("description", ""), ("ods_code", "")];
    let made = orla.submit("/organisations/new", "/organisations/new", &fields).await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/anytown"), "{}", made.text());
    let new = [
        ("owner", "anytown"),
        ("name", "beds"),
        ("description", ""),
        ("visibility", "private"),
        ("readme", "true"),
        ("licence", ""),
    ];
    assert_eq!(orla.submit("/new", "/new", &new).await.status, 303);
    let members = "/organisations/anytown/members";
    let client = signed_in(&forge, "mina").await;
    assert_eq!(client.get("/anytown/beds").await.status, 404);
    assert_eq!(client.get(members).await.status, 200, "who is in it is no secret among those signed in");
    let forced =
        client.submit(members, members, &[("action", "save"), ("username", "mina"), ("role", "owner")]).await;
    assert_eq!(forced.status, 403);

    let added = orla
        .submit(members, members, &[("action", "save"), ("username", "mina"), ("role", "developer")])
        .await;
    assert_eq!(added.status, 303, "{}", added.text());
    assert_eq!(client.get("/anytown/beds").await.status, 200);
    let clone = mina.clone_of(&forge.ssh("anytown/beds"), &[]).unwrap();
    clone.commit("a", "1");
    clone.git(&["push", "--quiet", "origin", "HEAD:main"]).unwrap();
    assert_eq!(client.get("/anytown/beds/settings").await.status, 403);
    let unknown =
        orla.submit(members, members, &[("action", "save"), ("username", "who"), ("role", "reader")]).await;
    assert_eq!(unknown.status, 422);
    let last = orla.submit(members, members, &[("action", "remove"), ("username", "orla")]).await;
    assert!(matches!(last.status.as_u16(), 409 | 422), "the last owner stays: {}", last.status);
    let demoted =
        orla.submit(members, members, &[("action", "save"), ("username", "orla"), ("role", "reader")]).await;
    assert_eq!(demoted.status, 422, "nor do they take it from themself");
    assert!(demoted.text().contains("This is the last owner. Make somebody else an owner first."));
    let unknown = [("action", "save"), ("username", "mina"), ("role", "king")];
    assert_eq!(orla.submit(members, members, &unknown).await.status, 422);

    let removed = orla.submit(members, members, &[("action", "remove"), ("username", "mina")]).await;
    assert_eq!(removed.status, 303, "{}", removed.text());
    assert_eq!(client.get("/anytown/beds").await.status, 404);
    assert!(!clone.try_git(&["fetch", "origin"]).ok);
    assert!(!clone.try_git(&["push", "origin", "HEAD:more"]).ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_person_is_out_at_every_door() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let dora = forge.user("dora").await;
    forge.repo(&dora, "beds").await;
    let (ada, client) = (signed_in(&forge, "ada").await, signed_in(&forge, "dora").await);
    let (https, ssh) = (forge.https(&dora, "dora/beds"), forge.ssh("dora/beds"));
    let by_password = https.replace(&dora.token, &forge_tests::PASSWORD.replace(' ', "%20"));
    let remotes = [&https, &ssh, &by_password];
    assert_eq!(client.get("/dora/beds").await.status, 200);
    for remote in remotes {
        assert!(dora.git(&["ls-remote", remote]).ok, "{remote}");
    }
    let people = "/admin/people";
    let disabled = ada.submit(people, people, &[("id", "dora"), ("action", "disable")]).await;
    assert_eq!(disabled.status, 303, "{}", disabled.text());
    assert!(ada.get(people).await.text().contains("Disabled"));
    assert_eq!(client.get("/dora/beds").await.status, 303, "the session is over");
    for remote in remotes {
        assert!(!dora.git(&["ls-remote", remote]).ok, "{remote}");
    }
    let fields = [("username", "dora"), ("password", forge_tests::PASSWORD), ("then", "/")];
    assert_eq!(forge.client().submit("/sign-in", "/sign-in", &fields).await.status, 422);

    let enabled = ada.submit(people, people, &[("id", "dora"), ("action", "enable")]).await;
    assert_eq!(enabled.status, 303);
    assert_eq!(client.get("/dora/beds").await.status, 303, "the old session stays dead");
    assert_eq!(signed_in(&forge, "dora").await.get("/dora/beds").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_what_is_kept() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.admin("ada").await;
    for name in ["beds", "empty"] {
        forge.repo(&alice, name).await;
    }
    let work = alice.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    assert_eq!(signed_in(&forge, "alice").await.get("/admin/storage").await.status, 404);
    let ada = signed_in(&forge, "ada").await;
    let place = |page: &str, name: &str| page.find(&format!(">{name}</a>")).unwrap_or(usize::MAX);
    let page = ada.get("/admin/storage").await.text();
    assert!(place(&page, "alice/beds") < place(&page, "alice/empty"), "the largest first: {page}");
    assert!(page.contains("are free on the disk"), "{page}");
    let owners = ada.get("/admin/storage?by=owner&sort=name").await.text();
    assert!(owners.contains(">alice</a>") && owners.contains("1 owner"), "{owners}");
    assert!(
        owners.contains(">Repositories</th>") && !page.contains(">Repositories</th>"),
        "one is always one"
    );
    // Once a day it is noted how large everything is, and from then on growth is told.
    assert!(!page.contains(">Growth</th>"), "there is nothing to compare with: {page}");
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    let grown = ada.get("/admin/storage?sort=growth").await.text();
    assert!(grown.contains(">Growth</th>") && grown.contains("Growth is counted since"), "{grown}");
    assert_eq!(ada.get("/admin/storage?sort=colour").await.status, 400, "unknown words are errors");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_make_people_and_each_other() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let ada = signed_in(&forge, "ada").await;
    let new = "/admin/people/new";
    let fields = [
        ("username", "nora"),
        ("name", "Nora"),
        ("email", "nora@example.nhs.uk"),
        ("password", forge_tests::PASSWORD),
    ];
    assert_eq!(ada.submit(new, new, &fields).await.status, 303);
    assert_eq!(ada.submit(new, new, &fields).await.status, 422, "a name is taken once");
    let nora = signed_in(&forge, "nora").await;
    let people = "/admin/people";
    for path in [people, new] {
        assert_eq!(nora.get(path).await.status, 404, "for others the administration is not there");
    }
    let fields = [("id", "nora"), ("action", "make-admin")];
    assert_eq!(nora.submit("/settings/profile", people, &fields).await.status, 404);
    assert_eq!(ada.submit(people, people, &fields).await.status, 303);
    assert_eq!(nora.get(people).await.status, 200);
    let fields = [("id", "nora"), ("action", "remove-admin")];
    assert_eq!(ada.submit(people, people, &fields).await.status, 303);
    assert_eq!(nora.get(people).await.status, 404, "at once");
    for action in ["disable", "remove-admin"] {
        let own = ada.submit(people, people, &[("id", "ada"), ("action", action)]).await;
        assert!(own.status.is_client_error(), "the last administrator stays: {action}");
    }
    let unknown = ada.submit(people, people, &[("id", "ada"), ("action", "explode")]).await;
    assert_eq!(unknown.status, 400, "an unknown word is an error and no default");
    assert_eq!(ada.send(Method::GET, people, &[], "").await.status, 200);
}
