//! Two processes on one PostgreSQL and one bucket, of which one is killed.

use forge_tests::{BucketServer, Town, WorkTree, empty_database};

use super::{PROGRAM, expect_clone, noise};

/// Pushes in turns through one remote until told how often; says which were acknowledged.
fn pushes(work: &WorkTree, remote: &str, name: &str, times: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for number in 0..times {
        let id = work.commit(&format!("{name}-{number}"), noise(60_000 + number));
        if work.try_git(&["push", "--quiet", remote, &format!("HEAD:refs/heads/{name}")]).ok {
            acknowledged.push(id);
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_is_killed_and_the_other_has_everything() {
    let (Some(bucket), Some(database)) = (BucketServer::start(), empty_database().await) else { return };
    let storage = bucket.settings();
    let mut settings: Vec<(&str, &str)> = vec![("DATABASE_URL", &database)];
    settings.extend(storage.iter().map(|(name, value)| (*name, value.as_str())));
    let mut town = Town::new(PROGRAM, &settings);
    town.settle();
    let neighbour = town.neighbour();
    let (one, two) = (town.start(), neighbour.start());
    let base = town.work_tree();
    base.commit("base", "0");
    base.git(&["push", "--quiet", &town.https(&one), "main"]).unwrap();
    expect_clone(&neighbour, &two, &base.head());
    let (left, right) =
        (town.clone_of(&town.https(&one)).unwrap(), neighbour.clone_of(&neighbour.https(&two)).unwrap());
    let (here, there) = (town.https(&one), neighbour.https(&two));
    let (ours, theirs) = std::thread::scope(|scope| {
        let ours = scope.spawn(|| pushes(&left, &here, "left", 12));
        let theirs = scope.spawn(|| {
            let mut seen = pushes(&right, &there, "right", 3);
            one.kill();
            seen.extend(pushes(&right, &there, "right", 4));
            seen
        });
        (ours.join().unwrap(), theirs.join().unwrap())
    });
    assert_eq!(theirs.len(), 7, "the neighbour of a killed process goes on");
    let clone = neighbour.clone_of(&there).unwrap();
    clone.fsck();
    for id in ours.iter().chain(&theirs) {
        let known = clone.try_git(&["merge-base", "--is-ancestor", id, "refs/remotes/origin/left"]);
        let other = clone.try_git(&["merge-base", "--is-ancestor", id, "refs/remotes/origin/right"]);
        assert!(known.ok || other.ok, "{id} was acknowledged and is gone");
    }
    // Started again, the killed one serves and takes what the other does.
    let one = town.start();
    let remote = town.https(&one);
    assert_eq!(pushes(&left, &remote, "left", 2).len(), 2);
    for (town, process) in [(&town, &one), (&neighbour, &two)] {
        let clone = town.clone_of(&town.https(process)).unwrap();
        clone.fsck();
        assert_eq!(clone.git(&["rev-parse", "refs/remotes/origin/left"]).unwrap().trim(), left.head());
        assert_eq!(clone.git(&["rev-parse", "refs/remotes/origin/right"]).unwrap().trim(), right.head());
    }
}
