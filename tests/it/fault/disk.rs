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
