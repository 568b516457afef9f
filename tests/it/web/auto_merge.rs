//! Merging by itself, requests that stand on one another, and changes that are taken back or copied.

use std::time::Duration;

use forge_app::Receiver;
use forge_core::{Permission, Username};
use forge_tests::{Client, Forge, Person, WorkTree};

const ONE: &str = "/ann/beds/merge-requests/1";
const TWO: &str = "/ann/beds/merge-requests/2";

struct Town {
    forge: Forge,
    ann: Person,
    rosa: Person,
    work: WorkTree,
    author: Client,
    reviewer: Client,
}

impl Town {
    /// Ann's repository, to which Rosa may push, with a branch `rate` and a branch `more` on top of it.
    async fn new() -> Self {
        let forge = Forge::new().await;
        let (ann, rosa) = (forge.user("ann").await, forge.user("rosa").await);
        forge.repo(&ann, "beds").await;
        let name = Username::new(&rosa.name).unwrap();
        forge.grant("ann/beds", Receiver::Person(name), Permission::Write, None).await;
        let work = ann.work_tree();
        work.commit("README.md", "# Beds\n");
        work.git(&["checkout", "--quiet", "-b", "rate"]).unwrap();
        work.commit("rate.R", "rate()\n");
        work.git(&["checkout", "--quiet", "-b", "more"]).unwrap();
        work.commit("more.R", "more()\n");
        work.git(&["push", "--quiet", &forge.https(&ann, "ann/beds"), "main", "rate", "more"]).unwrap();
        let (author, reviewer) = (forge.client(), forge.client());
        author.sign_in("ann").await;
        reviewer.sign_in("rosa").await;
        Self { forge, ann, rosa, work, author, reviewer }
    }

    fn push(&self, person: &Person, branch: &str) {
        let remote = self.forge.https(person, "ann/beds");
        self.work.git(&["push", "--quiet", "--force", &remote, branch]).unwrap();
    }

    async fn open(&self, source: &str, target: &str) {
        let form = format!("/ann/beds/merge-requests/new?source={source}&target={target}");
        let fields = [("source", source), ("target", target), ("title", source), ("body", "")];
        let made = self.author.submit(&form, "/ann/beds/merge-requests/new", &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
    }

    async fn demand_approval(&self) {
        self.author.demand("ann/beds", &[("approvals", "1")]).await;
    }

    async fn act(&self, client: &Client, what: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = client.submit(ONE, &format!("{ONE}/{what}"), fields).await;
        (answer.status.as_u16(), answer.text())
    }

    async fn arm(&self, client: &Client) -> (u16, String) {
        let head = self.work.git(&["rev-parse", "rate"]).unwrap();
        let fields =
            [("head", head.trim()), ("method", "squash"), ("message", "The rate"), ("action", "arm")];
        self.act(client, "merge", &fields).await
    }

    async fn approve(&self, version: &str) {
        let fields = [("action", "submit"), ("version", version), ("verdict", "approve"), ("body", "")];
        let page = format!("{ONE}/changes?version={version}");
        assert_eq!(self.reviewer.submit(&page, &format!("{ONE}/review"), &fields).await.status, 303);
    }

    async fn page(&self) -> String {
        self.forge.app().run_due_jobs(Duration::from_secs(1)).await.unwrap();
        self.author.get(ONE).await.text()
    }
}

const ARMED: &str = "asked for it to be merged as one commit as soon as";

#[tokio::test(flavor = "multi_thread")]
async fn it_merges_by_itself_when_the_approval_comes() {
    let town = Town::new().await;
    town.demand_approval().await;
    town.open("rate", "main").await;
    assert!(town.page().await.contains("Merge when everything is in order"));
    let (status, text) = town.arm(&town.author).await;
    assert_eq!(status, 303, "{text}");
    let page = town.page().await;
    assert!(
        page.contains(ARMED) && page.contains("asked for it to be merged as soon as it may be"),
        "{page}"
    );
    assert!(!page.contains("It was merged on"));
    town.approve("1").await;
    let page = town.page().await;
    assert!(page.contains("It was merged on") && !page.contains(ARMED), "{page}");
    let copy = town.ann.clone_of(&town.forge.https(&town.ann, "ann/beds"), &[]).unwrap();
    assert_eq!(copy.git(&["log", "-1", "--format=%s"]).unwrap().trim(), "The rate");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_asker_could_not_have_looked_at_ends_it() {
    let town = Town::new().await;
    town.demand_approval().await;
    town.open("rate", "main").await;
    // Taken back by hand, by a draft, by closing.
    for (what, fields) in [
        ("state", [("action", "disarm")]),
        ("state", [("action", "draft")]),
        ("state", [("action", "close")]),
    ] {
        assert_eq!(town.arm(&town.author).await.0, 303, "{fields:?}");
        assert!(town.page().await.contains(ARMED), "{fields:?}");
        assert_eq!(town.act(&town.author, what, &fields).await.0, 303);
        assert!(!town.page().await.contains(ARMED), "{fields:?}");
        for back in ["ready", "reopen"] {
            town.act(&town.author, "state", &[("action", back)]).await;
        }
    }
    // A thread.
    assert_eq!(town.arm(&town.author).await.0, 303);
    let path: String = "rate.R".bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let form = format!("{ONE}/comment?version=1&side=new&path={path}&line=1&start=1");
    let fields = [
        ("version", "1"),
        ("side", "new"),
        ("path", path.as_str()),
        ("start", "1"),
        ("end", "1"),
        ("body", "Why?"),
        ("action", "comment"),
    ];
    assert_eq!(town.reviewer.submit(&form, &format!("{ONE}/comment"), &fields).await.status, 303);
    let page = town.page().await;
    assert!(!page.contains(ARMED) && page.contains("rosa began a thread"), "{page}");
    // A push by somebody who could merge it as well is looked at as before.
    assert_eq!(town.arm(&town.author).await.0, 303);
    town.work.git(&["checkout", "--quiet", "rate"]).unwrap();
    town.work.commit("rate.R", "rate(2)\n");
    town.push(&town.rosa, "rate");
    assert!(town.page().await.contains(ARMED));
    // A conflict.
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.commit("rate.R", "something else\n");
    town.push(&town.ann, "main");
    let page = town.page().await;
    assert!(!page.contains(ARMED) && page.contains("Both branches changed the same lines"), "{page}");
    let (status, text) = town.arm(&town.author).await;
    assert_eq!(status, 422, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_decided_by_what_the_asker_may_do_then() {
    let town = Town::new().await;
    town.demand_approval().await;
    town.open("rate", "main").await;
    assert_eq!(town.arm(&town.reviewer).await.0, 303);
    assert!(town.page().await.contains(ARMED));
    let name = Username::new(&town.rosa.name).unwrap();
    town.forge.grant("ann/beds", Receiver::Person(name), Permission::Read, None).await;
    town.approve("1").await;
    town.author.demand("ann/beds", &[("approvals", "0")]).await;
    let page = town.page().await;
    assert!(
        !page.contains("It was merged on") && page.contains("whoever asked may no longer push"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_on_a_merged_branch_goes_where_that_went() {
    let town = Town::new().await;
    town.open("rate", "main").await;
    town.open("more", "rate").await;
    let fields = [("action", "submit"), ("version", "1"), ("verdict", "approve"), ("body", "")];
    let page = format!("{TWO}/changes?version=1");
    assert_eq!(town.reviewer.submit(&page, &format!("{TWO}/review"), &fields).await.status, 303);
    let head = town.work.git(&["rev-parse", "rate"]).unwrap();
    let fields = [("head", head.trim()), ("method", "merge"), ("message", ""), ("delete_source", "yes")];
    let (status, text) = town.act(&town.author, "merge", &fields).await;
    assert_eq!(status, 303, "{text}");
    let page = town.author.get(TWO).await.text();
    assert!(page.contains("sent it to main instead of rate") && page.contains("no longer counts"), "{page}");
    assert!(town.author.get(&format!("{TWO}/versions")).await.text().contains("Version 2"));
    let changes = town.author.get(&format!("{TWO}/changes")).await.text();
    assert!(changes.contains("more.R") && !changes.contains("rate.R"), "{changes}");
    let head = town.work.git(&["rev-parse", "more"]).unwrap();
    let fields = [("head", head.trim()), ("method", "merge"), ("message", "")];
    let merged = town.author.submit(TWO, &format!("{TWO}/merge"), &fields).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_goes_otherwise_is_told_and_breaks_nothing() {
    let town = Town::new().await;
    town.open("more", "rate").await;
    town.push(&town.ann, ":rate");
    let page = town.author.get(ONE).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("The branch rate is gone. Send it to another one."), "{}", page.text());
    for part in ["/changes", "/commits", "/versions", "/edit"] {
        assert_eq!(town.author.get(&format!("{ONE}{part}")).await.status, 200, "{part}");
    }
    let (status, text) = town.act(&town.author, "state", &[("action", "retarget"), ("target", "main")]).await;
    assert_eq!(status, 303, "{text}");
    assert!(town.author.get(ONE).await.text().contains("It can be merged."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_is_taken_back_by_a_request_of_its_own() {
    for method in ["merge", "squash", "rebase", "fast-forward"] {
        let town = Town::new().await;
        town.open("more", "main").await;
        let head = town.work.git(&["rev-parse", "more"]).unwrap();
        let fields = [("head", head.trim()), ("method", method), ("message", "")];
        let (status, text) = town.act(&town.author, "merge", &fields).await;
        assert_eq!(status, 303, "{method}: {text}");
        let reverted = town.author.submit(ONE, &format!("{ONE}/revert"), &[]).await;
        assert_eq!(reverted.status, 303, "{method}: {}", reverted.text());
        let form = town.author.get(reverted.header("location")).await.text();
        assert!(
            form.contains("1 commit from revert-") && form.contains("Revert &#34;more (!1)&#34;")
                || form.contains("Revert"),
            "{form}"
        );
        let remote = town.forge.https(&town.ann, "ann/beds");
        let copy = town.ann.clone_of(&remote, &[]).unwrap();
        assert!(copy.path().join("rate.R").exists(), "{method}: the branch itself stays");
        let branch = copy.git(&["branch", "--remotes", "--list", "origin/revert-*"]).unwrap();
        copy.git(&["checkout", "--quiet", branch.trim()]).unwrap();
        assert!(!copy.path().join("rate.R").exists() && !copy.path().join("more.R").exists(), "{method}");
        let again = town.author.submit(ONE, &format!("{ONE}/revert"), &[]).await;
        assert!(again.header("location").contains("-2&target=main"), "{method}: another name");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_copied_or_reverted_and_what_does_not_fit_is_told() {
    let town = Town::new().await;
    let more = town.work.git(&["rev-parse", "more"]).unwrap();
    let rate = town.work.git(&["rev-parse", "rate"]).unwrap();
    let page = format!("/ann/beds/commit/{}/pick", more.trim());
    assert!(
        town.author.get(&format!("/ann/beds/commit/{}", more.trim())).await.text().contains("Revert or copy")
    );
    let copied = town.author.submit(&page, &page, &[("action", "copy"), ("onto", "main")]).await;
    assert_eq!(copied.status, 303, "{}", copied.text());
    let form = town.author.get(copied.header("location")).await.text();
    assert!(form.contains("1 commit from copy-"), "{form}");
    let again = town.author.submit(&page, &page, &[("action", "revert"), ("onto", "main")]).await;
    assert_eq!(again.status, 422, "main never had it");
    // Later changes stand in the way of taking it back.
    town.work.git(&["checkout", "--quiet", "rate"]).unwrap();
    town.work.commit("rate.R", "rate(changed)\n");
    town.push(&town.ann, "rate");
    let page = format!("/ann/beds/commit/{}/pick", rate.trim());
    let refused = town.author.submit(&page, &page, &[("action", "revert"), ("onto", "rate")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("git revert"), "{}", refused.text());
    let nowhere = format!("/ann/beds/commit/{}/pick", "0".repeat(40));
    assert_eq!(town.author.get(&nowhere).await.status, 404);
}
