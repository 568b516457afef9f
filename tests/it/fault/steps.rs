//! Killed at every step of what people do in the browser: afterwards it is done, or it never was (case F03).
//!
//! A tracer kills the server at the Nth call that changes the disk, N = 1, 2, … until there are too few for a crash. Then the
//! server is started again, must have one of the two states, must do the same act now, and `forge doctor` must be content.

use forge_tests::{Client, Meddler, Process, Town, WorkTree, system};

use super::settled;

/// Calls at which it is killed.
const CALLS: &[&str] = &["fdatasync", "fsync", "pwrite64", "rename", "mkdir"];
/// The most times one call is the last.
const MOST: usize = 8;

/// Where an act stands, as somebody sees it who looks.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Before,
    After,
    Between(String),
}

/// A town in which one act is done again and again.
struct Stage {
    town: Town,
    process: Process,
    client: Client,
    work: WorkTree,
}

/// Something that a person does with one repository, which is made for it and named `alice/NAME`.
struct Act {
    prepare: fn(&Stage, &str),
    form: fn(&Stage, &str) -> Filled,
    look: fn(&Looked) -> State,
}

/// The page with the form, where it goes, and what is filled in.
type Filled = (String, String, Vec<(&'static str, String)>);

/// What somebody sees: the status of pages, and the text of one.
struct Looked {
    old: u16,
    new: u16,
    text: String,
    listed: String,
    /// The same of a fork.
    forked: String,
    /// What the branch pointed at before.
    main: String,
}

fn make(stage: &Stage, name: &str) {
    stage.town.console(&["repo", "create", &format!("alice/{name}")], "");
}

fn push(stage: &Stage, name: &str, what: &[&str]) {
    let remote = stage.town.https(&stage.process).replace("alice/beds", &format!("alice/{name}"));
    let all: Vec<&str> = ["push", "--quiet", &remote].into_iter().chain(what.iter().copied()).collect();
    stage.work.git(&all).unwrap();
}

impl Stage {
    async fn new() -> Option<Self> {
        if !system("strace", &["-qq", "-o", "/dev/null", "true"]).ok {
            eprintln!("NOT RUN: strace is missing or may not trace here");
            return None;
        }
        let (town, process, work) = settled(&[]);
        town.console(&["org", "create", "anytown", "--owner", "alice"], "");
        work.git(&["checkout", "--quiet", "-b", "topic"]).unwrap();
        work.commit("beds.csv", "beds\ntopic\n");
        let client = process.client();
        client.sign_in("alice").await;
        Some(Self { town, process, client, work })
    }

    /// Kills the server at each step of the act.
    async fn crash_at_every_step(mut self, act: &Act) {
        let mut crashes = 0;
        for (at, call) in CALLS.iter().enumerate() {
            for nth in 1..=MOST {
                let name = format!("r{at}-{nth}");
                (act.prepare)(&self, &name);
                let id = self.process.id().to_string();
                let (trace, inject) =
                    (format!("trace={call}"), format!("inject={call}:signal=SIGKILL:when={nth}"));
                let arguments = ["-f", "-p", &id, "-e", &trace, "-e", &inject, "-o", "/dev/null"];
                let tracer = Meddler::start("strace", &arguments, "attached");
                let status = self.perform(act, &name).await;
                let acknowledged = status == Some(303);
                assert!(acknowledged || status.is_none(), "{call} {nth}: refused with {status:?}");
                // Who got no answer waits until it is dead: the kill is under way.
                let was_killed = !acknowledged || self.process.is_dead();
                drop(tracer);
                if !was_killed {
                    break;
                }
                crashes += 1;
                self.start_again();
                let state = self.look(act, &name).await;
                let whole =
                    if acknowledged { state == State::After } else { !matches!(state, State::Between(_)) };
                assert!(whole, "killed at {call} {nth}, acknowledged {acknowledged}: {state:?}");
                if state == State::Before {
                    let again = self.perform(act, &name).await;
                    assert_eq!(again, Some(303), "{call} {nth}: not possible afterwards");
                    assert_eq!(self.look(act, &name).await, State::After, "{call} {nth}");
                }
            }
        }
        assert!(crashes >= 3, "{crashes} crashes only");
        let examined = self.town.try_console(&["doctor"], "");
        assert!(examined.ok, "{examined:?}");
    }

    fn start_again(&mut self) {
        self.process.wait_until_dead();
        self.process = self.town.start();
        self.client = self.client.at(&self.process);
    }

    /// Does it; what the person was told, if anything.
    async fn perform(&self, act: &Act, name: &str) -> Option<u16> {
        let (page, action, fields) = (act.form)(self, name);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.client.try_submit(&page, &action, &fields).await.map(|answer| answer.status.as_u16())
    }

    async fn look(&self, act: &Act, name: &str) -> State {
        let old = self.client.get(&format!("/alice/{name}")).await.status.as_u16();
        let mut new = 0;
        for other in [format!("/alice/{name}-new"), format!("/anytown/{name}")] {
            let status = self.client.get(&other).await.status.as_u16();
            new = if status == 200 || new == 200 { 200 } else { status };
        }
        let text = self.client.get(&format!("/alice/{name}/merge-requests/1")).await.text();
        let remote = self.town.https(&self.process).replace("alice/beds", &format!("alice/{name}"));
        let listed = self.work.try_git(&["ls-remote", &remote]).stdout;
        let fork = self.town.https(&self.process).replace("alice/beds", &format!("alice/{name}-new"));
        let forked = self.work.try_git(&["ls-remote", &fork]).stdout;
        let main = self.work.git(&["rev-parse", "main"]).unwrap().trim().to_owned();
        (act.look)(&Looked { old, new, text, listed, forked, main })
    }
}

fn fields(fields: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// An act that makes one address answer where another did.
fn moved(looked: &Looked) -> State {
    match (looked.old, looked.new) {
        (200, 404) => State::Before,
        (301 | 302 | 303 | 307 | 308, 200) => State::After,
        (old, new) => State::Between(format!("the old address says {old}, the new one {new}")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_repository_is_whole_or_not_there() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: |_, _| (),
        form: |_, name| {
            let all = [
                ("owner", "alice"),
                ("name", name),
                ("description", ""),
                ("visibility", "private"),
                ("readme", "true"),
                ("licence", ""),
            ];
            ("/new".to_owned(), "/new".to_owned(), fields(&all))
        },
        look: |looked| match (looked.old, looked.listed.contains("refs/heads/main")) {
            (404, false) => State::Before,
            (200, true) => State::After,
            (status, _) => State::Between(format!("{status}: {}", looked.listed)),
        },
    };
    stage.crash_at_every_step(&act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_has_its_old_name_or_its_new_one() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: make,
        form: |_, name| {
            let page = format!("/alice/{name}/settings");
            (page.clone(), format!("{page}/rename"), fields(&[("name", &format!("{name}-new"))]))
        },
        look: moved,
    };
    stage.crash_at_every_step(&act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_has_its_old_owner_or_its_new_one() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: make,
        form: |_, name| {
            let page = format!("/alice/{name}/settings");
            (page.clone(), format!("{page}/transfer"), fields(&[("owner", "anytown")]))
        },
        look: moved,
    };
    stage.crash_at_every_step(&act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_repository_is_gone_or_whole() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: |stage, name| {
            make(stage, name);
            push(stage, name, &["main"]);
        },
        form: |_, name| {
            let page = format!("/alice/{name}/settings/delete");
            (page.clone(), page, fields(&[("confirmation", &format!("alice/{name}"))]))
        },
        look: |looked| match (looked.old, looked.listed.contains("refs/heads/main")) {
            (200, true) => State::Before,
            (404, false) => State::After,
            (status, _) => State::Between(format!("{status}: {}", looked.listed)),
        },
    };
    stage.crash_at_every_step(&act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_whole_or_not_there_and_its_source_stays_as_it_was() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: |stage, name| {
            make(stage, name);
            push(stage, name, &["main", "topic"]);
        },
        form: |_, name| {
            let page = format!("/alice/{name}/fork");
            let copy = format!("{name}-new");
            let all = [("owner", "alice"), ("name", copy.as_str()), ("visibility", "private")];
            (page.clone(), page, fields(&all))
        },
        look: |looked| {
            let is_whole = |listed: &str| {
                let branches = ["refs/heads/main", "refs/heads/topic"];
                branches.iter().all(|branch| listed.contains(branch)) && listed.contains(&looked.main)
            };
            match (looked.old, is_whole(&looked.listed), looked.new, is_whole(&looked.forked)) {
                (200, true, 404, false) => State::Before,
                (200, true, 200, true) => State::After,
                (old, _, new, _) => {
                    State::Between(format!("{old} {new}: {}\n{}", looked.listed, looked.forked))
                }
            }
        },
    };
    stage.crash_at_every_step(&act).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_moves_its_branch_and_its_request_together() {
    let Some(stage) = Stage::new().await else { return };
    let act = Act {
        prepare: |stage, name| {
            make(stage, name);
            push(stage, name, &["main", "topic"]);
            push(
                stage,
                name,
                &["-o", "merge_request.create", "-o", "merge_request.target=main", "topic:again"],
            );
        },
        form: |stage, name| {
            let page = format!("/alice/{name}/merge-requests/1");
            let head = stage.work.head();
            let all = [("head", head.as_str()), ("method", "merge"), ("message", "Merge it")];
            (page.clone(), format!("{page}/merge"), fields(&all))
        },
        look: |looked| {
            let has_moved = !looked.listed.contains(&format!("{}\trefs/heads/main\n", looked.main));
            match (has_moved, looked.text.contains(">Merged<"), looked.text.contains(">Open<")) {
                (false, false, true) => State::Before,
                (true, true, false) => State::After,
                _ => State::Between(format!("{}\n{}", looked.listed, looked.text)),
            }
        },
    };
    stage.crash_at_every_step(&act).await;
}
