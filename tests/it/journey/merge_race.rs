//! Pushing, approving and merging at the same moment: whatever is merged was approved, and exactly once.
//!
//! `FORGE_TEST_RACES=2000` lets them meet so many times instead of a few, on each database.

use forge_app::{App, Expected, MergeOrder, NewCommit, NewMergeRequest, Origin, Read, Submission, Write};
use forge_core::code::Change;
use forge_core::merge_request::review::{ApprovalStatus, Verdict};
use forge_core::ref_rule::{AllowedLevel, RefKind, RefPattern};
use forge_core::{Actor, FilePath, MergeMethod, Permission, RefName, RepoPath};
use forge_tests::{Forge, asked};

/// How often they meet, if no other number is asked for.
const ROUNDS: u32 = 60;
/// Branches that one push makes, so that its command line stays short.
const AT_ONCE: usize = 500;

fn rounds() -> u32 {
    asked("FORGE_TEST_RACES").map_or(ROUNDS, |rounds| u32::try_from(rounds).unwrap())
}

async fn browser_of(app: &App, name: &str) -> Actor {
    let entered = forge_app::SignIn {
        login: name.to_owned(),
        password: forge_core::Secret::from(forge_tests::PASSWORD),
        user_agent: "a test".to_owned(),
    };
    let forge_app::SignInStep::Done(done) = app.sign_in(&Origin::console(), &entered).await.unwrap() else {
        panic!("{name} has no second factor")
    };
    let secret = done.secret.expose().clone();
    app.actor_of_session(&Origin::console(), &secret).await.unwrap().unwrap().actor
}

fn commit(branch: &RefName, text: String) -> NewCommit {
    let path = FilePath::new(format!("{}.md", text.replace(' ', "-"))).unwrap();
    NewCommit {
        expected: Expected::Anything,
        branch: branch.clone(),
        changes: vec![Change::put(path, text.clone())],
        message: text,
        author: None,
    }
}

struct Meeting {
    app: App,
    ann: Actor,
    rosa: Actor,
    path: RepoPath,
}

impl Meeting {
    async fn new(forge: &Forge) -> Self {
        let owner = forge.user("ann").await;
        forge.user("rosa").await;
        forge.repo(&owner, "beds").await;
        let rosa = forge_app::Receiver::Person("rosa".parse().unwrap());
        forge.grant("ann/beds", rosa, Permission::Write, None).await;
        let app = forge.app().clone();
        let path: RepoPath = "ann/beds".parse().unwrap();
        let (ann, rosa) = (browser_of(&app, "ann").await, browser_of(&app, "rosa").await);
        let meeting = Self { app, ann, rosa, path };
        // Each branch begins where the main one does.
        let work = owner.work_tree();
        work.commit("README.md", "# Beds\n");
        let branches: Vec<String> =
            (0..rounds()).map(|round| format!("main:refs/heads/work-{round}")).collect();
        let remote = forge.https(&owner, "ann/beds");
        for branches in branches.chunks(AT_ONCE) {
            let mut push = vec!["push", "--quiet", &remote, "main"];
            push.extend(branches.iter().map(String::as_str));
            work.git(&push).unwrap();
        }
        meeting.demand_one_approval().await;
        meeting
    }

    async fn push(&self, branch: &str, text: &str) -> forge_app::Result<forge_core::ObjectId> {
        let access = self.app.authorize::<Write>(&self.ann, &self.path).await?;
        let branch = RefName::branch(branch).unwrap();
        self.app.commit(access, &Origin::console(), commit(&branch, text.to_owned())).await
    }

    async fn demand_one_approval(&self) {
        let access = self.app.authorize(&self.ann, &self.path).await.unwrap();
        let developers = || forge_app::NewAllowed { level: AllowedLevel::Developers, names: String::new() };
        let rule = forge_app::NewRule {
            kind: RefKind::Branch,
            pattern: RefPattern::new("main").unwrap(),
            push: developers(),
            force_push: developers(),
            delete: developers(),
            merge: developers(),
            signed: false,
            linear: false,
            merging: forge_core::MergeRule { approvals: 1, ..forge_core::MergeRule::default() },
        };
        self.app.set_rule(&access, &Origin::console(), &rule).await.unwrap();
    }

    async fn approve(&self, number: u64, version: u32) -> forge_app::Result<bool> {
        let access = self.app.authorize::<Read>(&self.rosa, &self.path).await?;
        let review = Submission { version, verdict: Verdict::Approve, body: String::new() };
        self.app.submit_review(&access, &Origin::console(), number, &review).await
    }

    async fn merge(&self, who: &Actor, number: u64) -> forge_app::Result<forge_core::ObjectId> {
        let access = self.app.authorize::<Read>(who, &self.path).await?;
        let head = self.app.merge_request(&access, number).await?.version.head;
        let access = self.app.authorize::<Write>(who, &self.path).await?;
        let order =
            MergeOrder { head, method: MergeMethod::Merge, message: String::new(), delete_source: false };
        self.app.merge(access, &Origin::console(), number, &order).await
    }

    /// One merge request: somebody pushes, somebody approves what was there before, and two merge. Says whether it was merged.
    async fn meet(&self, round: u32) -> bool {
        let source = format!("work-{round}");
        let work = RefName::branch(&source).unwrap();
        let main = RefName::branch("main").unwrap();
        self.push(&source, &format!("first {round}")).await.unwrap();
        let access = self.app.authorize::<Write>(&self.ann, &self.path).await.unwrap();
        let reading = self.app.authorize(&self.ann, &self.path).await.unwrap();
        let new = NewMergeRequest {
            source: work,
            target: main,
            title: source.clone(),
            body: String::new(),
            is_draft: false,
            reviewers: Vec::new(),
        };
        let number = self.app.open_merge_request(&reading, &access, &Origin::console(), &new).await.unwrap();
        let text = format!("second {round}");
        let (pushed, approved, one, two) = tokio::join!(
            self.push(&source, &text),
            self.approve(number, 1),
            self.merge(&self.ann, number),
            self.merge(&self.rosa, number),
        );
        let _ = (pushed, approved);
        assert!(!(one.is_ok() && two.is_ok()), "it was merged twice");
        self.check(number).await;
        let is_merged = one.is_ok() || two.is_ok();
        if !is_merged {
            // The next ones are not to wait for what is left over.
            self.app.set_merge_request_open(&reading, &Origin::console(), number, false).await.unwrap();
        }
        is_merged
    }

    /// What was merged carries an approval of that very head, by somebody who did not push it.
    async fn check(&self, number: u64) {
        let access = self.app.authorize::<Read>(&self.ann, &self.path).await.unwrap();
        let found = self.app.merge_request(&access, number).await.unwrap();
        let Some(merged) = &found.request.merged else { return };
        let code = self.app.code(&access).await.unwrap();
        let commit = code.commit(merged.commit).await.unwrap();
        let head = *commit.parents.last().unwrap();
        let by_rosa = found.approvals.iter().any(|approval| {
            approval.head == head && approval.user.name == "rosa" && approval.status == ApprovalStatus::Active
        });
        assert!(by_rosa, "{number} was merged at {head} without an approval of it: {:?}", found.approvals);
    }
}

async fn all_meetings(forge: &Forge) {
    let meeting = Meeting::new(forge).await;
    let mut merged = 0;
    for round in 0..rounds() {
        merged += u32::from(Box::pin(meeting.meet(round)).await);
    }
    eprintln!("{} meetings, {merged} of them ended with a merge", rounds());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_was_approved_on_sqlite() {
    Box::pin(all_meetings(&Forge::new().await)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_merged_was_approved_on_postgres() {
    if let Some(forge) = Forge::on_postgres().await {
        Box::pin(all_meetings(&forge)).await;
    }
}
