//! The engine and stock git side by side: random histories, pushed in random pieces, visited by random clients.
//!
//! After each visit the client of the engine must have what its twin of stock git has: the same refs, the same border of
//! a shallow history, every object its refs reach, and not many more than it needed. A failure names its seed and tells
//! what the client did. `FORGE_TEST_SEEDS=500` tries so many seeds instead of the usual few, `FORGE_TEST_SEED=17` that one.

mod daemon;
mod history;
mod visit;

use std::path::{Path, PathBuf};

use forge_tests::{Forge, Output, asked, git_fed};

use crate::random::Random;
use daemon::Daemon;
use history::History;
use visit::Twins;

/// Seeds tried when nobody asks for more.
const USUAL: u64 = 10;
/// Branches of a repository.
const BRANCHES: usize = 5;

#[test]
fn random_clients_are_complete_on_plain_directories() {
    for seed in seeds() {
        one(seed);
    }
}

fn seeds() -> Vec<u64> {
    match (asked("FORGE_TEST_SEED"), asked("FORGE_TEST_SEEDS")) {
        (Some(one), _) => vec![one],
        (None, Some(many)) => (0..many).collect(),
        (None, None) => (0..USUAL).collect(),
    }
}

fn one(seed: u64) {
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start();
    let history = History::make(&folder.path().join("history"), &mut random);
    let server = folder.path().join("server");
    git(folder.path(), &["init", "--quiet", "--bare", &server.display().to_string()]);
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        git(&server, &["config", setting, "true"]);
    }
    let (ours, stock) = (daemon.url(&server), format!("file://{}", server.display()));
    let mut twins: Vec<Twins> = Vec::new();
    let rounds = 3 + random.below(3);
    for round in 0..rounds {
        push(&history, &ours, &server, &mut random, round, rounds);
        tidy(&server, &mut random);
        for twins in &mut twins {
            twins.again(&mut random, BRANCHES);
        }
        let mut newcomer = Twins::new(folder.path(), seed, round, &ours, &stock);
        newcomer.first(&mut random, BRANCHES);
        twins.push(newcomer);
    }
}

/// Pushes some commits to some branches, and now and then tags; the server must be whole afterwards.
fn push(history: &History, url: &str, server: &Path, random: &mut Random, round: usize, rounds: usize) {
    let known = (history.commits.len() * (round + 1) / rounds).max(1);
    let mut specs = Vec::new();
    for branch in 0..BRANCHES {
        if round == 0 || random.chance(50) {
            let commit = &history.commits[known - 1 - random.below(known.min(12))];
            specs.push(format!("+{commit}:refs/heads/b{branch}"));
        }
    }
    for (number, tag) in history.tags.iter().enumerate() {
        if random.chance(30) {
            specs.push(format!("+{tag}:refs/tags/t{number}"));
        }
    }
    let mut arguments = vec!["push", "--quiet"];
    arguments.extend(random.chance(20).then_some("--no-thin"));
    arguments.push(url);
    arguments.extend(specs.iter().map(String::as_str));
    if specs.is_empty() {
        return;
    }
    let pushed = try_git(&history.dir, &arguments);
    assert!(pushed.ok, "{arguments:?}: {pushed:?}");
    // A commit-graph may still know commits that a later repack has dropped: git reads on, its fsck complains.
    let checked = try_git(server, &["-c", "core.commitGraph=false", "fsck", "--connectivity-only"]);
    assert!(checked.ok, "after {arguments:?}: {checked:?}");
}

/// Leaves the server's packs as pushes made them, or packs them anew in one of git's ways.
fn tidy(server: &Path, random: &mut Random) {
    match random.below(6) {
        0 => drop(git(server, &["repack", "-q", "-d"])),
        1 => drop(git(server, &["repack", "-q", "-a", "-d", "-f", "--window=20", "--depth=40"])),
        2 => drop(git(server, &["repack", "-q", "-a", "-d", "-b"])),
        3 => drop(git(server, &["commit-graph", "write", "--reachable"])),
        4 => drop(git(server, &["pack-refs", "--all"])),
        _ => {}
    }
}

/// The same through the product's own door, with as many histories as time allows.
#[tokio::test(flavor = "multi_thread")]
async fn random_clients_are_complete_over_http_journey() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for seed in 1000..1003_u64 {
        let mut random = Random::new(seed);
        let folder = tempfile::tempdir().unwrap();
        let history = History::make(&folder.path().join("history"), &mut random);
        // A mirror that stock git serves its twin from.
        let server = folder.path().join("server");
        git(folder.path(), &["init", "--quiet", "--bare", &server.display().to_string()]);
        for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
            git(&server, &["config", setting, "true"]);
        }
        let repo = format!("beds-{seed}");
        forge.repo(&alice, &repo).await;
        let (ours, stock) =
            (forge.https(&alice, &format!("alice/{repo}")), format!("file://{}", server.display()));
        // The default branch takes part in nothing: its history is kept.
        git(&history.dir, &["push", "--quiet", &ours, &format!("{}:refs/heads/main", history.commits[0])]);
        let mut twins: Vec<Twins> = Vec::new();
        for round in 0..3 {
            push_to(&history, &ours, &mut random, round);
            git(&server, &["fetch", "--quiet", "--prune", &ours, "+refs/*:refs/*"]);
            for twins in &mut twins {
                twins.again(&mut random, BRANCHES);
            }
            let mut newcomer = Twins::new(folder.path(), seed, round, &ours, &stock);
            newcomer.first(&mut random, BRANCHES);
            twins.push(newcomer);
        }
    }
}

fn push_to(history: &History, url: &str, random: &mut Random, round: usize) {
    let known = (history.commits.len() * (round + 1) / 3).max(1);
    let mut arguments = vec!["push".to_owned(), "--quiet".to_owned(), url.to_owned()];
    for branch in 0..BRANCHES {
        let commit = &history.commits[known - 1 - random.below(known.min(12))];
        arguments.push(format!("+{commit}:refs/heads/b{branch}"));
    }
    git(&history.dir, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
}

fn try_git(dir: &Path, arguments: &[&str]) -> Output {
    git_fed(dir, arguments, b"")
}

#[track_caller]
fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = try_git(dir, arguments);
    assert!(output.ok, "{arguments:?} in {}: {output:?}", PathBuf::from(dir).display());
    output.stdout
}
