//! Changes that are not of lines alone: what a path is, how a file ends, whether there is anything in it.

use super::{Desk, ONE, hex, section};

/// A desk where a branch takes these files away, and then has those.
async fn changed(before: &[(&str, &[u8])], gone: &[&str], after: &[(&str, &[u8])]) -> Desk {
    let desk = Desk::new(before).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    for path in gone {
        desk.git(&["rm", "--quiet", "-r", path]);
    }
    for (path, bytes) in after {
        desk.work.write(path, bytes);
    }
    desk.commit("Change it");
    desk.push("work");
    desk.open("work").await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_line_without_its_end_is_told_on_either_side() {
    let files: [(&str, &[u8]); 3] =
        [("added.txt", b"one\ntwo"), ("gone.txt", b"one\ntwo\n"), ("both.txt", b"one\ntwo")];
    let now: [(&str, &[u8]); 3] =
        [("added.txt", b"one\ntwo\n"), ("gone.txt", b"one\ntwo"), ("both.txt", b"one\n2")];
    let desk = Box::pin(changed(&files, &[], &now)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    let none = "<span class=\"hid\">no line ending</span>";
    for (path, marks) in [("added.txt", 1), ("gone.txt", 1), ("both.txt", 2)] {
        let file = section(&page, path);
        assert_eq!(file.matches(none).count(), marks, "{path}: {file}");
        let (removed, added) = file.split_once("added line 2").unwrap();
        assert!(removed.contains("removed line 2"), "{path}: {file}");
        assert_eq!(added.contains(none), path != "added.txt", "{path}: {file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_line_endings_are_a_change_that_can_be_left_out() {
    let files: [(&str, &[u8]); 1] = [("a.csv", b"ward,beds\nA,1\n")];
    let now: [(&str, &[u8]); 1] = [("a.csv", b"ward,beds\r\nA,1\r\n")];
    let desk = Box::pin(changed(&files, &[], &now)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    let file = section(&page, "a.csv");
    assert!(file.contains("added line 2") && file.contains("<span class=\"hid\">CR LF</span>"), "{file}");
    let page = desk.page(&format!("{ONE}/changes?space=ignore")).await;
    assert!(section(&page, "a.csv").contains("Only white space has changed."), "{page}");
    // A comment and a suggestion keep to them.
    assert_eq!(desk.say("1", "a.csv", "2", "Why these endings?").await.status.as_u16(), 303);
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(section(&page, "a.csv").contains("Why these endings?"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_empty_and_are_filled() {
    let files: [(&str, &[u8]); 3] = [("full.txt", b"one\ntwo\n"), ("empty.txt", b""), ("gone.txt", b"")];
    let now: [(&str, &[u8]); 2] = [("full.txt", b""), ("empty.txt", b"one\n")];
    let desk = Box::pin(changed(&files, &["gone.txt"], &now)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    let full = section(&page, "full.txt");
    assert!(full.contains("removed line 2") && !full.contains("added line"), "{full}");
    let empty = section(&page, "empty.txt");
    assert!(empty.contains("added line 1") && !empty.contains("removed line"), "{empty}");
    assert!(section(&page, "gone.txt").contains("It is empty."), "{page}");
    assert!(page.contains("3 files changed"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_makes_room_for_a_directory_and_back() {
    let files: [(&str, &[u8]); 3] = [("data", b"a file\n"), ("R/one.R", b"1\n"), ("R/two.R", b"2\n")];
    let now: [(&str, &[u8]); 2] = [("data/beds.csv", b"ward,beds\n"), ("R", b"source(one)\n")];
    let desk = Box::pin(changed(&files, &["data", "R"], &now)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(page.contains("5 files changed"), "{page}");
    for (path, said) in [
        ("data", "removed line 1"),
        ("data/beds.csv", "added line 1"),
        ("R", "added line 1"),
        ("R/one.R", "removed line 1"),
        ("R/two.R", "removed line 1"),
    ] {
        assert!(section(&page, path).contains(said), "{path}: {page}");
        let alone = format!("{ONE}/changes/file?path={}", hex(path));
        assert!(desk.page(&alone).await.contains(said), "{path}");
    }
    assert_eq!(desk.say("1", "data/beds.csv", "1", "Which wards?").await.status.as_u16(), 303);
    let (status, text) = desk.merge(1, &desk.work.head(), "merge").await;
    assert_eq!(status, 303, "{text}");
    assert!(desk.page("/ann/beds/blob/main/data/beds.csv").await.contains("ward"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_a_link_or_a_program_says_so() {
    let desk = Desk::new(&[("run", b"echo\n"), ("plain", b"text\n"), ("target", b"t\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    std::fs::remove_file(desk.work.path().join("plain")).unwrap();
    std::os::unix::fs::symlink("target", desk.work.path().join("plain")).unwrap();
    desk.work.write("run", "echo 1\n");
    desk.git(&["add", "--all"]);
    desk.git(&["update-index", "--chmod=+x", "run"]);
    desk.git(&["commit", "--quiet", "-m", "Change both"]);
    desk.push("work");
    desk.open("work").await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    let run = section(&page, "run");
    assert!(run.contains("added line 1") && run.contains("program"), "lines and mode: {run}");
    let link = section(&page, "plain");
    assert!(link.contains("target") && link.contains("It was a file and is a link now"), "{link}");
}
