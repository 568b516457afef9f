//! Versions beside each other: what the author changed, and what the target branch brought.

use super::{Desk, ONE, link, numbered, section};

#[tokio::test(flavor = "multi_thread")]
async fn a_rebase_shows_apart_what_the_target_brought() {
    let desk = Desk::new(&[("f.txt", numbered(100).as_bytes()), ("other.txt", b"o\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("f.txt", numbered(100).replace("line 50\n", "fifty\n"));
    desk.commit("Write fifty");
    desk.work.write("g.txt", "g\n");
    desk.commit("Add g");
    desk.work.write("h.txt", "h\n");
    desk.commit("Add h");
    desk.push("work");
    desk.open("work").await;
    assert_eq!(desk.say("1", "f.txt", "50", "Spell it out?").await.status.as_u16(), 303);
    // The target moves, the branch is rebased, one commit is changed, one dropped, one new.
    desk.git(&["checkout", "--quiet", "main"]);
    desk.work.write("f.txt", numbered(100).replace("line 5\n", "five\n"));
    desk.work.write("other.txt", "other\n");
    desk.commit("On main");
    desk.push("main");
    desk.git(&["checkout", "--quiet", "work"]);
    desk.git(&["reset", "--quiet", "--hard", "work~2"]);
    desk.git(&["rebase", "--quiet", "main"]);
    desk.work.write("g.txt", "g is changed\n");
    desk.commit("Add g");
    desk.work.write("new.txt", "n\n");
    desk.commit("Something new");
    desk.push("+work");
    // A comment on the version that was looked at, sent after the push, stays there and is carried over.
    let said = desk.say("1", "f.txt", "51", "And this line?").await;
    assert_eq!(said.status.as_u16(), 303, "{}", said.text());
    let page = desk.page(&format!("{ONE}/changes")).await;
    let file = section(&page, "f.txt");
    assert!(
        file.contains("Spell it out?") && file.contains("And this line?") && file.contains("version 1"),
        "{file}"
    );
    assert!(file.contains("Next open thread") && file.contains("Previous open thread"), "{file}");
    let since = desk.page(&format!("{ONE}/changes?from=1&version=2")).await;
    let file = section(&since, "f.txt");
    assert!(file.contains("All of it came from the target branch"), "{file}");
    assert!(section(&since, "other.txt").contains("data-later"), "folded: nobody changed it here");
    assert!(!section(&since, "g.txt").contains("came from the target"), "{since}");
    // A line that is gone is commented on in the version that had it, and stands beside it.
    let gone = section(&since, "h.txt");
    assert!(gone.contains("version=1&amp;side=new") || gone.contains("version=1&#38;side=new"), "{gone}");
    assert!(!gone.contains("side=old"), "the base of the newer version never had it: {gone}");
    assert_eq!(desk.say("1", "h.txt", "1", "Why is it gone?").await.status.as_u16(), 303);
    let since = desk.page(&format!("{ONE}/changes?from=1&version=2")).await;
    let row = section(&since, "h.txt").split("removed line 1<").nth(1).unwrap();
    assert!(row.contains("Why is it gone?"), "{row}");
    // Commit by commit.
    let pairs = desk.page(&link(&since, "See it commit by commit")).await;
    for text in [">same<", ">changed<", ">dropped<", ">new<", "Write fifty", "Something new"] {
        assert!(pairs.contains(text), "{text}: {pairs}");
    }
    let changed = desk.page(&link(&pairs, "See what changed")).await;
    assert!(changed.contains("g is changed"), "{changed}");
    let newest = desk.page(&format!("{ONE}/commit-by-commit")).await;
    assert!(newest.contains("What changed from version 1 to version 2"));
    assert_eq!(desk.reviewer.get(&format!("{ONE}/commit-by-commit?from=9")).await.status.as_u16(), 404);
    // What the target brought to a file that was changed here too is folded among the rest.
    desk.work.write(
        "f.txt",
        std::fs::read_to_string(desk.work.path().join("f.txt")).unwrap().replace("line 90\n", "ninety\n"),
    );
    desk.commit("Write ninety");
    desk.push("work");
    let both = desk.page(&format!("{ONE}/changes?from=1&version=3")).await;
    let file = section(&both, "f.txt");
    let folded = file
        .split("<details class=\"forge-fold forge-brought\"")
        .nth(1)
        .unwrap()
        .split("</details>")
        .next()
        .unwrap();
    assert!(folded.contains("came from the target branch") && folded.contains("five"), "{file}");
    assert!(!folded.contains("ninety") && file.contains("ninety"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_threads_find_their_places() {
    let text = numbered(400);
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("f.txt", &text);
    desk.commit("Add f");
    desk.push("work");
    desk.open("work").await;
    for line in 1..=60 {
        let said = desk.say("1", "f.txt", &(line * 6).to_string(), &format!("Remark {line}.")).await;
        assert_eq!(said.status.as_u16(), 303, "{}", said.text());
    }
    desk.git(&["mv", "f.txt", "moved.txt"]);
    desk.work.write("moved.txt", format!("first\n{}", text.replace("line 12\n", "twelve\n")));
    desk.commit("Move it");
    desk.push("work");
    let page = desk.page(&format!("{ONE}/changes")).await;
    let file = section(&page, "moved.txt");
    assert_eq!(file.matches("id=\"thread-").count(), 60);
    let row = file.split("added line 7<").nth(1).unwrap().split("added line 8<").next().unwrap();
    assert!(row.contains("Remark 1."), "one line further down: {row}");
    let above = file.split("<details class=\"forge-fold\"").next().unwrap();
    assert!(above.contains("Remark 2.") && !above.contains("Remark 3."), "its line changed: {above}");
}
