//! Changes that are too large for one page: the first files at once, the rest when somebody asks.

use super::{Desk, ONE, hex, link, numbered, section};

/// A merge request that changes so many files, some lines in each.
async fn wide(files: usize) -> Desk {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    for number in 0..files {
        desk.work.write(&format!("data/{:02}/f{number:04}.txt", number / 50), numbered(30));
    }
    desk.commit("Many files");
    desk.push("main");
    desk.git(&["checkout", "--quiet", "-b", "wide"]);
    for number in 0..files {
        let text = numbered(30).replace("line 7\n", &format!("row {number}\n"));
        desk.work.write(&format!("data/{:02}/f{number:04}.txt", number / 50), text);
    }
    desk.commit("Change them all");
    desk.push("wide");
    desk.open("wide").await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_files_come_at_once_and_the_rest_on_demand() {
    let desk = Box::pin(wide(130)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(page.contains("130 files changed"), "{page}");
    assert_eq!(page.matches("<section class=\"forge-box forge-diff\"").count(), 130);
    assert_eq!(page.matches("data-later=").count(), 30, "100 files are shown at once");
    let late = section(&page, "data/02/f0129.txt");
    assert!(!late.contains("row 129") && section(&page, "data/00/f0000.txt").contains("row"), "{late}");
    // A link that works without scripts, and that stays: the file alone, with everything that one does with it.
    let alone = desk.page(&link(late, "Changes of this file on a page of their own")).await;
    let file = section(&alone, "data/02/f0129.txt");
    assert!(
        file.contains("Mark as seen") && file.contains(">Comment<") && !file.contains("data-later"),
        "{file}"
    );
    assert!(file.contains("<ins>row") || file.contains("row 129"), "{file}");
    // A thread in a file that is not shown at first brings its lines along.
    let said = desk.say("1", "data/02/f0129.txt", "7", "Why this one?").await;
    assert_eq!(said.status.as_u16(), 303, "{}", said.text());
    let page = desk.page(&format!("{ONE}/changes")).await;
    let file = section(&page, "data/02/f0129.txt");
    assert!(file.contains("Why this one?") && file.contains("added line 7"), "{file}");
    assert!(page.contains("1 thread"), "the tree counts it");
    // What somebody has seen is folded, and counted.
    let seen = section(&page, "data/00/f0003.txt");
    let print = seen.split("name=\"fingerprint\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields =
        [("path", &*hex("data/00/f0003.txt")), ("fingerprint", print), ("back", ONE), ("action", "seen")];
    let marked = desk.reviewer.submit(&format!("{ONE}/changes"), &format!("{ONE}/viewed"), &fields).await;
    assert_eq!(marked.status.as_u16(), 303, "{}", marked.text());
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(page.contains("Files you have looked at: 1 of 130"), "{page}");
    assert!(section(&page, "data/00/f0003.txt").contains("data-later"));
    // The filter works without scripts.
    let page = desk.page(&format!("{ONE}/changes?filter=F000")).await;
    assert_eq!(page.matches("<section class=\"forge-box forge-diff\"").count(), 10, "{page}");
    let page = desk.page(&format!("{ONE}/changes?filter=nothing-like-it")).await;
    assert!(page.contains("No changed file has"), "{page}");
    // Nothing else is a path.
    for path in ["", "zz", "2e2e2f78"] {
        let answer = desk.reviewer.get(&format!("{ONE}/changes/file?path={path}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_files_than_are_listed_are_counted_and_can_be_taken_away() {
    let desk = Box::pin(wide(1_012)).await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(page.contains("1,012 files changed") && page.contains("Not shown: 12 files."), "{page}");
    let whole = desk.reviewer.get(&link(&page, "Download the whole change")).await.text();
    assert_eq!(whole.matches("\ndiff --git ").count() + 1, 1_012);
    // A commit of as many files is no other matter, and a file behind the list can still be looked at.
    let head = desk.work.head();
    let commit = desk.page(&format!("/ann/beds/commit/{head}")).await;
    assert!(
        commit.contains("Not shown: 12 files.") && commit.matches("data-later=").count() == 900,
        "{commit}"
    );
    let last = format!("/ann/beds/commit/{head}/file?path={}", hex("data/20/f1011.txt"));
    assert!(desk.page(&last).await.contains("added line 7"));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_files_are_folded_and_their_lines_come_in_steps() {
    let desk = Desk::new(&[("long.txt", numbered(300).as_bytes()), ("short.txt", b"x\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "long"]);
    let text = numbered(300).replace("line 100\n", "line 1x0\n").replace("line 200\n", "line 2 hundred\n");
    desk.work.write("long.txt", text);
    desk.work.write("huge.txt", numbered(6_000));
    desk.commit("Change");
    desk.push("long");
    desk.open("long").await;
    let page = desk.page(&format!("{ONE}/changes")).await;
    assert!(
        section(&page, "huge.txt").contains("data-later"),
        "6,000 lines are more than a page begins with"
    );
    let file = section(&page, "long.txt");
    assert!(file.contains("<ins>1x0</ins>") && file.contains("<del>100</del>"), "{file}");
    assert!(file.contains("added line 100") && file.contains("removed line 100"), "{file}");
    assert!(!file.contains(">line 90<") && !file.contains(">line 120<"), "{file}");
    // Above, between and below, each 20 lines on; what was unfolded stays so.
    let above = desk.page(&link(file, "Show 20 lines above line 97")).await;
    let file = section(&above, "long.txt");
    assert!(
        file.contains(">line 77<") && !file.contains(">line 76<") && !file.contains(">line 104<"),
        "{file}"
    );
    let both = desk.page(&link(file, "Show 20 lines below line 103")).await;
    let file = section(&both, "long.txt");
    assert!(
        file.contains(">line 77<") && file.contains(">line 123<") && !file.contains(">line 124<"),
        "{file}"
    );
    let below = desk.page(&link(file, "Show 20 lines below line 203")).await;
    assert!(section(&below, "long.txt").contains(">line 223<"));
    let whole = desk.page(&link(file, "Every line")).await;
    let file = section(&whole, "long.txt");
    assert!(file.contains(">line 1<") && file.contains(">line 300<") && !file.contains("Show 20"), "{file}");
    // What makes no sense shows what there is.
    let odd = format!("{ONE}/changes/file?path={}&more=9-1,x,-,4294967296-1", hex("long.txt"));
    assert!(desk.page(&odd).await.contains("1x0"));
}
