//! N2b. One organisation forks what another one wrote, and sends a fix back.

use std::time::Duration;

use forge_core::{ObjectFormat, Visibility};
use forge_tests::{Client, Forge, Person, WorkTree};

pub(super) struct Town {
    pub(super) forge: Forge,
    pub(super) ann: Person,
    pub(super) bob: Person,
    pub(super) copy: WorkTree,
    pub(super) author: Client,
    pub(super) keeper: Client,
}

pub(super) const ONE: &str = "/northdale/beds/merge-requests/1";

impl Town {
    /// Northdale, of which Bob is, shows a repository to everybody; Ann of Anytown forks it for Anytown.
    pub(super) async fn new() -> Self {
        let forge = Forge::new().await;
        let (ann, bob) = (forge.user("ann").await, forge.user("bob").await);
        forge.user("otto").await;
        forge.org("northdale", &[&bob]).await;
        forge.org("anytown", &[&ann]).await;
        forge.make_repo("northdale/beds", Visibility::Internal, ObjectFormat::Sha1).await;
        let work = bob.work_tree();
        work.commit("beds.R", "beds <- read_beds()\n");
        work.git(&["push", "--quiet", &forge.https(&bob, "northdale/beds"), "main"]).unwrap();
        let (author, keeper) = (signed_in(&forge, "ann").await, signed_in(&forge, "bob").await);
        let fields = [("owner", "anytown"), ("name", "beds"), ("visibility", "private")];
        let made = author.submit("/northdale/beds/fork", "/northdale/beds/fork", &fields).await;
        assert_eq!(made.status, 303, "{}", made.text());
        let copy = ann.clone_of(&forge.https(&ann, "anytown/beds"), &[]).unwrap();
        copy.git(&["checkout", "--quiet", "-b", "fix"]).unwrap();
        Self { forge, ann, bob, copy, author, keeper }
    }

    pub(super) fn push(&self, options: &[&str]) -> String {
        let all: Vec<&str> = ["push"].iter().chain(options).chain(&["origin", "fix"]).copied().collect();
        let pushed = self.copy.try_git(&all);
        assert!(pushed.ok, "{}", pushed.stderr);
        pushed.stderr
    }

    pub(super) async fn open(&self) {
        self.copy.commit("fix.R", "fix()\n");
        self.push(&[]);
        let form = "/northdale/beds/merge-requests/new?from=anytown%2Fbeds&source=fix";
        let page = self.author.get(form).await.text();
        assert!(page.contains("1 commit from fix to main"), "{page}");
        let fields = [
            ("from", "anytown/beds"),
            ("source", "fix"),
            ("target", "main"),
            ("title", "Mend it"),
            ("body", ""),
            ("reviewers", ""),
        ];
        let made = self.author.submit(form, "/northdale/beds/merge-requests/new", &fields).await;
        assert_eq!((made.status.as_u16(), made.header("location")), (303, ONE), "{}", made.text());
    }

    pub(super) async fn jobs(&self) {
        self.forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    }

    pub(super) async fn merge(&self, client: &Client) -> (u16, String) {
        let head = self.copy.head();
        let fields =
            [("head", head.as_str()), ("method", "merge"), ("message", ""), ("delete_source", "yes")];
        let answer = client.submit(ONE, &format!("{ONE}/merge"), &fields).await;
        (answer.status.as_u16(), answer.text())
    }
}

async fn signed_in(forge: &Forge, name: &str) -> Client {
    let client = forge.client();
    client.sign_in(name).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_goes_back_and_its_author_never_pushes_there() {
    let town = Town::new().await;
    let said = {
        town.copy.commit("notes.md", "Notes\n");
        let said = town.push(&[]);
        town.copy.git(&["reset", "--quiet", "--hard", "main"]).unwrap();
        town.copy.git(&["push", "--quiet", "--force", "origin", "fix"]).unwrap();
        said
    };
    assert!(said.contains("/northdale/beds/merge-requests/new?from=anytown/beds&source=fix"), "{said}");
    town.open().await;
    // Whoever reads the target reads the change; the fork has no name for them.
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("fix of a fork that you cannot see") && !page.contains("anytown/beds"), "{page}");
    assert!(town.keeper.get(&format!("{ONE}/changes")).await.text().contains("fix.R"));
    assert!(town.author.get(ONE).await.text().contains("anytown/beds:fix"));
    assert_eq!(town.keeper.get("/anytown/beds").await.status, 404);
    // Two pushes make two versions, in their order.
    town.copy.commit("fix.R", "fix(harder = TRUE)\n");
    town.push(&[]);
    let first = town.copy.head();
    town.copy.commit("test.R", "test()\n");
    let said = town.push(&[]);
    assert!(said.contains("Merge request !1 of fix"), "{said}");
    town.jobs().await;
    town.jobs().await;
    let versions = town.keeper.get(&format!("{ONE}/versions")).await.text();
    assert!(versions.contains("Version 3") && !versions.contains("Version 4"), "{versions}");
    assert!(versions.contains(&first[..10]) && versions.contains(&town.copy.head()[..10]), "{versions}");
    let remote = town.forge.https(&town.bob, "northdale/beds");
    let seen = town.bob.work_tree();
    seen.git(&["fetch", "--quiet", &remote, "refs/merge-requests/1/head"]).unwrap();
    assert_eq!(seen.git(&["rev-parse", "FETCH_HEAD"]).unwrap().trim(), town.copy.head());
    // The author of the fork pushes nothing there, by no door, and merges nothing.
    for branch in ["fix", "main"] {
        let refused = town.copy.try_git(&["push", &town.forge.https(&town.ann, "northdale/beds"), branch]);
        assert!(!refused.ok, "{branch}");
    }
    assert_eq!(town.merge(&town.author).await.0, 403);
    let (status, text) = town.merge(&town.keeper).await;
    assert_eq!(status, 303, "{text}");
    let clone = town.bob.clone_of(&remote, &[]).unwrap();
    clone.fsck();
    assert!(clone.path().join("test.R").exists());
    let there = town.copy.git(&["ls-remote", "origin", "fix"]).unwrap();
    assert!(there.contains("refs/heads/fix"), "whoever merged may not push to the fork: {there}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_option_opens_one_where_the_fork_came_from() {
    let town = Town::new().await;
    town.copy.commit("fix.R", "fix()\n");
    let said = town.push(&["-o", "merge_request.create"]);
    assert!(said.contains("Merge request !1 is open") && said.contains(ONE), "{said}");
    assert!(town.keeper.get(ONE).await.text().contains("opened it"));
    // An approval is of the head that was seen: what is pushed to the fork afterwards ends it.
    let fields = [("action", "submit"), ("version", "1"), ("verdict", "approve"), ("body", "")];
    let changes = format!("{ONE}/changes?version=1");
    assert_eq!(town.keeper.submit(&changes, &format!("{ONE}/review"), &fields).await.status, 303);
    town.copy
        .git(&["push", "--quiet", &town.forge.https(&town.bob, "northdale/beds"), "main:release"])
        .unwrap();
    let fields = [("action", "retarget"), ("target", "release")];
    let sent = town.keeper.submit(ONE, &format!("{ONE}/state"), &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("no longer counts"), "nor does it go along to another branch: {page}");
    let fields = [("action", "submit"), ("version", "2"), ("verdict", "approve"), ("body", "")];
    let changes = format!("{ONE}/changes?version=2");
    assert_eq!(town.keeper.submit(&changes, &format!("{ONE}/review"), &fields).await.status, 303);
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("approved version 2"), "{page}");
    town.copy.commit("more.R", "more()\n");
    town.push(&[]);
    town.jobs().await;
    let page = town.keeper.get(ONE).await.text();
    assert!(!page.contains("approved version 2 at") && page.contains("version 2 at"), "{page}");
    assert!(town.keeper.get(&format!("{ONE}/versions")).await.text().contains("Version 3"));
}

/// What was delivered stays, whatever becomes of the fork and of its owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_goes_leaves_its_request_readable_and_mergeable() {
    let town = Town::new().await;
    town.open().await;
    // Closed while something is pushed: it comes when it is opened again.
    let act = async |action: &str| {
        let answer = town.author.submit(ONE, &format!("{ONE}/state"), &[("action", action)]).await;
        answer.status.as_u16()
    };
    assert_eq!(act("close").await, 303);
    town.copy.commit("later.R", "later()\n");
    town.push(&[]);
    town.jobs().await;
    assert!(!town.author.get(&format!("{ONE}/versions")).await.text().contains("Version 2"));
    assert_eq!(act("reopen").await, 303);
    town.jobs().await;
    assert!(town.author.get(&format!("{ONE}/versions")).await.text().contains("Version 2"));
    let page = "/anytown/beds/settings/delete";
    let gone = town.author.submit(page, page, &[("confirmation", "anytown/beds")]).await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    let page = town.keeper.get(ONE).await.text();
    assert!(page.contains("fix of a fork that is gone") && page.contains("no new versions come"), "{page}");
    assert!(town.keeper.get(&format!("{ONE}/changes")).await.text().contains("later.R"));
    let (status, text) = town.merge(&town.keeper).await;
    assert_eq!(status, 303, "{text}");
}

/// A right that was lost since is not used at delivery.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_no_longer_see_the_target_delivers_nothing() {
    let town = Town::new().await;
    town.open().await;
    town.copy.commit("late.R", "late()\n");
    town.push(&[]);
    let page = "/northdale/beds/settings/visibility";
    let fields = [("visibility", "private"), ("reason", "Closed")];
    assert_eq!(town.keeper.submit(page, page, &fields).await.status, 303);
    town.jobs().await;
    assert!(!town.keeper.get(&format!("{ONE}/versions")).await.text().contains("Version 2"));
    let told = town.keeper.get(ONE).await.text();
    assert!(told.contains("ann may no longer see this repository"), "{told}");
    let late = town.copy.head();
    assert_eq!(town.keeper.get(&format!("/northdale/beds/commit/{late}")).await.status, 404);
    assert_eq!(town.author.get(ONE).await.status, 404);
    let said = town.push(&["--force"]);
    assert!(!said.contains("northdale"), "the fork no longer tells of it: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_offer_nothing_from_repositories_that_are_not_theirs() {
    let town = Town::new().await;
    town.copy.commit("fix.R", "fix()\n");
    town.push(&[]);
    let otto = signed_in(&town.forge, "otto").await;
    let page = otto.get("/northdale/beds/merge-requests/new").await.text();
    assert!(page.contains("not push to it. Make a fork"), "{page}");
    let named = "/northdale/beds/merge-requests/new?from=anytown%2Fbeds&source=fix";
    assert_eq!(otto.get(named).await.status, 404);
    let fields = [("from", "anytown/beds"), ("source", "fix"), ("target", "main"), ("title", "Mine")];
    let new = "/northdale/beds/merge-requests/new";
    assert_eq!(otto.submit(new, new, &fields).await.status, 404);
    let fields = [("source", "main"), ("target", "main"), ("title", "Mine")];
    assert_eq!(otto.submit(new, new, &fields).await.status, 403, "reading is not pushing");
}
