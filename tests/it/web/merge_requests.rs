//! A merge request from its opening to its merge, as two people do it in their browsers.

use forge_app::Receiver;
use forge_core::{Permission, Username};
use forge_tests::{Client, Forge, Person, WorkTree};

/// Somebody with a repository, somebody who may push to it, and a branch with a change.
pub(super) struct Town {
    pub(super) forge: Forge,
    pub(super) ann: Person,
    pub(super) work: WorkTree,
    pub(super) author: Client,
    pub(super) reviewer: Client,
}

const SCRIPT: &str = "beds <- read_beds()\nrate <- mean(beds$occupied)\nprint(rate)\n";

impl Town {
    pub(super) async fn new() -> Self {
        let forge = Forge::new().await;
        let (ann, rosa) = (forge.user("ann").await, forge.user("rosa").await);
        forge.repo(&ann, "beds").await;
        forge.grant("ann/beds", Receiver::Person(name(&rosa)), Permission::Write, None).await;
        let work = ann.work_tree();
        work.write("R/beds.R", "beds <- read_beds()\n");
        work.commit("README.md", "# Beds\n");
        let remote = forge.https(&ann, "ann/beds");
        work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        work.git(&["checkout", "--quiet", "-b", "rate"]).unwrap();
        work.write("R/beds.R", SCRIPT);
        work.commit("NEWS.md", "The rate\n");
        work.git(&["push", "--quiet", &remote, "rate"]).unwrap();
        let (author, reviewer) = (forge.client(), forge.client());
        author.sign_in("ann").await;
        reviewer.sign_in("rosa").await;
        Self { forge, ann, work, author, reviewer }
    }

    pub(super) fn push(&self, arguments: &[&str]) {
        let remote = self.forge.https(&self.ann, "ann/beds");
        let all: Vec<&str> =
            ["push", "--quiet", &remote].into_iter().chain(arguments.iter().copied()).collect();
        self.work.git(&all).unwrap();
    }

    pub(super) async fn open(&self) {
        let fields = [
            ("source", "rate"),
            ("target", "main"),
            ("title", "Add the rate"),
            ("body", "It is **needed**."),
            ("reviewers", "@rosa"),
        ];
        let form = format!("{LIST}/new?source=rate&target=main");
        let made = self.author.submit(&form, &format!("{LIST}/new"), &fields).await;
        assert_eq!((made.status.as_u16(), made.header("location")), (303, ONE), "{}", made.text());
    }

    /// Demands so many approvals on the default branch.
    pub(super) async fn demand_approvals(&self, approvals: &str) {
        self.author.demand("ann/beds", &[("approvals", approvals)]).await;
    }

    pub(super) async fn review(&self, client: &Client, version: &str, verdict: &str, body: &str) -> u16 {
        let fields = [("action", "submit"), ("version", version), ("verdict", verdict), ("body", body)];
        let page = format!("{ONE}/changes?version={version}");
        client.submit(&page, &format!("{ONE}/review"), &fields).await.status.as_u16()
    }

    pub(super) async fn merge(&self, client: &Client, method: &str) -> (u16, String) {
        let head = self.work.git(&["rev-parse", "rate"]).unwrap();
        let fields = [("head", head.trim()), ("method", method), ("message", ""), ("delete_source", "yes")];
        let answer = client.submit(ONE, &format!("{ONE}/merge"), &fields).await;
        (answer.status.as_u16(), answer.text())
    }
}

pub(super) fn name(person: &Person) -> Username {
    Username::new(&person.name).unwrap()
}

pub(super) const LIST: &str = "/ann/beds/merge-requests";
pub(super) const ONE: &str = "/ann/beds/merge-requests/1";

pub(super) fn hex(path: &str) -> String {
    path.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_reviewed_line_by_line_and_merged() {
    let town = Town::new().await;
    town.open().await;
    let page = town.reviewer.get(ONE).await.text();
    for text in ["Add the rate", "<strong>needed</strong>", "has not reviewed it yet", "asked to review it"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(town.reviewer.get(LIST).await.text().contains("Add the rate"));
    // A comment on two lines with a suggestion waits for the review.
    let form = format!("{ONE}/comment?version=1&side=new&path={}&line=3&start=2", hex("R/beds.R"));
    assert!(town.reviewer.get(&form).await.text().contains("mean(beds$occupied)"));
    let fields = [
        ("version", "1"),
        ("side", "new"),
        ("path", &hex("R/beds.R")),
        ("start", "2"),
        ("end", "2"),
        ("body", "Leave out what is missing:\n```suggestion\nrate <- mean(beds$occupied, na.rm = TRUE)\n```"),
        ("action", "review"),
    ];
    let said = town.reviewer.submit(&form, &format!("{ONE}/comment"), &fields).await;
    assert_eq!(said.status, 303, "{}", said.text());
    assert!(!town.author.get(ONE).await.text().contains("Leave out what is missing"), "not sent yet");
    assert_eq!(town.review(&town.reviewer, "1", "request-changes", "One thing.").await, 303);
    let page = town.author.get(ONE).await.text();
    for text in ["Leave out what is missing", "asked for changes to version 1", "rosa asked for changes"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("It can be merged."));
    // What the whole comes to can be looked at before it is sent.
    let fields =
        [("action", "preview"), ("version", "1"), ("verdict", "approve"), ("body", "It is **fine**.")];
    let changes = format!("{ONE}/changes?version=1");
    let shown = town.reviewer.submit(&changes, &format!("{ONE}/review"), &fields).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let text = shown.text();
    assert!(text.contains("How it will look") && text.contains("<strong>fine</strong>"), "{text}");
    assert!(
        text.contains("It is **fine**.") && text.contains("value=\"approve\" checked"),
        "what was typed stays: {text}"
    );
    assert!(!town.author.get(ONE).await.text().contains("<strong>fine</strong>"), "nothing was sent");
    // The author applies it with one button: a commit by them, with a co-author.
    let value =
        page.split("name=\"suggestion\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let applied = town.author.submit(ONE, &format!("{ONE}/suggestions"), &[("suggestion", &value)]).await;
    assert_eq!(applied.status, 303, "{}", applied.text());
    let again = town.author.submit(ONE, &format!("{ONE}/suggestions"), &[("suggestion", &value)]).await;
    assert_eq!(again.status, 422, "applied once");
    let remote = town.forge.https(&town.ann, "ann/beds");
    town.work.git(&["pull", "--quiet", &remote, "rate"]).unwrap();
    let text = std::fs::read_to_string(town.work.path().join("R/beds.R")).unwrap();
    assert!(text.contains("na.rm = TRUE"), "{text}");
    let log = town.work.git(&["log", "-1", "--format=%an%n%B"]).unwrap();
    assert!(log.contains("Co-authored-by: ") && log.contains("rosa@"), "{log}");
    // The second version: the thread is where it was, and what changed since is one line.
    let since = town.reviewer.get(&format!("{ONE}/changes?from=1&version=2")).await.text();
    assert!(since.contains("What changed from version 1 to version 2"));
    assert!(since.contains("na.rm") && !since.contains("NEWS.md"), "{since}");
    assert_eq!(town.review(&town.reviewer, "2", "approve", "").await, 303);
    let (status, text) = town.merge(&town.reviewer, "merge").await;
    assert_eq!(status, 303, "{text}");
    town.forge.app().run_due_jobs(std::time::Duration::from_secs(1)).await.unwrap();
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("It was merged on") && page.contains("approved version 2"), "{page}");
    let merged = page.split("merged it as <a href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(page.matches(merged).count(), 1, "the commit that merged it is named once: {page}");
    let seen = town.work.git(&["ls-remote", &remote]).unwrap();
    assert!(!seen.contains("refs/heads/rate"), "the branch is gone: {seen}");
    assert!(
        seen.contains("refs/merge-requests/1/head") && !seen.contains("refs/merge-requests/1/1/head"),
        "{seen}"
    );
    town.work.git(&["fetch", "--quiet", &remote, "main", "refs/merge-requests/1/head"]).unwrap();
    let clone = town.ann.clone_of(&remote, &[]).unwrap();
    clone.fsck();
    let graph = clone.git(&["log", "--format=%s", "-2", "--first-parent"]).unwrap();
    assert!(graph.starts_with("Merge rate into main\n"), "{graph}");
    // The old version is still there to be looked at.
    assert_eq!(town.author.get(&format!("{ONE}/changes?version=1")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_are_of_one_head_and_of_others_than_the_author() {
    let town = Town::new().await;
    town.demand_approvals("1").await;
    town.open().await;
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422, "{text}");
    assert!(text.contains("0 of 1 approvals"), "{text}");
    assert_eq!(town.review(&town.author, "1", "approve", "").await, 422, "not one's own");
    assert_eq!(town.review(&town.reviewer, "1", "approve", "Fine").await, 303);
    // Another commit: the approval is gone, and merging the head that was approved is refused too.
    town.work.commit("more.R", "sneaky()\n");
    let old = town.work.git(&["rev-parse", "rate~1"]).unwrap();
    town.push(&["rate"]);
    let fields = [("head", old.trim()), ("method", "merge"), ("message", "")];
    let stale = town.author.submit(ONE, &format!("{ONE}/merge"), &fields).await;
    assert_eq!(stale.status, 422, "{}", stale.text());
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422);
    assert!(text.contains("0 of 1 approvals") && text.contains("no longer counts"), "{text}");
    // A review of the version before is kept and does not count.
    assert_eq!(town.review(&town.reviewer, "1", "approve", "").await, 303);
    assert_eq!(town.merge(&town.author, "merge").await.0, 422);
    // A rebase that changes no line carries the approval.
    assert_eq!(town.review(&town.reviewer, "2", "approve", "").await, 303);
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.commit("other.md", "Other\n");
    town.work.git(&["checkout", "--quiet", "rate"]).unwrap();
    town.work.git(&["rebase", "--quiet", "main"]).unwrap();
    town.push(&["--force", "rate", "main"]);
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("carried from version 2: rebase only"), "{page}");
    let (status, text) = town.merge(&town.author, "squash").await;
    assert_eq!(status, 303, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_nothing_and_readers_may_speak() {
    let town = Town::new().await;
    town.open().await;
    let tom = town.forge.user("tom").await;
    town.forge.user("sam").await;
    town.forge.grant("ann/beds", Receiver::Person(name(&tom)), Permission::Read, None).await;
    let (reader, stranger) = (town.forge.client(), town.forge.client());
    reader.sign_in("tom").await;
    stranger.sign_in("sam").await;
    for page in ["", "/changes", "/commits", "/versions"] {
        assert_eq!(reader.get(&format!("{ONE}{page}")).await.status, 200, "{page}");
        assert_eq!(stranger.get(&format!("{ONE}{page}")).await.status, 404, "{page}");
    }
    for wrong in ["/ann/beds/merge-requests/2", "/ann/beds/merge-requests/01", "/ann/beds/merge-requests/x"] {
        assert_eq!(reader.get(wrong).await.status, 404, "{wrong}");
    }
    let said = reader.submit(ONE, &format!("{ONE}/comment"), &[("body", "Thank you <b>all</b>")]).await;
    assert_eq!(said.status, 303, "{}", said.text());
    assert!(!town.author.get(ONE).await.text().contains("<b>all</b>"), "cleaned");
    let head = town.work.git(&["rev-parse", "rate"]).unwrap();
    let fields = [("head", head.trim()), ("method", "merge"), ("message", "")];
    assert_eq!(reader.submit(ONE, &format!("{ONE}/merge"), &fields).await.status, 403);
    let close = reader.submit(ONE, &format!("{ONE}/state"), &[("action", "close")]).await;
    assert_eq!(close.status, 403);
    // A reader's approval is kept, and does not count.
    town.demand_approvals("1").await;
    assert_eq!(town.review(&reader, "1", "approve", "").await, 303);
    assert_eq!(town.merge(&town.author, "merge").await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_wait_and_closed_ones_are_opened_again() {
    let town = Town::new().await;
    town.open().await;
    let act = async |action: &str| {
        let answer = town.author.submit(ONE, &format!("{ONE}/state"), &[("action", action)]).await;
        answer.status.as_u16()
    };
    assert_eq!(act("draft").await, 303);
    let (status, text) = town.merge(&town.author, "merge").await;
    assert_eq!(status, 422);
    assert!(text.contains("It is a draft"), "{text}");
    assert_eq!((act("ready").await, act("close").await), (303, 303));
    assert_eq!(act("close").await, 422, "closed already");
    // What is pushed while it is closed is a new version when it is opened again.
    town.work.commit("later.md", "Later\n");
    town.push(&["rate"]);
    assert_eq!(act("reopen").await, 303);
    assert!(town.author.get(&format!("{ONE}/versions")).await.text().contains("Version 2"));
    let (status, text) = town.merge(&town.author, "rebase").await;
    assert_eq!(status, 303, "{text}");
    let graph = town.ann.clone_of(&town.forge.https(&town.ann, "ann/beds"), &[]).unwrap();
    assert_eq!(graph.git(&["log", "--merges", "--format=%s"]).unwrap(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_to_the_target_counts_as_merged() {
    let town = Town::new().await;
    town.open().await;
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.git(&["merge", "--quiet", "--no-ff", "-m", "By hand", "rate"]).unwrap();
    town.push(&["main"]);
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("pushed the change to its target") && page.contains("It was merged on"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_are_resolved_place_by_place() {
    let town = Town::new().await;
    town.open().await;
    town.work.git(&["checkout", "--quiet", "main"]).unwrap();
    town.work.write("R/beds.R", "beds <- read_beds(from = 2026)\n");
    town.work.commit("other.md", "Other\n");
    town.push(&["main"]);
    town.work.git(&["checkout", "--quiet", "-B", "rate", "main~1"]).unwrap();
    town.work.write("R/beds.R", "beds <- read_all_beds()\n");
    town.work.commit("rate.md", "Rate\n");
    town.push(&["--force", "rate"]);
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("Both branches changed the same lines in 1 file"), "{page}");
    let conflicts = format!("{ONE}/conflicts");
    let form = town.author.get(&conflicts).await;
    let text = form.text();
    assert!(text.contains("read_all_beds()") && text.contains("read_beds(from = 2026)"), "{text}");
    let field = |name: &str| form.hidden_field(name).unwrap();
    let (head, target) = (field("head"), field("target"));
    let missing = town.author.submit(&conflicts, &conflicts, &[("head", &head), ("target", &target)]).await;
    assert_eq!(missing.status, 422, "a choice is missing");
    let fields = [
        ("head", head.as_str()),
        ("target", target.as_str()),
        ("file-0-0", "edit"),
        ("file-0-0-text", "beds <- read_all_beds(from = 2026)"),
    ];
    let resolved = town.author.submit(&conflicts, &conflicts, &fields).await;
    assert_eq!(resolved.status, 303, "{}", resolved.text());
    let again = town.author.submit(&conflicts, &conflicts, &fields).await;
    assert_eq!(again.status, 422, "the branch has moved");
    let remote = town.forge.https(&town.ann, "ann/beds");
    town.work.git(&["fetch", "--quiet", &remote, "rate"]).unwrap();
    assert_eq!(
        town.work.git(&["show", "FETCH_HEAD:R/beds.R"]).unwrap(),
        "beds <- read_all_beds(from = 2026)\n"
    );
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("It can be merged."), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_says_where_to_go_on_and_opens_one_if_asked() {
    let town = Town::new().await;
    let remote = town.forge.https(&town.ann, "ann/beds");
    let push = |arguments: &[&str]| {
        let all: Vec<&str> = ["push", &remote].into_iter().chain(arguments.iter().copied()).collect();
        town.work.try_git(&all).stderr
    };
    town.work.git(&["checkout", "--quiet", "-b", "next"]).unwrap();
    town.work.commit("next.md", "Next\n");
    let said = push(&["next"]);
    assert!(said.contains("/ann/beds/merge-requests/new?source=next"), "{said}");
    town.work.commit("next2.md", "Next\n");
    let said = push(&["-o", "merge_request.create", "-o", "merge_request.title=Draft: Next", "next"]);
    assert!(said.contains("Merge request !1 is open"), "{said}");
    let page = town.author.get(ONE).await.text();
    assert!(page.contains(">Draft</strong>") && page.contains("Next"), "{page}");
    let said = push(&["-o", "merge_request.titel=x", "next:other"]);
    assert!(said.contains("merge_request.titel"), "{said}");
    town.work.commit("next3.md", "Next\n");
    let said = push(&["next"]);
    assert!(said.contains("Merge request !1 of next"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_closes_the_tickets_that_it_says_it_closes() {
    let town = Town::new().await;
    town.open().await;
    let new = "/ann/beds/tickets/new";
    let ticket = [("title", "No rate"), ("description", ""), ("action", "open")];
    let opened = town.reviewer.submit(new, new, &ticket).await;
    assert_eq!(opened.header("location"), "/ann/beds/tickets/2", "{}", opened.text());
    let edit = format!("{ONE}/edit");
    let fields = [("title", "Add the rate"), ("body", "Closes #2 and mentions #1")];
    assert_eq!(town.author.submit(&edit, &edit, &fields).await.status, 303);
    let open = town.author.get("/ann/beds/tickets").await.text();
    assert!(open.contains("No rate"), "not before it is merged: {open}");
    let (status, text) = town.merge(&town.author, "squash").await;
    assert_eq!(status, 303, "{text}");
    let open = town.author.get("/ann/beds/tickets").await.text();
    assert!(!open.contains("No rate"), "{open}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_does_not_go_along_to_another_branch() {
    let town = Town::new().await;
    town.push(&["main:release"]);
    town.open().await;
    assert_eq!(town.review(&town.reviewer, "1", "approve", "").await, 303);
    let fields = [("action", "retarget"), ("target", "release")];
    let sent = town.author.submit(ONE, &format!("{ONE}/state"), &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let page = town.author.get(ONE).await.text();
    assert!(page.contains("no longer counts: it goes to another branch now"), "{page}");
    let fields = [("action", "retarget"), ("target", "none")];
    assert_eq!(town.author.submit(ONE, &format!("{ONE}/state"), &fields).await.status, 422);
}
