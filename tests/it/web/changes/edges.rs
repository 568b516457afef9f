//! Files that are not plain text with lines that end as usual.

use std::os::unix::ffi::OsStrExt as _;

use super::{Desk, ONE, hex, numbered, section};

#[tokio::test(flavor = "multi_thread")]
async fn odd_files_are_shown_for_what_they_are() {
    let long = "x".repeat(2_000_000);
    let desk = Desk::new(&[
        ("picture.bin", b"\x89PNG\0\x01"),
        ("run.sh", b"echo\n"),
        ("old.txt", numbered(30).as_bytes()),
        ("crlf.txt", b"one\r\ntwo\r\n"),
        ("latin.txt", b"caf\xe9\n"),
        ("space.txt", b"a b\n"),
        ("line.txt", format!("{long}\n").as_bytes()),
        ("end.txt", b"last\n"),
    ])
    .await;
    std::os::unix::fs::symlink("old.txt", desk.work.path().join("link")).unwrap();
    desk.commit("A link");
    desk.push("main");
    desk.git(&["checkout", "--quiet", "-b", "odd"]);
    desk.work.write("picture.bin", b"\x89PNG\0\x01\x02\x03");
    desk.git(&["update-index", "--chmod=+x", "run.sh"]);
    desk.git(&["mv", "old.txt", "new.txt"]);
    desk.work.write("new.txt", numbered(30).replace("line 9\n", "line nine\n"));
    desk.work.write("crlf.txt", b"one\ntwo\r\nthree\r\n");
    desk.work.write("latin.txt", b"caf\xe9 noir\n");
    desk.work.write("space.txt", b"a   b\n");
    desk.work.write("line.txt", format!("{long}y\n"));
    desk.work.write("end.txt", b"last");
    desk.work.write("empty.txt", b"");
    std::fs::remove_file(desk.work.path().join("link")).unwrap();
    std::os::unix::fs::symlink("new.txt", desk.work.path().join("link")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"gr\xfc\xdfe.txt");
    std::fs::write(desk.work.path().join(odd), b"1\n").unwrap();
    let commit = desk.git(&["rev-parse", "HEAD"]);
    desk.git(&[
        "add",
        "picture.bin",
        "new.txt",
        "crlf.txt",
        "latin.txt",
        "space.txt",
        "line.txt",
        "end.txt",
        "empty.txt",
        "link",
    ]);
    desk.git(&["add", "--", "*e.txt"]);
    desk.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    desk.git(&["commit", "--quiet", "-m", "Odd things"]);
    desk.push("odd");
    desk.open("odd").await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    for (path, said) in [
        ("picture.bin", "It is not text: 6 bytes before, 8 bytes now."),
        ("run.sh", "Only whether it can be run as a program has changed."),
        ("crlf.txt", "<span class=\"hid\">CR LF</span>"),
        ("latin.txt", "café noir"),
        ("end.txt", "<span class=\"hid\">no line ending</span>"),
        ("empty.txt", "It is empty."),
        ("link", "<ins>new</ins>"),
        ("sub", "The submodule stands at commit"),
    ] {
        let file = section(&page, path);
        assert!(file.contains(said), "{path}: {file}");
    }
    let moved = page
        .split("<section class=\"forge-box forge-diff\"")
        .find(|part| part.contains("new.txt</h3>"))
        .unwrap();
    assert!(moved.contains("old.txt <span") && moved.contains("line <ins>nine</ins>"), "{moved}");
    let line = section(&page, "line.txt");
    assert!(line.contains("more are not shown") && line.len() < 60_000, "{} bytes", line.len());
    // A name that is not UTF-8 has a page of its own all the same.
    let alone = format!("{ONE}/changes/file?path={}", hex(b"gr\xfc\xdfe.txt"));
    assert!(desk.page(&alone).await.contains("added line 1"));
    // White space that does not count.
    let page = desk.page(&format!("{ONE}/changes?space=ignore")).await;
    assert!(section(&page, "space.txt").contains("Only white space has changed."), "{page}");
    let page = desk.page(&format!("{ONE}/changes?view=split")).await;
    assert!(section(&page, "latin.txt").contains("added line 1: </span>"), "{page}");
    for file in ["picture.bin", "run.sh", "sub", "link", "empty.txt"] {
        desk.page(&format!("{ONE}/changes/file?path={}", hex(file))).await;
    }
}
