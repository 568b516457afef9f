//! What the site says to everybody, and what they say to it.

use std::time::Duration;

use forge_tests::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pushes_before_they_have_accepted_the_version_that_counts() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let (ada, browser) = (forge.client(), forge.client());
    ada.sign_in("ada").await;
    browser.sign_in("alice").await;
    let (edit, read) = ("/admin/acceptable-use", "/acceptable-use");
    let work = alice.work_tree();
    work.commit("README.md", "# Beds\n");
    let remote = forge.https(&alice, "alice/beds");
    assert!(work.try_git(&["push", "--quiet", &remote, "main"]).ok, "there is nothing to accept yet");

    for (version, text) in [("1", "Share code."), ("2", "Share code and no data about people.")] {
        let published = ada.submit(edit, edit, &[("text", text)]).await;
        assert_eq!(published.status, 303, "{}", published.text());
        work.commit("README.md", format!("# Beds {version}\n"));
        for remote in [remote.clone(), forge.ssh("alice/beds")] {
            let refused = work.try_git(&["push", "--quiet", &remote, "main"]);
            assert!(!refused.ok);
            assert!(refused.stderr.contains("/acceptable-use"), "{}", refused.stderr);
        }
        let page = browser.get(read).await;
        assert!(page.text().contains(text), "{}", page.text());
        let unticked = browser.submit(read, read, &[("version", version)]).await;
        assert_eq!(unticked.status, 422);
        let stale = browser.submit(read, read, &[("version", "9"), ("accept", "true")]).await;
        assert_eq!(stale.status, 422);
        let yes = browser.submit(read, read, &[("version", version), ("accept", "true")]).await;
        assert_eq!(yes.status, 303, "{}", yes.text());
        assert!(work.try_git(&["push", "--quiet", &remote, "main"]).ok, "accepted");
    }
    let log = ada.get("/admin/audit?action=terms&actor=alice").await.text();
    assert!(log.contains("terms.accept") && log.contains("version: 2"), "{log}");
    // After a year they are asked to read it again.
    forge.clock().advance(Duration::from_hours(365 * 24));
    work.commit("README.md", "# Beds, a year later\n");
    let remote = forge.ssh("alice/beds");
    let refused = work.try_git(&["push", "--quiet", &remote, "main"]);
    assert!(!refused.ok && refused.stderr.contains("/acceptable-use"), "{}", refused.stderr);
    browser.sign_in("alice").await;
    let again = browser.submit(read, read, &[("version", "2"), ("accept", "true")]).await;
    assert_eq!(again.status, 303, "{}", again.text());
    assert!(work.try_git(&["push", "--quiet", &remote, "main"]).ok, "accepted again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_stands_on_every_page_until_it_is_taken_away() {
    let forge = Forge::new().await;
    forge.admin("ada").await;
    let (ada, nobody) = (forge.client(), forge.client());
    ada.sign_in("ada").await;
    let page = "/admin/announcement";
    let words = "Down on Friday <b>from noon</b>";
    let fields =
        [("action", "save"), ("text", words), ("level", "warning"), ("from", ""), ("until", "2999-01-01")];
    assert_eq!(ada.submit(page, page, &fields).await.status, 303);
    for (client, path) in [(&nobody, "/"), (&nobody, "/sign-in"), (&ada, "/explore"), (&ada, "/no/such/page")]
    {
        let text = client.get(path).await.text();
        assert!(text.contains("Down on Friday &#60;b&#62;"), "{path}: {text}");
    }
    let past = [("action", "save"), ("text", words), ("level", "warning"), ("until", "2001-01-01")];
    assert_eq!(ada.submit(page, page, &past).await.status, 303);
    assert!(!nobody.get("/").await.text().contains("Down on Friday"));
    let wrong = [("action", "save"), ("text", words), ("from", "2026-02-02"), ("until", "2026-01-01")];
    assert_eq!(ada.submit(page, page, &wrong).await.status, 422);
    assert_eq!(ada.submit(page, page, &[("action", "remove")]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_and_copies_the_log_and_nothing_more() {
    let forge = Forge::new().await;
    let ada = forge.admin("ada").await;
    let otto = forge.user("otto").await;
    let alice = forge.user("alice").await;
    forge.org("anytown", &[&alice]).await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("README.md", "# Beds\n");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    alice.clone_of(&forge.https(&alice, "alice/beds"), &[]).unwrap();
    assert!(!otto.git(&["ls-remote", &forge.https(&otto, "alice/beds")]).ok);
    let (admin, auditor, owner) = (forge.client(), forge.client(), forge.client());
    admin.sign_in(&ada.name).await;
    auditor.sign_in("otto").await;
    owner.sign_in("alice").await;
    let (log, people) = ("/admin/audit", "/admin/people");
    assert_eq!(auditor.get(log).await.status, 404, "not yet");
    let made = admin.submit(people, people, &[("id", "otto"), ("action", "make-auditor")]).await;
    assert_eq!(made.status, 303);
    assert_eq!(auditor.get(people).await.status, 404, "an auditor administers nothing");
    let all = auditor.get(log).await.text();
    for action in
        ["repository.push", "repository.clone", "repository.refuse", "session.create", "account.set_auditor"]
    {
        assert!(all.contains(action), "{action}: {all}");
    }
    let refused = auditor.get("/admin/audit?outcome=refused&actor=otto").await.text();
    assert!(refused.contains(">repository.refuse") && !refused.contains(">repository.push"), "{refused}");
    let wrong = auditor.get("/admin/audit?from=yesterday").await.text();
    assert!(wrong.contains("Enter a date"), "{wrong}");

    let csv = auditor.get("/admin/audit/export?format=csv&action=repository.clone").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let lines: Vec<_> = csv.text().lines().map(str::to_owned).collect();
    assert!(lines[0].starts_with("\"number\",\"at\",\"actor\"") && lines.len() == 2, "{lines:?}");
    let json = auditor.get("/admin/audit/export?format=jsonl").await.text();
    let numbers: Vec<u64> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["number"].as_u64().unwrap())
        .collect();
    assert!(numbers.iter().zip(1..).all(|(number, place)| *number == place), "{numbers:?}");
    assert!(json.lines().last().unwrap().contains("audit.export"), "taking a copy is in the copy");

    // The owner of an organisation sees what concerns it, and no more.
    let mine = owner.get("/organisations/anytown/audit").await.text();
    assert!(mine.contains("organisation.create") && !mine.contains("session.create"), "{mine}");
    assert_eq!(owner.get(log).await.status, 404);
    let unmade = admin.submit(people, people, &[("id", "otto"), ("action", "remove-auditor")]).await;
    assert_eq!(unmade.status, 303);
    assert_eq!(auditor.get(log).await.status, 404, "no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_copied_to_a_file_from_where_it_stopped_and_survives_rotation() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let sink: forge_app::AuditSink =
        format!("file:{}", forge.data().join("audit.jsonl").display()).parse().unwrap();
    let app = forge.app();
    app.write_notes().await.unwrap();
    let first = app.copy_audit(&sink).await.unwrap();
    assert!(first > 0);
    assert_eq!(app.copy_audit(&sink).await.unwrap(), 0, "nothing is sent twice without need");
    let file = forge.data().join("audit.jsonl");
    std::fs::rename(&file, forge.data().join("audit.1.jsonl")).unwrap();
    forge.repo(&alice, "beds").await;
    app.write_notes().await.unwrap();
    let second = app.copy_audit(&sink).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(u64::try_from(text.lines().count()).unwrap(), second);
    let start: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(start["number"], first + 1, "no gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_every_repository_organisation_and_setting() {
    let forge = Forge::with(|config| config.database.max_readers = 7).await;
    forge.admin("ada").await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "secret-beds").await;
    forge.org("anytown", &[&alice]).await;
    let (ada, other) = (forge.client(), forge.client());
    ada.sign_in("ada").await;
    other.sign_in("alice").await;
    assert!(ada.get("/admin/repositories?q=secret").await.text().contains("alice/secret-beds"));
    assert!(!ada.get("/admin/repositories?q=nothing").await.text().contains("alice/secret-beds"));
    let organisations = ada.get("/admin/organisations").await.text();
    assert!(organisations.contains("1 member") && organisations.contains("/organisations/anytown/audit"));
    let settings = ada.get("/admin/settings").await.text();
    assert!(settings.contains("limits.recheck") && settings.contains("default"), "{settings}");
    for path in ["/admin/repositories", "/admin/organisations", "/admin/register", "/admin/settings"] {
        assert_eq!(other.get(path).await.status, 404, "{path}");
    }
}
