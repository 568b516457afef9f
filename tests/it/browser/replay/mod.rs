//! The reviews of a project done again by two people in their browsers, with scripts and without.
//!
//! Each of its last merges becomes a merge request that is read, commented on and approved, and merged in one of the four ways.
//! On the way some are changed by a suggestion, some rebased, some clash with what was pushed meanwhile and are resolved in the
//! browser. Axe looks at every kind of screen on the way, where scripts are on. `FORGE_TEST_REPLAY=/path/to/repository.git` takes a real project; `FORGE_TEST_SCREENSHOTS=/some/folder` keeps pictures of
//! what was seen, at two widths.

mod history;
mod person;

use forge_app::Receiver;
use forge_core::{Permission, Username};
use forge_tests::{Forge, Person, WorkTree};
use history::{History, Merge};
use person::Reader;

use super::journey::assert_clean;

/// What happens to a merge request before it is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It is approved as it is.
    Plain,
    /// The reviewer suggests other lines, and the author takes them.
    Suggestion,
    /// The author says the same in other words and pushes by force.
    Rebase,
    /// The target changes the same lines meanwhile.
    Clash,
}

const TURNS: [Turn; 4] = [Turn::Plain, Turn::Suggestion, Turn::Rebase, Turn::Clash];
const METHODS: [&str; 3] = ["merge", "squash", "rebase"];
const REPO: &str = "/ann/project";

/// A forge with the project in it.
struct Stage {
    forge: Forge,
    ann: Person,
    history: History,
}

impl Stage {
    async fn new() -> Self {
        let forge = Forge::new().await;
        let (ann, rosa) = (forge.user("ann").await, forge.user("rosa").await);
        forge.repo(&ann, "project").await;
        let rosa = Receiver::Person(Username::new(&rosa.name).unwrap());
        forge.grant("ann/project", rosa, Permission::Write, None).await;
        let history = History::take(ann.work_tree());
        let stage = Self { forge, ann, history };
        stage.push(&["main"]);
        let client = stage.forge.client();
        client.sign_in("ann").await;
        client.demand("ann/project", &[("approvals", "1")]).await;
        stage
    }

    fn work(&self) -> &WorkTree {
        &self.history.work
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.work().git(arguments).unwrap().trim().to_owned()
    }

    fn push(&self, what: &[&str]) {
        let remote = self.forge.https(&self.ann, "ann/project");
        let all: Vec<&str> = ["push", "--quiet", &remote].into_iter().chain(what.iter().copied()).collect();
        self.work().git(&all).unwrap();
    }

    /// Brings a branch of the forge here, and checks it out.
    fn pull(&self, name: &str) {
        let remote = self.forge.https(&self.ann, "ann/project");
        self.git(&["checkout", "--quiet", "--detach"]);
        self.git(&["fetch", "--quiet", &remote, &format!("+refs/heads/{name}:refs/heads/{name}")]);
        self.git(&["checkout", "--quiet", name]);
    }

    fn tree(&self, name: &str) -> String {
        self.git(&["rev-parse", &format!("{name}^{{tree}}")])
    }

    /// One merge of the project, done again.
    async fn replay(&self, author: &Reader<'_>, reviewer: &Reader<'_>, number: usize, merge: &Merge) {
        let branch = format!("change-{number}");
        if self.history.branch(merge, &branch).is_none() {
            return;
        }
        self.push(&[&branch]);
        let turn = TURNS[number % TURNS.len()];
        let one = author.open_request(&branch).await;
        let approve = |text: &'static str| reviewer.review(&one, "approve", text);
        match turn {
            Turn::Plain => approve("Read it line by line.").await,
            Turn::Suggestion => {
                let is_text = reviewer.comment(&one, true).await;
                reviewer.review(&one, "comment", "One thing.").await;
                if is_text {
                    author.apply(&one).await;
                    self.pull(&branch);
                }
                approve("With that, yes.").await;
            }
            Turn::Rebase => {
                reviewer.comment(&one, false).await;
                approve("Only a question.").await;
                self.git(&["commit", "--quiet", "--amend", "-m", &format!("{}, said better", merge.title)]);
                self.push(&["--force", &branch]);
                author.sees(&one, "carried from version 1").await;
            }
            Turn::Clash => {
                if self.clash(&branch) {
                    author.resolve(&one).await;
                    self.pull(&branch);
                }
                approve("The right one was chosen.").await;
            }
        }
        let method = if turn == Turn::Clash { "merge" } else { METHODS[number % METHODS.len()] };
        author.merge(&one, method).await;
        self.git(&["checkout", "--quiet", &branch]);
        self.pull("main");
        assert_eq!(self.tree("main"), self.tree(&branch), "{} by {turn:?} and {method}", merge.title);
        reviewer.look_at_all(&one).await;
    }

    /// Has `main` say something else where the branch says something new; whether there is such a place.
    fn clash(&self, branch: &str) -> bool {
        let changed = self.git(&["diff", "--name-only", "--diff-filter=M", "main", branch]);
        let Some(path) = changed.lines().find(|path| self.is_short_text(branch, path)) else { return false };
        let text = self.git(&["show", &format!("{branch}:{path}")]);
        let old = self.git(&["show", &format!("main:{path}")]);
        let other: Vec<String> = text
            .lines()
            .map(|line| {
                let is_new = !old.lines().any(|known| known == line);
                if is_new { format!("{line} or else") } else { line.to_owned() }
            })
            .collect();
        self.git(&["checkout", "--quiet", "main"]);
        self.work().commit(path, other.join("\n") + "\n");
        let fits = self.work().try_git(&["merge-tree", "--write-tree", "main", branch]).ok;
        self.push(&["main"]);
        self.git(&["checkout", "--quiet", branch]);
        !fits
    }

    fn is_short_text(&self, branch: &str, path: &str) -> bool {
        let shown = self.work().try_git(&["show", &format!("{branch}:{path}")]);
        shown.ok && shown.stdout.len() < 100_000 && !shown.stdout.contains(['\0', '\u{fffd}'])
    }
}

async fn replay(stage: &Stage, scripts: bool) {
    let (author, reviewer) =
        (Reader::new(stage, "ann", scripts).await, Reader::new(stage, "rosa", scripts).await);
    let half = stage.history.merges.len().div_ceil(2);
    let (first, last) = stage.history.merges.split_at(half);
    let (from, merges) = if scripts { (0, first) } else { (half, last) };
    for (at, merge) in merges.iter().enumerate() {
        stage.replay(&author, &reviewer, from + at, merge).await;
    }
    for reader in [&author, &reviewer] {
        assert_clean(reader.browser(), &stage.forge).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_merges_of_a_project() {
    let stage = Box::pin(Stage::new()).await;
    for scripts in [true, false] {
        replay(&stage, scripts).await;
    }
}
