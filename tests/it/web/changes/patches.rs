//! Changes as text: the real git takes them.

use super::{Desk, ONE};

#[tokio::test(flavor = "multi_thread")]
async fn git_applies_what_is_downloaded() {
    let desk = Desk::new(&[
        ("a.txt", b"1\n2\n3\n"),
        ("run.sh", b"echo\n"),
        ("old name", b"one\ntwo\nthree\nfour\n"),
    ])
    .await;
    let base = desk.work.head();
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "1\ntwo\n3");
    desk.work.write("picture.png", b"\x89PNG\0\x01");
    desk.commit("Change a line and add a picture\n\nBecause.\n");
    desk.git(&["mv", "old name", "new name"]);
    desk.git(&["update-index", "--chmod=+x", "run.sh"]);
    desk.git(&["commit", "--quiet", "-m", "Move – and let it run"]);
    let head = desk.work.head();
    desk.push("work");
    desk.open("work").await;
    let tree = desk.git(&["rev-parse", "HEAD^{tree}"]);
    let messages = desk.git(&["log", "--format=%B", &format!("{base}..{head}")]);
    desk.git(&["checkout", "--quiet", "--force", "--detach", &base]);
    for address in [format!("{ONE}.patch"), "/ann/beds/compare/main...work.patch".to_owned()] {
        let answer = desk.reviewer.get(&address).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, "text/plain; charset=utf-8")
        );
        desk.work.write("../mail.patch", answer.text());
        desk.git(&["am", "--quiet", "../mail.patch"]);
        assert_eq!(desk.git(&["rev-parse", "HEAD^{tree}"]), tree, "{address}");
        assert_eq!(desk.git(&["log", "--format=%B", &format!("{base}..HEAD")]), messages);
        desk.git(&["reset", "--quiet", "--hard", &base]);
    }
    for address in [format!("{ONE}.diff"), format!("/ann/beds/compare/{base}..{head}.diff")] {
        desk.work.write("../change.diff", desk.page(&address).await);
        desk.git(&["apply", "--index", "../change.diff"]);
        assert_eq!(desk.git(&["write-tree"]), tree, "{address}");
        desk.git(&["reset", "--quiet", "--hard", &base]);
    }
    let one = desk.page(&format!("/ann/beds/commit/{head}.patch")).await;
    assert!(one.contains("rename from old name") && one.contains("new mode 100755"), "{one}");
    let root = desk.page(&format!("/ann/beds/commit/{base}.diff")).await;
    assert!(root.contains("new file mode 100644") && root.contains("--- /dev/null"), "{root}");
    for address in
        ["/ann/beds/merge-requests/2.patch", "/ann/beds/merge-requests/01.patch", "/ann/beds/commit/0.diff"]
    {
        assert_eq!(desk.reviewer.get(address).await.status.as_u16(), 404, "{address}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_commits_for_a_mailbox_are_refused_before_it_begins() {
    let desk = Desk::new(&[("a", b"1\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "many"]);
    let mut stream = String::new();
    for number in 0..1_001_u32 {
        let from = if number == 0 { "from refs/heads/main^0\n" } else { "" };
        let time = 1_700_000_000 + number;
        stream += "commit refs/heads/many\ncommitter A <a@example.org> ";
        stream += &time.to_string();
        stream += " +0000\ndata 2\nx\n";
        stream += from;
        stream += "M 644 inline a\ndata 5\n";
        stream += &(1_000 + number).to_string();
        stream += "\n\n";
    }
    let output =
        forge_tests::git_fed(desk.work.path(), &["fast-import", "--quiet", "--force"], stream.as_bytes());
    assert!(output.ok, "{output:?}");
    desk.push("many");
    let answer = desk.reviewer.get("/ann/beds/compare/main...many.patch").await;
    assert_eq!(answer.status.as_u16(), 413, "{}", answer.text());
    assert!(answer.text().contains("1,000") || answer.text().contains("1000"), "{}", answer.text());
    assert!(
        desk.page("/ann/beds/compare/main...many")
            .await
            .contains("1,001 commits, of which the newest 100 are listed")
    );
}
