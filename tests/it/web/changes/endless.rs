//! What is too much for any page is bounded, said, and can be had in another way (case A84).

use super::{Desk, ONE, hex, section};

/// The most that a page of changes may weigh, in bytes.
const PAGE: usize = 3_000_000;

/// Commits twenty thousand files of one directory, all alike, on a branch, and changes each `every`th on top.
fn import(desk: &Desk, every: usize) {
    let entry = |mark: u8, number: usize| format!("M 644 :{mark} data/f{number:05}.txt\n");
    let commit = |branch: &str, from: &str, entries: String| {
        let head = format!("commit refs/heads/{branch}\ncommitter A <a@example.nhs.uk> 1700000000 +0000\n");
        format!("{head}data 4\nMany{from}\n{entries}\n")
    };
    let mut stream = "blob\nmark :1\ndata 4\none\n\nblob\nmark :2\ndata 4\ntwo\n\n".to_owned();
    stream +=
        &commit("all", "\nfrom refs/heads/main^0", (0..20_000).map(|number| entry(1, number)).collect());
    let some = (0..20_000).step_by(every).map(|number| entry(2, number)).collect();
    stream += &commit("some", "\nfrom refs/heads/all", some);
    let output =
        forge_tests::git_fed(desk.work.path(), &["fast-import", "--quiet", "--force"], stream.as_bytes());
    assert!(output.ok, "{output:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_files_in_a_directory_of_twenty_thousand() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    import(&desk, 20);
    desk.push("all:refs/heads/main");
    desk.push("some");
    desk.open("some").await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(page.contains("1,000 files changed") && !page.contains("Not shown"), "all are listed");
    assert_eq!(page.matches("data-later=").count(), 900, "100 are shown at once");
    assert!(page.len() < PAGE, "{} bytes", page.len());
    let last = format!("{ONE}/changes/file?path={}", hex("data/f19980.txt"));
    assert!(desk.page(&last).await.contains("added line 1"));
    let (status, text) = desk.merge(1, &desk.git(&["rev-parse", "some"]), "merge").await;
    assert_eq!(status, 303, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_twenty_thousand_files_is_cut_and_its_rest_is_found() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    import(&desk, 20);
    desk.push("all");
    let head = desk.git(&["rev-parse", "all"]);
    let address = format!("/ann/beds/commit/{head}");
    let page = desk.page(&address).await;
    assert!(page.contains("20,000 files changed") && page.contains("Not shown: 19,000 files."), "{page}");
    assert_eq!(page.matches("<section class=\"forge-box forge-diff\"").count(), 1_000);
    assert!(page.len() < PAGE, "{} bytes", page.len());
    let last = format!("{address}/file?path={}", hex("data/f19999.txt"));
    assert!(desk.page(&last).await.contains("added line 1"));
    desk.open("all").await;
    for rest in ["", "/changes", "/commits"] {
        let page = desk.page(&format!("{ONE}{rest}")).await;
        assert!(page.len() < PAGE, "{rest}: {} bytes", page.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_lines_of_ten_megabytes_are_not_compared() {
    let line = |end: &str| format!("{}{end}\n", "x".repeat(10_000_000));
    let desk = Desk::new(&[("line.txt", line("a").as_bytes()), ("short.txt", b"1\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("line.txt", line("b"));
    desk.work.write("short.txt", "2\n");
    let head = desk.commit("Change both");
    desk.push("work");
    desk.open("work").await;
    for address in [format!("{ONE}/changes"), format!("/ann/beds/commit/{head}")] {
        let page = desk.page(&address).await;
        assert!(page.len() < 100_000, "{address}: {} bytes", page.len());
        let file = section(&page, "line.txt");
        assert!(file.contains("The file is larger than"), "{file}");
        assert!(section(&page, "short.txt").contains("added line 1"), "the others are not held up");
    }
    let alone = desk.page(&format!("{ONE}/changes/file?path={}", hex("line.txt"))).await;
    assert!(alone.len() < 100_000 && alone.contains("The file is larger than"), "{} bytes", alone.len());
}
