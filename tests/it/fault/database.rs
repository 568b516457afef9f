//! A PostgreSQL server that stops in the middle of work (case F09), or hangs (case F10). It is behind a gate, which looks to the
//! forge just as these do: connections end and no new one is taken, or they stay and nothing comes back.

use std::time::{Duration, Instant};

use base64::Engine as _;
use forge_tests::{Gate, Process, Town, WorkTree, empty_database};
use http::{Method, StatusCode};

use super::{expect_clone, noise, settled};

/// The longest that anybody waits for an answer without a database.
const PATIENCE: Duration = Duration::from_secs(30);

async fn behind_a_gate(settings: &[(&str, &str)]) -> Option<(Gate, Town, Process, WorkTree)> {
    let (gate, url) = Gate::before(&empty_database().await?);
    let (town, process, work) = settled(&[&[("DATABASE_URL", url.as_str())], settings].concat());
    Some((gate, town, process, work))
}

/// What somebody hears who asks for the refs: to come back later, before long.
async fn expect_regret(town: &Town, process: &Process) {
    let since = Instant::now();
    let remote = town.https(process);
    let (_, rest) = remote.split_once("//").unwrap();
    let basic = base64::engine::general_purpose::STANDARD.encode(rest.split_once('@').unwrap().0);
    let (credentials, path) = (format!("Basic {basic}"), "/alice/beds.git/info/refs?service=git-upload-pack");
    let answer =
        process.client().send(Method::GET, path, &[("authorization", &credentials)], Vec::new()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text());
    assert!(answer.header("retry-after").parse::<u64>().is_ok(), "{answer:?}");
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
}

/// Pushes until it is taken, which must be soon: nobody started the forge anew.
fn push_soon(work: &WorkTree, remote: &str, process: &Process) {
    let since = Instant::now();
    while !work.try_git(&["push", "--quiet", remote, "main"]).ok {
        assert!(since.elapsed() < PATIENCE, "no push is taken again: {}", process.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stops_in_mid_push_is_waited_for() {
    let Some((mut gate, town, process, work)) = behind_a_gate(&[]).await else { return };
    let remote = town.https(&process);
    let mut acknowledged = work.head();
    for wait in [0, 20, 60, 120, 250] {
        let new = work.commit("large", noise(300_000 + wait));
        let pushed = std::thread::scope(|scope| {
            let push = scope.spawn(|| work.try_git(&["push", "--quiet", &remote, "main"]));
            std::thread::sleep(Duration::from_millis(u64::try_from(wait).unwrap()));
            gate.shut();
            push.join().unwrap()
        });
        if pushed.ok {
            acknowledged = new;
        }
        expect_regret(&town, &process).await;
        gate.open();
        let since = Instant::now();
        let listed = loop {
            let listed = work.try_git(&["ls-remote", &remote, "refs/heads/main"]);
            if listed.ok {
                break listed.stdout;
            }
            assert!(since.elapsed() < PATIENCE, "nobody is served again: {}", process.log());
        };
        // Who heard nothing may have been taken all the same.
        let is_known = [&acknowledged, &work.head()].iter().any(|id| listed.starts_with(id.as_str()));
        assert!(is_known, "after {wait} ms: {listed}");
    }
    push_soon(&work, &remote, &process);
    expect_clone(&town, &process, &work.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_stops_in_mid_merge_is_waited_for() {
    let Some((mut gate, town, process, work)) = behind_a_gate(&[]).await else { return };
    let remote = town.https(&process);
    work.git(&["checkout", "--quiet", "-b", "topic"]).unwrap();
    let head = work.commit("beds.csv", "beds\ntopic\n");
    let open = ["-o", "merge_request.create", "-o", "merge_request.target=main"];
    work.git(&[&["push", "--quiet"][..], &open, &[&remote, "topic"]].concat()).unwrap();
    let client = process.client();
    client.sign_in("alice").await;
    let page = "/alice/beds/merge-requests/1";
    let form = client.get(page).await;
    let csrf = form.hidden_field("csrf").unwrap();
    let fields = [("csrf", csrf.as_str()), ("head", &head), ("method", "merge"), ("message", "Merge it")];
    let action = format!("{page}/merge");
    let merge = async { client.post(&action, &fields).await };
    let stop = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(5));
        gate.shut();
        gate
    });
    let (answer, gate) = tokio::join!(merge, stop);
    let mut gate = gate.unwrap();
    expect_regret(&town, &process).await;
    let refused = client.post(&action, &fields).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text());
    gate.open();
    let since = Instant::now();
    let is_merged = async || loop {
        let page = client.get(page).await;
        if page.status.is_success() {
            break page.text().contains(">Merged<");
        }
        assert!(since.elapsed() < PATIENCE, "nobody is served again: {}", process.log());
    };
    let was_merged = is_merged().await;
    assert!(was_merged || answer.status != StatusCode::SEE_OTHER, "it was acknowledged and is gone");
    while !is_merged().await {
        let again = client.post(&action, &fields).await.status;
        let is_taken = [StatusCode::SEE_OTHER, StatusCode::SERVICE_UNAVAILABLE].contains(&again);
        assert!(is_taken && since.elapsed() < PATIENCE, "no merge is taken again: {again}");
    }
    let known = work.git(&["ls-remote", &remote, "refs/heads/main"]).unwrap();
    work.git(&["fetch", "--quiet", &remote, "main"]).unwrap();
    work.git(&["merge-base", "--is-ancestor", &head, "FETCH_HEAD"]).unwrap();
    expect_clone(&town, &process, known.split('\t').next().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_keeps_nobody_waiting_and_nothing_piles_up() {
    let Some((gate, town, process, work)) = behind_a_gate(&[("DATABASE_PATIENCE", "2s")]).await else {
        return;
    };
    let remote = town.https(&process);
    let before = work.head();
    let new = work.commit("large", noise(300_000));
    let since = Instant::now();
    let pushed = std::thread::scope(|scope| {
        let push = scope.spawn(|| work.try_git(&["push", "--quiet", &remote, "main"]));
        std::thread::sleep(Duration::from_millis(60));
        gate.hold();
        push.join().unwrap()
    });
    assert!(since.elapsed() < PATIENCE, "the push waited: {:?}", since.elapsed());
    // Many more than there are connections: each is turned away by itself, none waits for those before it.
    for _ in 0..3 {
        let since = Instant::now();
        let asked = (0..40).map(|_| expect_regret(&town, &process));
        futures::future::join_all(asked).await;
        assert!(since.elapsed() < PATIENCE, "they queue up: {:?}", since.elapsed());
    }
    gate.release();
    push_soon(&work, &remote, &process);
    let known = work.git(&["ls-remote", &remote, "refs/heads/main"]).unwrap();
    assert!(known.starts_with(&new), "{before} → {known}, acknowledged: {}", pushed.ok);
    expect_clone(&town, &process, &new);
}
