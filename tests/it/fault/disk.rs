//! A disk that is full, or may not be written to.

use forge_tests::{Disk, Output, Process, Town, WorkTree};

use super::{PROGRAM, expect_clone, noise};

/// A forge whose repositories are on a small disk of their own.
fn on_a_small_disk(options: &str) -> Option<(Town, Disk, Process, WorkTree)> {
    let mut town = Town::new(PROGRAM, &[]);
    let disk = Disk::mount(&town.data().join("repositories"), options)?;
    town.settle();
    let process = town.start();
    let work = town.work_tree();
    work.commit("beds.csv", "beds\n1\n");
    work.git(&["push", "--quiet", &town.https(&process), "main"]).unwrap();
    Some((town, disk, process, work))
}

#[track_caller]
fn expect_refusal(output: &Output) {
    assert!(!output.ok, "{output:?}");
    assert!(output.stderr.contains("disk is full or cannot be written to"), "{output:?}");
}

/// Refused in words, readable meanwhile, and well again as soon as there is room.
fn survives(town: &Town, process: &Process, work: &WorkTree, spoil: impl FnOnce(), mend: impl FnOnce()) {
    let head = work.head();
    spoil();
    work.commit("large", noise(20 << 20));
    for remote in [town.https(process), town.ssh(process)] {
        expect_refusal(&work.try_git(&["push", "--quiet", &remote, "main"]));
    }
    expect_clone(town, process, &head);
    mend();
    work.git(&["reset", "--quiet", "--hard", &head]).unwrap();
    let small = work.commit("beds.csv", "beds\n2\n");
    work.git(&["push", "--quiet", &town.https(process), "main"]).unwrap();
    expect_clone(town, process, &small);
}

#[test]
fn a_full_disk_refuses_the_push_and_takes_the_next() {
    let Some((town, disk, process, work)) = on_a_small_disk("size=12m") else { return };
    survives(&town, &process, &work, || {}, || {});
    drop((process, disk));
}

#[test]
fn a_disk_that_was_made_read_only_serves_on() {
    let Some((town, disk, process, work)) = on_a_small_disk("size=64m") else { return };
    survives(&town, &process, &work, || disk.remount("ro"), || disk.remount("rw"));
    drop((process, disk));
}

#[test]
fn a_disk_without_room_for_names_serves_on() {
    let Some((town, disk, process, work)) = on_a_small_disk("size=64m") else { return };
    let full = || {
        let used = std::fs::read_dir(town.data().join("repositories")).unwrap().count();
        assert_eq!(used, 1);
        // As many as there are.
        disk.remount("nr_inodes=20");
        for number in 0..20 {
            if std::fs::write(town.data().join(format!("repositories/.full-{number}")), "").is_err() {
                break;
            }
        }
    };
    survives(&town, &process, &work, full, || disk.remount("nr_inodes=10k"));
    drop((process, disk));
}

/// Refused in words, nothing acknowledged that could not be kept, and well again as soon as there is room (case F06).
#[test]
fn a_full_disk_of_the_database_refuses_and_takes_the_next() {
    let place = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/forge.db", place.path().display());
    let Some(disk) = Disk::mount(place.path(), "size=24m") else { return };
    let mut town = Town::new(PROGRAM, &[("DATABASE_URL", &url)]);
    town.settle();
    let process = town.start();
    let work = town.work_tree();
    let head = work.commit("beds.csv", "beds\n1\n");
    work.git(&["push", "--quiet", &town.https(&process), "main"]).unwrap();
    let filling = place.path().join("filling");
    std::fs::write(&filling, noise(24 << 20)).unwrap_err();
    let mut refused = 0;
    let mut acknowledged = head.clone();
    let mut known = vec![head];
    for number in 2..12 {
        let new = work.commit("beds.csv", format!("beds\n{number}\n"));
        let remote = if number % 2 == 0 { town.https(&process) } else { town.ssh(&process) };
        let output = work.try_git(&["push", "--quiet", &remote, "main"]);
        known.push(new.clone());
        if output.ok {
            // There was a page left.
            acknowledged = new;
        } else {
            expect_refusal(&output);
            refused += 1;
        }
        let listed = work.git(&["ls-remote", &remote, "refs/heads/main"]).unwrap();
        let is = known.iter().position(|id| listed.starts_with(id.as_str()));
        let should = known.iter().position(|id| *id == acknowledged);
        assert_eq!(is, should, "after {output:?}: {}", process.log());
        expect_clone(&town, &process, &acknowledged);
    }
    assert!(refused > 0, "the disk is not full: {}", process.log());
    std::fs::remove_file(&filling).unwrap();
    let last = work.commit("beds.csv", "beds\nlast\n");
    work.git(&["push", "--quiet", &town.https(&process), "main"]).unwrap();
    expect_clone(&town, &process, &last);
    drop((process, disk));
}

/// What is done is in the audit log, which is in the database: it goes on without the other one (case F06).
#[test]
fn a_log_that_cannot_be_written_stops_nobody() {
    let mut town = Town::new(PROGRAM, &[]);
    town.settle();
    let process = town.start_under(&["sh", "-c", "exec \"$@\" 2>/dev/full", "sh"]);
    let work = town.work_tree();
    for number in 0..3 {
        let head = work.commit("beds.csv", format!("beds\n{number}\n"));
        for remote in [town.https(&process), town.ssh(&process)] {
            work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        }
        expect_clone(&town, &process, &head);
    }
}
