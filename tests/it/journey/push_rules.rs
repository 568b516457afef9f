//! What is refused, and that nothing is left of it.

use forge_app::Origin;
use forge_core::{Actor, Visibility};
use forge_tests::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn history_of_the_default_branch_is_kept() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let work = alice.work_tree();
    work.commit("a", "1");
    let old = work.commit("a", "2");
    work.git(&["push", &remote, "main", "main:topic"]).unwrap();
    work.git(&["reset", "--quiet", "--hard", "HEAD~1"]).unwrap();
    work.commit("a", "3");
    let plain = work.try_git(&["push", &remote, "main"]);
    assert!(plain.stderr.contains("rejected"), "{plain:?}");
    let forced = work.try_git(&["push", "--force", &remote, "main"]);
    assert!(forced.stderr.contains("the history of the default branch is kept"), "{forced:?}");
    work.git(&["push", "--force", &remote, "main:topic"]).unwrap();
    let deleted = work.try_git(&["push", &remote, ":main"]);
    assert!(deleted.stderr.contains("the default branch cannot be deleted"), "{deleted:?}");
    assert!(work.git(&["ls-remote", &remote, "refs/heads/main"]).unwrap().starts_with(&old));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_namespaces() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.ssh("alice/beds");
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", &remote, "main"]).unwrap();
    for name in [
        "refs/replace/0123456789012345678901234567890123456789",
        "refs/merge-requests/1/head",
        "refs/keep-around/x",
    ] {
        let output = work.try_git(&["push", &remote, &format!("main:{name}")]);
        assert!(
            !output.ok && output.stderr.contains("refused") || output.stderr.contains("rejected"),
            "{name}: {output:?}"
        );
    }
    work.git(&["push", &remote, "main:refs/heads/a"]).unwrap();
    let conflict = work.try_git(&["push", &remote, "main:refs/heads/a/b"]);
    assert!(!conflict.ok, "{conflict:?}");
    let atomic = work.try_git(&["push", "--atomic", &remote, "main:refs/heads/one", "main:refs/heads/a/b"]);
    assert!(!atomic.ok, "{atomic:?}");
    let refs = work.git(&["ls-remote", &remote]).unwrap();
    assert!(!refs.contains("refs/heads/one") && !refs.contains("refs/replace"), "{refs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_repository_is_for_reading() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", &remote, "main"]).unwrap();
    let console = Actor::System { reason: "test" };
    let access = forge.app().authorize(&console, &"alice/beds".parse().unwrap()).await.unwrap();
    forge.app().set_archived(&access, &Origin::console(), true).await.unwrap();
    work.commit("a", "2");
    let output = work.try_git(&["push", &remote, "main"]);
    assert!(output.stderr.contains("archived"), "{output:?}");
    alice.clone_of(&remote, &[]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_or_deleted_cannot_be_fetched_by_id() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", &remote, "main"]).unwrap();
    let secret = work.commit("secret", "not for you");
    let refused = work.try_git(&["push", &remote, "main:refs/keep-around/x"]);
    assert!(!refused.ok);
    work.git(&["push", &remote, "main:topic"]).unwrap();
    let clone = alice.clone_of(&remote, &["--single-branch", "--branch=main"]).unwrap();
    clone.git(&["fetch", &remote, &secret]).unwrap();
    work.git(&["push", &remote, ":topic"]).unwrap();
    for version in ["0", "2"] {
        let fresh = alice.clone_of(&remote, &["--single-branch"]).unwrap();
        let output =
            fresh.try_git(&["-c", &format!("protocol.version={version}"), "fetch", &remote, &secret]);
        assert!(!output.ok && output.stderr.contains("not our ref"), "{output:?}");
        let page = forge.client();
        page.sign_in("alice").await;
        assert_eq!(
            page.get(&format!("/alice/beds/commit/{secret}")).await.status,
            http::StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_do_not_write_and_strangers_see_nothing() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let bob = forge.user("bob").await;
    forge.make_repo("alice/open", Visibility::Internal, forge_core::ObjectFormat::Sha1).await;
    forge.repo(&alice, "shut").await;
    let work = alice.work_tree();
    work.commit("a", "1");
    for repo in ["alice/open", "alice/shut"] {
        work.git(&["push", &forge.https(&alice, repo), "main"]).unwrap();
    }
    let clone = bob.clone_of(&forge.https(&bob, "alice/open"), &[]).unwrap();
    clone.commit("b", "2");
    for remote in [forge.https(&bob, "alice/open"), forge.ssh("alice/open")] {
        let output = clone.try_git(&["push", &remote, "HEAD:main"]);
        assert!(!output.ok, "{output:?}");
    }
    let said = |remote: String| bob.git(&["ls-remote", &remote]).stderr.replace("alice/shut", "alice/none");
    assert_eq!(said(forge.https(&bob, "alice/shut")), said(forge.https(&bob, "alice/none")));
    assert_eq!(said(forge.ssh("alice/shut")), said(forge.ssh("alice/none")));
    assert_eq!(said(forge.anonymous("alice/shut")), said(forge.anonymous("alice/none")));
    let token = forge.token("alice", "repository:read").await;
    let remote = forge.https(&alice, "alice/shut").replace(&alice.token, &token);
    alice.clone_of(&remote, &[]).unwrap();
    work.commit("a", "2");
    assert!(!work.try_git(&["push", &remote, "main"]).ok, "a reading token does not push");
}

/// One rule, at every door: git over HTTPS and SSH, and a page that says why.
#[tokio::test(flavor = "multi_thread")]
async fn rules_for_branches_and_tags_hold_at_every_door() {
    let forge = Forge::new().await;
    let (olive, mina) = (forge.user("olive").await, forge.user("mina").await);
    forge.org("anytown", &[&olive, &mina]).await;
    forge.team("anytown", "beds", None, &[]).await;
    forge.make_repo("anytown/beds", Visibility::Private, forge_core::ObjectFormat::Sha1).await;
    let work = mina.work_tree();
    work.commit("a", "1");
    let (https, ssh) = (forge.https(&mina, "anytown/beds"), forge.ssh("anytown/beds"));
    work.git(&["push", "--quiet", &https, "main", "main:release/1", "main:other"]).unwrap();
    let owner = forge.client();
    owner.sign_in("olive").await;
    let client = forge.client();
    client.sign_in("mina").await;
    let rules = "/anytown/beds/settings/rules";
    let set = |kind, pattern, push, names, linear| {
        [
            ("action", "set"),
            ("kind", kind),
            ("pattern", pattern),
            ("push", push),
            ("push_names", names),
            ("force_push", "maintainers"),
            ("delete", "nobody"),
            ("merge", "developers"),
            ("linear", linear),
        ]
    };
    assert_eq!(client.get(rules).await.status, 403, "whoever pushes does not make the rules");
    for (fields, why) in [
        (set("branch", "a..b", "nobody", "", "false"), "A pattern is a name"),
        (set("branch", "x", "everybody", "", "false"), "Choose nobody"),
        (set("branch", "x", "nobody", "who", "false"), "There is nobody and no team called who."),
        (set("branch", "x", "nobody", "team/who", "false"), "There is nobody and no team called team/who."),
    ] {
        let refused = owner.submit(rules, rules, &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains(why), "{why}: {}", refused.text());
    }
    for fields in [
        set("branch", "release/*", "maintainers", "", "false"),
        set("tag", "v*", "nobody", "olive", "false"),
        set("branch", "line", "developers", "team/beds", "true"),
    ] {
        let made = owner.submit(rules, rules, &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
    }
    work.commit("a", "2");
    work.git(&["tag", "v1"]).unwrap();
    for remote in [&https, &ssh] {
        for (refspec, why) in [
            ("main:release/1", "the rule for release/* does not let you push here"),
            ("main:release/2", "the rule for release/* does not let you push here"),
            (":release/1", "the rule for release/* does not let you delete this"),
            ("v1", "the rule for v* does not let you push here"),
        ] {
            let output = work.try_git(&["push", remote, refspec]);
            assert!(!output.ok && output.stderr.contains(why), "{refspec}: {output:?}");
        }
    }
    work.git(&["push", "--quiet", &https, "main:other", "main:line"]).unwrap();
    work.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]).unwrap();
    work.commit("b", "1");
    work.git(&["checkout", "--quiet", "main"]).unwrap();
    work.git(&["merge", "--quiet", "--no-ff", "-m", "Merge", "side"]).unwrap();
    let merged = work.try_git(&["push", &https, "main:line"]);
    assert!(merged.stderr.contains("keeps history in one line"), "{merged:?}");
    work.git(&["push", "--quiet", &https, "main:other", "main"]).unwrap();
    work.git(&["push", "--quiet", &https, "main:line-2"]).unwrap();

    let why = client.get("/anytown/beds/why").await.text();
    for text in [
        "You may read this repository and push to it.",
        "In the organisation that owns it you are: Developer.",
        "No: the rule for release/* does not let you push here",
        "No: the default branch cannot be deleted",
    ] {
        assert!(why.contains(text), "{text}: {why}");
    }
    let by_owner = olive.clone_of(&forge.https(&olive, "anytown/beds"), &[]).unwrap();
    by_owner.git(&["tag", "v1"]).unwrap();
    by_owner.git(&["push", "--quiet", "origin", "v1", "HEAD:release/3"]).unwrap();
    assert!(!by_owner.try_git(&["push", "origin", ":v1"]).ok, "nobody is nobody");

    let page = owner.get(rules).await;
    let id = page.hidden_field("id").unwrap();
    let removed = owner.submit(rules, rules, &[("action", "remove"), ("id", id.as_str())]).await;
    assert_eq!(removed.status, 303);
    assert!(!owner.get(rules).await.text().contains(&id));
}
