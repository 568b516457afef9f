//! Histories that are as long, as short or as odd as can be.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Desk, LIST, ONE, link};

/// Commits of the long branch.
const LONG: u32 = 6_000;

/// A desk with a branch of thousands of commits, each of which names a ticket.
async fn long() -> Desk {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.import("long", LONG, |number| format!("Step {number}, see #2"));
    desk.push("long");
    desk
}

/// The titles that a page of commits lists.
fn steps(page: &str) -> BTreeSet<&str> {
    page.split(">Step ").skip(1).map(|part| part.split(',').next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_commits_are_read_page_by_page() {
    let desk = Box::pin(long()).await;
    desk.open("long").await;
    let (mut seen, mut address, mut pages) = (BTreeSet::new(), format!("{ONE}/commits"), 0);
    loop {
        let page = desk.page(&address).await;
        assert!(page.contains("6,000 commits"), "{page}");
        let here: Vec<String> = steps(&page).into_iter().map(str::to_owned).collect();
        assert_eq!(here.len(), 250, "{address}");
        seen.extend(here);
        pages += 1;
        if !page.contains("rel=\"next\"") {
            break;
        }
        address = link(&page, "Next<span");
    }
    assert_eq!((seen.len(), pages), (6_000, 24));
    assert!(desk.page(&address).await.contains("Showing 5,751 to 6,000 of 6,000"));
    assert!(!desk.page(&format!("{ONE}/commits?page=99")).await.contains(">Step "));
    for rest in ["", "/changes", "/versions"] {
        assert!(desk.page(&format!("{ONE}{rest}")).await.contains("A change"), "{rest}");
    }
    assert!(desk.page(ONE).await.contains("It can be merged."));
}

#[tokio::test(flavor = "multi_thread")]
async fn long_versions_are_paired_commit_by_commit() {
    let desk = Box::pin(long()).await;
    desk.open("long").await;
    desk.git(&["checkout", "--quiet", "long"]);
    desk.commit("One more");
    desk.push("long");
    let page = desk.page(&format!("{ONE}/commit-by-commit")).await;
    assert!(page.contains("6,000 commits are the same, 1 is not."), "{page}");
    assert!(
        page.contains("Showing 1 to 250 of 6,001") && page.contains(">Step 0,"),
        "the oldest first: {page}"
    );
    let next = desk.page(&link(&page, "Next<span")).await;
    assert!(next.contains(">Step 250,") && !next.contains(">Step 0,"), "{next}");
    assert!(desk.page(&link(&next, "Previous<span")).await.contains(">Step 0,"));
    let last = desk.page(&format!("{ONE}/commit-by-commit?page=25")).await;
    assert!(last.contains("One more") && !last.contains("rel=\"next\""), "{last}");
    let changed = desk.page(&link(&page, "Show only those that are not the same")).await;
    assert!(changed.contains("One more") && !changed.contains(">Step "), "{changed}");
    assert!(desk.page(&link(&changed, "Show all of them")).await.contains(">Step 0,"));
    // All of them made anew: that is more than is paired, and the page says so.
    desk.import("long", LONG, |number| format!("Step {number}, said better"));
    desk.push("+long");
    let page = desk.page(&format!("{ONE}/commit-by-commit")).await;
    assert!(page.contains("over the limit of 500") && page.contains("See all of it as one change"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_commits_are_merged_in_each_way() {
    let desk = Box::pin(long()).await;
    let settings = "/ann/beds/settings";
    let all = ["merge", "squash", "rebase", "fast-forward"].map(|method| ("merge_method", method));
    let saved = desk.author.submit(settings, &format!("{settings}/merging"), &all).await;
    assert_eq!(saved.status.as_u16(), 303, "{}", saved.text());
    for target in ["squash", "rebase", "fast-forward"] {
        desk.push(&format!("main:refs/heads/{target}"));
    }
    let head = desk.git(&["rev-parse", "long"]);
    desk.work.write("elsewhere.txt", "x\n");
    desk.commit("Meanwhile");
    desk.push("main:refs/heads/moved");
    desk.open("long").await;
    let ticket = [("title", "Count beds"), ("description", ""), ("action", "open")];
    let new = "/ann/beds/tickets/new";
    assert_eq!(desk.author.submit(new, new, &ticket).await.status.as_u16(), 303);
    for (at, target) in (3_u64..).zip(["squash", "rebase", "fast-forward", "moved"]) {
        assert_eq!(desk.offer("long", target, target).await.header("location"), format!("{LIST}/{at}"));
    }
    for (number, method) in [(3, "squash"), (4, "rebase"), (5, "fast-forward")] {
        let (status, text) = desk.merge(number, &head, method).await;
        assert_eq!(status, 303, "{method}: {text}");
    }
    let (status, text) = desk.merge(6, &head, "rebase").await;
    let why = "A rebase copies at most 2000 commits, and this branch has 6000: merge or squash it";
    assert!(status == 422 && text.contains(why), "{status}: {text}");
    let (status, text) = desk.merge(1, &head, "merge").await;
    assert_eq!(status, 303, "{text}");
    // The newest commits are linked with what they name, and no more than so many.
    while desk.forge.app().run_due_jobs(Duration::from_mins(1)).await.unwrap() > 0 {}
    let ticket = desk.page("/ann/beds/tickets/2").await;
    assert!(ticket.contains("Step 5999") || ticket.contains("mentioned this in"), "{ticket}");
    let total: u64 = {
        let words = ticket.split("Showing ").nth(1).unwrap().split('<').next().unwrap();
        words.rsplit(' ').next().unwrap().replace(',', "").parse().unwrap()
    };
    assert!((900..=1_010).contains(&total), "{total} things happened to the ticket");
    assert!(desk.page(ONE).await.contains("It was merged on"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_like_its_target_has_nothing_to_merge() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.push("main:refs/heads/same");
    let refused = desk.offer("same", "main", "Nothing").await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(
        refused.text().contains("The target branch has all of these commits already."),
        "{}",
        refused.text()
    );
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "a\n");
    desk.commit("Something");
    desk.push("work");
    desk.open("work").await;
    desk.push("+main:refs/heads/work");
    let page = desk.page(ONE).await;
    assert!(page.contains("Its target has everything already: there is nothing to merge."), "{page}");
    assert!(!page.contains(">Merge</button>"), "{page}");
    assert!(desk.page(&format!("{ONE}/commits")).await.contains("0 commits"));
    assert!(desk.page(&format!("{ONE}/changes")).await.contains("Nothing is different"));
    let (status, text) = desk.merge(1, &desk.git(&["rev-parse", "main"]), "merge").await;
    assert!(status == 422 && text.contains("nothing to merge"), "{status}: {text}");
    // What is pushed next can be merged again.
    desk.push("+work");
    assert!(desk.page(ONE).await.contains("It can be merged."));
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_with_nothing_in_common_are_seen_and_not_merged() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "a\n");
    desk.commit("Something");
    desk.push("work");
    desk.open("work").await;
    desk.git(&["checkout", "--quiet", "--orphan", "apart"]);
    desk.work.write("b.txt", "b\n");
    let head = desk.commit("Begun anew");
    desk.push("apart");
    let refused = desk.offer("apart", "main", "Apart").await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text().contains("The two branches have no commit in common."), "{}", refused.text());
    // The same by a push to a branch that is offered already.
    desk.push("+apart:refs/heads/work");
    let page = desk.page(ONE).await;
    assert!(page.contains("It has no commit in common with its target"), "{page}");
    assert!(page.contains("version 2") && !page.contains(">Merge</button>"), "{page}");
    assert!(desk.page(&format!("{ONE}/changes")).await.contains("b.txt"));
    assert!(desk.page(&format!("{ONE}/commits")).await.contains("Begun anew"));
    let (status, text) = desk.merge(1, &head, "merge").await;
    assert!(status == 422 && text.contains("no commit in common"), "{status}: {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_mebibyte_takes_no_page_over() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "a\n");
    desk.git(&["add", "--all"]);
    let message = "beds ".repeat(200_000);
    let done = forge_tests::git_fed(desk.work.path(), &["commit", "--quiet", "-F", "-"], message.as_bytes());
    assert!(done.ok, "{done:?}");
    let head = desk.work.head();
    desk.push("work");
    let form = desk.page(&format!("{LIST}/new?source=work&target=main")).await;
    assert!(form.len() < 200_000, "{} bytes", form.len());
    desk.open("work").await;
    for address in [ONE, &format!("{ONE}/commits"), &format!("{ONE}/changes"), "/ann/beds/commits/work"] {
        let page = desk.page(address).await;
        assert!(page.len() < 100_000, "{address}: {} bytes", page.len());
    }
    let whole = desk.page(&format!("/ann/beds/commit/{head}")).await;
    assert!((1_000_000..1_200_000).contains(&whole.len()), "all of it, and once: {} bytes", whole.len());
    // It is copied byte by byte.
    desk.git(&["checkout", "--quiet", "main"]);
    desk.work.write("b.txt", "b\n");
    desk.commit("Meanwhile");
    desk.push("main");
    let (status, text) = desk.merge(1, &head, "rebase").await;
    assert_eq!(status, 303, "{text}");
    let remote = desk.forge.https(&desk.ann, "ann/beds");
    desk.git(&["fetch", "--quiet", &remote, "main"]);
    assert_eq!(desk.git(&["log", "-1", "--format=%B", "FETCH_HEAD"]), message.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_title_goes_everywhere() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "a\n");
    desk.commit("Something");
    desk.push("work");
    let long = "é".repeat(255);
    let refused = desk.offer("work", "main", &format!("{long}x")).await;
    assert!(refused.status == 422 && refused.text().contains("255"), "{}", refused.text());
    assert_eq!(desk.offer("work", "main", &long).await.status.as_u16(), 303);
    for rest in ["", "/changes", "/commits", "/versions", "/edit", "/sort"] {
        let page = desk.author.get(&format!("{ONE}{rest}")).await;
        assert!(page.status == 200 && page.text().contains(&long), "{rest}");
    }
    assert!(desk.page(LIST).await.contains(&long));
    let (status, text) = desk.merge(1, &desk.git(&["rev-parse", "work"]), "squash").await;
    assert_eq!(status, 303, "{text}");
    let remote = desk.forge.https(&desk.ann, "ann/beds");
    desk.git(&["fetch", "--quiet", &remote, "main"]);
    assert_eq!(desk.git(&["log", "-1", "--format=%s", "FETCH_HEAD"]), format!("{long} (!1)"));
}

/// Who is on the page sees that the branch is gone, and what was pushed before is merged all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_deleted_is_told_and_holds_nothing_up() {
    let desk = Desk::new(&[("README.md", b"# Beds\n")]).await;
    desk.git(&["checkout", "--quiet", "-b", "work"]);
    desk.work.write("a.txt", "a\n");
    let head = desk.commit("Something");
    desk.push("work");
    desk.open("work").await;
    desk.push(":refs/heads/work");
    let page = desk.author.get(ONE).await.text();
    assert!(page.contains("The branch work was deleted, so no new versions come."), "{page}");
    assert!(!page.contains("/tree/work") && !page.contains("name=\"delete_source\""), "{page}");
    assert!(desk.page(&format!("{ONE}/changes")).await.contains("a.txt"));
    let (status, text) = desk.merge(1, &head, "merge").await;
    assert_eq!(status, 303, "{text}");
}
