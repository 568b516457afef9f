//! Being told to stop in the middle of much, and having too little of something.

use std::sync::mpsc;
use std::time::Duration;

use super::{expect_clone, noise, settled};

/// Pushes, and as many clones, under way at one time.
const EACH: usize = 25;

#[test]
fn what_runs_ends_or_is_refused_within_the_drain_time() {
    let (town, process, work) = settled(&[]);
    work.commit("large", noise(1 << 20));
    let remote = town.https(&process);
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let head = work.head();
    for number in 0..EACH {
        work.commit(&format!("own-{number}"), noise(200_000 + number));
        work.git(&["branch", &format!("b{number}")]).unwrap();
        work.git(&["reset", "--quiet", "--hard", &head]).unwrap();
    }
    let (started, under_way) = mpsc::channel();
    let (acknowledged, status, took) = std::thread::scope(|scope| {
        let pushes: Vec<_> = (0..EACH)
            .map(|number| {
                let (work, remote, started) = (&work, &remote, started.clone());
                scope.spawn(move || {
                    let _ = started.send(());
                    work.try_git(&["push", "--quiet", remote, &format!("b{number}")]).ok
                })
            })
            .collect();
        let clones: Vec<_> = (0..EACH)
            .map(|_| {
                let (town, remote, started) = (&town, &remote, started.clone());
                scope.spawn(move || {
                    let _ = started.send(());
                    if let Ok(clone) = town.clone_of(remote) {
                        clone.fsck();
                    }
                })
            })
            .collect();
        for _ in 0..2 * EACH {
            under_way.recv().unwrap();
        }
        // All have begun; some are done by now, some are still about to connect.
        while !system_has_refs(&work, &remote) {
            std::thread::yield_now();
        }
        let (status, took) = process.stop();
        for clone in clones {
            clone.join().unwrap();
        }
        let acknowledged: Vec<bool> = pushes.into_iter().map(|push| push.join().unwrap()).collect();
        (acknowledged, status, took)
    });
    assert!(status.success(), "{status:?}");
    assert!(took < Duration::from_secs(25), "{took:?}");
    let again = town.start();
    let listed = work.git(&["ls-remote", &town.https(&again)]).unwrap();
    for (number, was_acknowledged) in acknowledged.iter().enumerate() {
        let id = work.git(&["rev-parse", &format!("b{number}")]).unwrap();
        let is_there = listed.contains(&format!("{}\trefs/heads/b{number}\n", id.trim()));
        let has_name = listed.contains(&format!("refs/heads/b{number}\n"));
        assert!(is_there || !was_acknowledged, "b{number} was acknowledged and is gone");
        assert_eq!(is_there, has_name, "b{number} is something else");
    }
    expect_clone(&town, &again, &head);
    let examined = town.try_console(&["doctor"], "");
    assert!(examined.ok, "{examined:?}");
}

/// Whether the first pushes are through.
fn system_has_refs(work: &forge_tests::WorkTree, remote: &str) -> bool {
    let listed = work.try_git(&["ls-remote", remote, "refs/heads/b*"]);
    listed.stdout.lines().count() >= 2
}

#[test]
fn with_few_file_handles_some_are_refused_and_it_recovers() {
    let (town, process, work) = settled(&[]);
    assert!(process.stop().0.success());
    let process = town.start_under(&["sh", "-c", "ulimit -n 128 && exec \"$@\"", "sh"]);
    let (head, remote) = (work.head(), town.https(&process));
    // More connections than there are handles, and clones among them.
    let idle: Vec<_> =
        (0..200).filter_map(|_| std::net::TcpStream::connect(process.address()).ok()).collect();
    assert!(idle.len() > 100);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (town, remote) = (&town, &remote);
            scope.spawn(move || {
                if let Ok(clone) = town.clone_of(remote) {
                    clone.fsck();
                }
            });
        }
    });
    drop(idle);
    expect_clone(&town, &process, &head);
    let new = work.commit("beds.csv", "beds\nmore\n");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    expect_clone(&town, &process, &new);
    assert!(process.stop().0.success());
}

#[test]
fn half_a_gibibyte_of_memory_is_enough() {
    let (town, process, work) = settled(&[]);
    assert!(process.stop().0.success());
    // What the process may write to in memory, in kilobytes: the files that it maps do not count.
    let process = town.start_under(&["sh", "-c", "ulimit -d 524288 && exec \"$@\"", "sh"]);
    let remote = town.https(&process);
    for number in 0..4 {
        work.commit(&format!("large-{number}"), noise(8 << 20));
    }
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let head = work.head();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| expect_clone(&town, &process, &head));
        }
    });
    let new = work.commit("beds.csv", "beds\nmore\n");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    expect_clone(&town, &process, &new);
    assert!(process.stop().0.success());
}
