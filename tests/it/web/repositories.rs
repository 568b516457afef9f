//! Making repositories and changing them.

use forge_tests::{Client, Forge};

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_repository_with_readme_and_licence_is_cloned() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    let client = signed_in(&forge, "alice").await;
    let fields = [
        ("owner", "alice"),
        ("name", "bed-occupancy"),
        ("description", "Beds\r\nby ward"),
        ("visibility", "private"),
        ("readme", "true"),
        ("licence", "mit"),
    ];
    let made = client.submit("/new", "/new", &fields).await;
    assert_eq!(
        (made.status.as_u16(), made.header("location")),
        (303, "/alice/bed-occupancy"),
        "{}",
        made.text()
    );
    let page = client.get("/alice/bed-occupancy").await.text();
    for text in ["README.md", "LICENSE", "Beds by ward"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for remote in [forge.https(&person, "alice/bed-occupancy"), forge.ssh("alice/bed-occupancy")] {
        let clone = person.clone_of(&remote, &[]).unwrap();
        clone.fsck();
        let files = clone.git(&["ls-files"]).unwrap();
        assert_eq!(files, "LICENSE\nREADME.md\n");
        assert!(
            std::fs::read_to_string(clone.path().join("README.md")).unwrap().starts_with("# bed-occupancy")
        );
        assert!(std::fs::read_to_string(clone.path().join("LICENSE")).unwrap().contains("MIT"));
        assert_eq!(clone.git(&["status", "--porcelain"]).unwrap(), "");
    }
    let again = client.submit("/new", "/new", &fields).await;
    assert_eq!(again.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_names_are_explained() {
    let forge = Forge::new().await;
    forge.user("alice").await;
    forge.user("bob").await;
    let client = signed_in(&forge, "alice").await;
    let long = "a".repeat(300);
    for name in ["", "..", "a/b", ".git", "a.git", "-x", "a b", "<script>", "Ünï", "settings.css.git", &long]
    {
        let fields = [
            ("owner", "alice"),
            ("name", name),
            ("description", ""),
            ("visibility", "private"),
            ("licence", ""),
        ];
        let answer = client.submit("/new", "/new", &fields).await;
        assert_eq!(answer.status, 422, "{name:?}: {:?}", answer.headers);
        assert!(answer.text().contains("name-error") && !answer.text().contains("<script>"), "{name:?}");
    }
    for owner in ["bob", "nobody"] {
        let fields = [
            ("owner", owner),
            ("name", "x"),
            ("description", ""),
            ("visibility", "private"),
            ("licence", ""),
        ];
        let answer = client.submit("/new", "/new", &fields).await;
        assert!(matches!(answer.status.as_u16(), 403 | 404), "{owner}: {}", answer.status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_found_by_those_who_may_see_it() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    let stranger = forge.user("bob").await;
    forge.repo(&person, "beds").await;
    let work = person.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&person, "alice/beds"), "main"]).unwrap();
    let (client, bob) = (signed_in(&forge, "alice").await, signed_in(&forge, "bob").await);
    let absent = bob.get("/alice/beds").await.status;
    let renamed =
        client.submit("/alice/beds/settings", "/alice/beds/settings/rename", &[("name", "wards")]).await;
    assert_eq!((renamed.status.as_u16(), renamed.header("location")), (303, "/alice/wards/settings"));

    let moved = client.get("/alice/beds/blob/main/README.md?plain=1").await;
    assert_eq!(
        (moved.status.as_u16(), moved.header("location")),
        (301, "/alice/wards/blob/main/README.md?plain=1")
    );
    assert_eq!(bob.get("/alice/beds").await.status, absent);
    assert_eq!(bob.get("/alice/beds").await.status, 404, "a stranger does not hear of the new name");
    let nobody = forge.client().get("/alice/beds").await;
    assert_eq!(nobody.header("location"), "/sign-in?then=%2Falice%2Fbeds");
    for remote in [forge.https(&person, "alice/beds"), forge.ssh("alice/beds")] {
        assert!(person.clone_of(&remote, &[]).unwrap().path().join("README.md").exists(), "{remote}");
    }
    for remote in [forge.https(&stranger, "alice/beds"), forge.ssh("alice/beds")] {
        let output = stranger.git(&["ls-remote", &remote]);
        assert!(!output.ok && !output.stderr.contains("wards"), "{output:?}");
    }
    forge.repo(&person, "beds").await;
    assert_eq!(client.get("/alice/beds").await.status, 200, "a new repository takes the address over");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_do_what_they_say() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    forge.user("bob").await;
    forge.repo(&person, "beds").await;
    let work = person.work_tree();
    work.commit("README.md", "# Beds\n");
    let remote = forge.https(&person, "alice/beds");
    work.git(&["push", "--quiet", &remote, "main", "main:trial"]).unwrap();
    let (client, bob) = (signed_in(&forge, "alice").await, signed_in(&forge, "bob").await);
    let settings = "/alice/beds/settings";
    let general = "/alice/beds/settings/general";

    let fields = [("description", "Beds by ward"), ("default_branch", "trial")];
    assert_eq!(client.submit(settings, general, &fields).await.status, 303);
    assert!(client.get("/alice/beds").await.text().contains("Beds by ward"));
    let head = work.git(&["ls-remote", "--symref", &remote, "HEAD"]).unwrap();
    assert!(head.starts_with("ref: refs/heads/trial\t"), "{head}");
    let fields = [("description", ""), ("default_branch", "nowhere")];
    assert_eq!(client.submit(settings, general, &fields).await.status, 422);

    assert_eq!(bob.get("/alice/beds").await.status, 404);
    let visibility = "/alice/beds/settings/visibility";
    assert_eq!(
        client.submit(settings, visibility, &[("visibility", "public"), ("reason", "To share")]).await.status,
        422
    );
    assert_eq!(
        client.submit(settings, visibility, &[("visibility", "internal")]).await.status,
        422,
        "without a reason"
    );
    let widened = [("visibility", "internal"), ("reason", "Other wards want it")];
    assert_eq!(client.submit(settings, visibility, &widened).await.status, 303);
    assert!(client.get(visibility).await.text().contains("Other wards want it"));
    assert_eq!(bob.get("/alice/beds").await.status, 200);
    assert_eq!(bob.get(settings).await.status, 403, "he knows that it is there, so he is told no");
    let stolen = bob.submit("/settings/profile", visibility, &[("visibility", "private")]).await;
    assert_eq!(stolen.status, 403);
    assert_eq!(client.submit(settings, visibility, &[("visibility", "private")]).await.status, 303);
    assert_eq!(bob.get("/alice/beds").await.status, 404, "at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn archived_is_for_reading_and_deleted_is_gone() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    forge.repo(&person, "beds").await;
    let work = person.work_tree();
    work.commit("README.md", "# Beds\n");
    let remote = forge.https(&person, "alice/beds");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let client = signed_in(&forge, "alice").await;
    let settings = "/alice/beds/settings";
    let archive = "/alice/beds/settings/archive";
    assert_eq!(client.submit(settings, archive, &[("archived", "true")]).await.status, 303);
    work.commit("README.md", "# More beds\n");
    let output = work.try_git(&["push", &remote, "main"]);
    assert!(!output.ok && output.stderr.contains("archived"), "{output:?}");
    assert!(client.get("/alice/beds").await.text().contains("Archived"));
    assert_eq!(client.submit(settings, archive, &[("archived", "false")]).await.status, 303);
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();

    let delete = "/alice/beds/settings/delete";
    assert!(client.get(delete).await.text().contains("2 commits on 1 branch"));
    for typed in ["", "beds", "alice/bed", "alice/bedsx", "bob/beds"] {
        let answer = client.submit(delete, delete, &[("confirmation", typed)]).await;
        assert_eq!(answer.status, 422, "{typed:?}");
    }
    assert_eq!(client.get("/alice/beds").await.status, 200);
    let gone = client.submit(delete, delete, &[("confirmation", "alice/beds")]).await;
    assert_eq!((gone.status.as_u16(), gone.header("location")), (303, "/"));
    assert_eq!(client.get("/alice/beds").await.status, 404);
    assert_eq!(client.get("/alice/beds/raw/main/README.md").await.status, 404);
    assert!(!person.git(&["ls-remote", &remote]).ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_moves_to_another_owner() {
    let forge = Forge::new().await;
    let person = forge.user("alice").await;
    let (member, _) = (forge.user("mina").await, forge.user("otto").await);
    forge.org("anytown", &[&person, &member]).await;
    forge.repo(&person, "beds").await;
    let (client, mina) = (signed_in(&forge, "alice").await, signed_in(&forge, "mina").await);
    assert_eq!(mina.get("/anytown/beds").await.status, 404);
    let (settings, transfer) = ("/alice/beds/settings", "/alice/beds/settings/transfer");
    let refused = client.submit(settings, transfer, &[("owner", "otto")]).await;
    assert_eq!(refused.status, 403, "nobody is given a repository against their will");
    let moved = client.submit(settings, transfer, &[("owner", "anytown")]).await;
    assert_eq!((moved.status.as_u16(), moved.header("location")), (303, "/anytown/beds"), "{}", moved.text());
    assert_eq!(mina.get("/anytown/beds").await.status, 200);
    assert_eq!(mina.get("/alice/beds").await.header("location"), "/anytown/beds");
    assert_eq!(mina.get("/anytown/beds/settings").await.status, 403, "members push, owners settle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_names_no_commit_is_listed_and_leads_nowhere() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("key.asc", "a key\n");
    work.git(&["tag", "a-key", "HEAD:key.asc"]).unwrap();
    work.git(&["tag", "v1"]).unwrap();
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main", "--tags"]).unwrap();
    let page = signed_in(&forge, "alice").await.get("/alice/beds/tags").await.text();
    assert!(page.contains("a-key") && page.contains("which is not a commit"), "{page}");
    assert!(page.contains("/tree/v1") && !page.contains("/tree/a-key"), "{page}");
}
