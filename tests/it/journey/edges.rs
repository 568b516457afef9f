//! Histories and files that are not as usual.

use forge_tests::Forge;
use http::StatusCode;

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_is_cloned_and_shown() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    for remote in [forge.https(&alice, "alice/beds"), forge.ssh("alice/beds")] {
        let clone = alice.clone_of(&remote, &[]).unwrap();
        assert_eq!(clone.git(&["symbolic-ref", "HEAD"]).unwrap().trim(), "refs/heads/main");
    }
    let client = forge.client();
    client.sign_in("alice").await;
    let page = client.get("/alice/beds").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("git push"), "an empty repository says how to fill it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_branch_becomes_the_default() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let work = alice.work_tree();
    work.commit("a", "a");
    work.git(&["push", &remote, "HEAD:refs/heads/trial"]).unwrap();
    let clone = alice.clone_of(&remote, &[]).unwrap();
    assert_eq!(clone.git(&["symbolic-ref", "HEAD"]).unwrap().trim(), "refs/heads/trial");
    assert_eq!(clone.head(), work.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_and_contents_come_back_byte_for_byte_and_have_pages() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "odd").await;
    let remote = forge.https(&alice, "alice/odd");
    let work = alice.work_tree();
    let names = [
        "with space.sql",
        "quote\"s and 'more'.R",
        "{{ braces }}.py",
        "hash#percent%question?.md",
        "ünïcödé – ☃.txt",
        "<b>bold</b>&amp;.txt",
        "back\\slash.txt",
        "-dash.txt",
        "deep/er/and deeper/x.R",
    ];
    for name in names {
        work.write(name, "SELECT 1;\r\n-- ok\n");
    }
    work.write("windows-1252.csv", b"name;caf\xe9\r\n");
    work.write("bom.csv", b"\xef\xbb\xbfa,b\n1,2\n");
    work.write("no newline", "end");
    work.write("empty", "");
    work.write("binary.bin", [0, 1, 2, 255]);
    work.write("long.sql", "SELECT a, b, c FROM t WHERE d = 'e';\n".repeat(5_000));
    std::os::unix::fs::symlink("long.sql", work.path().join("link")).unwrap();
    work.commit("last.txt", "last\n");
    work.git(&["push", &remote, "main"]).unwrap();
    let clone = alice.clone_of(&remote, &[]).unwrap();
    assert_eq!(
        clone.git(&["rev-parse", "HEAD^{tree}"]).unwrap(),
        work.git(&["rev-parse", "HEAD^{tree}"]).unwrap()
    );
    assert_eq!(clone.git(&["status", "--porcelain"]).unwrap(), "");

    let client = forge.client();
    client.sign_in("alice").await;
    let all = work.git(&["ls-files", "-z"]).unwrap();
    for name in all.split('\0').filter(|name| !name.is_empty()) {
        let path = forge_web::url::encode_path(name.as_bytes());
        let page = client.get(&format!("/alice/odd/blob/main/{path}")).await;
        assert_eq!(page.status, StatusCode::OK, "{name}: {}", page.text());
        assert!(!page.text().contains("<b>bold</b>"), "{name} is escaped");
        let raw = client.get(&format!("/alice/odd/raw/main/{path}")).await;
        assert_eq!(raw.status, StatusCode::OK, "{name}");
        if name != "link" {
            assert_eq!(raw.body.as_ref(), std::fs::read(work.path().join(name)).unwrap(), "{name}");
        }
        assert_eq!(raw.header("x-content-type-options"), "nosniff");
        assert!(raw.header("content-security-policy").contains("sandbox"), "{name}");
        let history = client.get(&format!("/alice/odd/commits/main/{path}")).await;
        assert_eq!(history.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unrelated_roots_merges_and_submodules() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "history").await;
    let remote = forge.https(&alice, "alice/history");
    let work = alice.work_tree();
    work.commit("a", "a");
    work.git(&["checkout", "--quiet", "--orphan", "other"]).unwrap();
    work.git(&["rm", "--quiet", "-rf", "."]).unwrap();
    work.commit("b", "b");
    work.git(&["checkout", "--quiet", "main"]).unwrap();
    work.git(&["merge", "--quiet", "--allow-unrelated-histories", "-m", "Join", "other"]).unwrap();
    work.write(".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = https://example.nhs.uk/lib.git\n");
    let head = work.head();
    work.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},lib")]).unwrap();
    work.git(&["add", ".gitmodules"]).unwrap();
    work.git(&["commit", "--quiet", "-m", "Add a submodule"]).unwrap();
    work.git(&["push", &remote, "main"]).unwrap();
    let clone = alice.clone_of(&remote, &[]).unwrap();
    clone.fsck();
    let client = forge.client();
    client.sign_in("alice").await;
    for path in ["", "/tree/main", "/commits/main", "/blob/main/a", "/branches", "/tags"] {
        let page = client.get(&format!("/alice/history{path}")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
    }
    for line in work.git(&["rev-list", "--all"]).unwrap().lines() {
        assert_eq!(client.get(&format!("/alice/history/commit/{line}")).await.status, StatusCode::OK);
    }
    let zip = client.get("/alice/history/archive/main.zip").await;
    assert_eq!((zip.status, zip.body.get(..2)), (StatusCode::OK, Some(&b"PK"[..])));
}
