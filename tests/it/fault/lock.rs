//! A database that somebody else holds.

use std::time::{Duration, Instant};

use forge_tests::Meddler;

use super::{expect_clone, settled};

/// Takes the database for itself until it is ended.
const HOLD: &str = "import sqlite3, sys; held = sqlite3.connect(sys.argv[1], isolation_level=None); \
                    held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()";

#[test]
fn a_held_database_is_waited_for_within_bounds() {
    let (town, process, work) = settled(&[]);
    let (head, remote) = (work.head(), town.https(&process));
    let file = town.data().join("forge.db").display().to_string();
    let mut holder = Meddler::start("python3", &["-c", HOLD, &file], "held");
    let new = work.commit("beds.csv", "beds\nlocked\n");
    let since = Instant::now();
    let refused = work.try_git(&["push", "--quiet", &remote, "main"]);
    assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
    assert!(!refused.ok && refused.stderr.contains("busy. Try again in a moment"), "{refused:?}");
    // Reading needs no turn.
    expect_clone(&town, &process, &head);
    holder.stop();
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    expect_clone(&town, &process, &new);
}
