//! Any two revisions side by side.

use super::{Desk, hex, link, section};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_revision_has_that_another_has_not() {
    let desk = Desk::new(&[("R/a.R", b"x <- 1\n"), ("b.txt", b"b\n")]).await;
    desk.git(&["tag", "v1"]);
    desk.git(&["checkout", "--quiet", "-b", "feature/x"]);
    desk.work.write("R/a.R", "x <- 2\n");
    desk.commit("Count to two");
    desk.git(&["checkout", "--quiet", "main"]);
    desk.work.write("b.txt", "changed meanwhile\n");
    desk.commit("Meanwhile");
    for branch in ["main", "feature/x", "v1"] {
        desk.push(branch);
    }
    let branches = desk.page("/ann/beds/branches").await;
    let page = desk.page(&link(&branches, ">Compare<")).await;
    assert!(
        page.contains("1 commit<") && page.contains("Count to two") && page.contains("1 file changed"),
        "{page}"
    );
    assert!(section(&page, "R/a.R").contains("<ins>") && !page.contains("changed meanwhile"), "{page}");
    assert!(
        link(&page, "Open a merge request").contains("/merge-requests/new?source=feature%2Fx&target=main")
    );
    let form = desk.page(&link(&page, "Open a merge request")).await;
    assert!(form.contains("Count to two") || form.contains("feature/x"), "{form}");
    // Two dots: as they are, and the other way round.
    let both = desk.page("/ann/beds/compare/main..feature/x").await;
    assert!(both.contains("2 files changed") && both.contains("changed meanwhile"), "{both}");
    let alone = desk.page(&format!("/ann/beds/compare/main...feature/x?path={}", hex("R/a.R"))).await;
    assert!(section(&alone, "R/a.R").contains("added line 1"), "{alone}");
    let none = desk.page("/ann/beds/compare/feature/x...v1").await;
    assert!(
        none.contains("v1 has no commit that feature/x has not") && none.contains("Nothing is different"),
        "{none}"
    );
    // The form leads to an address that stays.
    let chosen = desk.reviewer.get("/ann/beds/compare?base=v1&head=feature/x").await;
    assert_eq!(
        (chosen.status.as_u16(), chosen.header("location")),
        (303, "/ann/beds/compare/v1...feature/x")
    );
    assert!(desk.page("/ann/beds/compare").await.contains("value=\"main\""));
    let unknown = desk.reviewer.get("/ann/beds/compare/main...nothing").await;
    assert_eq!(unknown.status.as_u16(), 404);
    assert!(
        unknown.text().contains("There is no branch, tag or commit called nothing."),
        "{}",
        unknown.text()
    );
    assert_eq!(desk.reviewer.get("/ann/beds/compare/main").await.status.as_u16(), 404);
    // Histories that have nothing in common: all of it.
    desk.git(&["checkout", "--quiet", "--orphan", "apart"]);
    desk.commit("Apart");
    desk.push("apart");
    assert!(desk.page("/ann/beds/compare/main...apart").await.contains("2 files changed"));
}
