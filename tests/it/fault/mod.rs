//! What the product does when the machine under it fails, as a process of its own.
//!
//! A disk of its own and a tracer need the rights of root. Where there are none a test says on standard error that it was not
//! run; with `FORGE_TEST_FAULTS=1` it fails instead.

mod database;
mod disk;
mod large;
mod lock;
mod nodes;
mod slow;
mod steps;
mod stopping;
mod sync;

use forge_tests::{Process, Town, WorkTree};

/// The program `forge`, as these tests were built with it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_forge-under-test");

/// A person with a repository that has some history, and the process that serves it.
fn settled(settings: &[(&str, &str)]) -> (Town, Process, WorkTree) {
    let mut town = Town::new(PROGRAM, settings);
    town.settle();
    let process = town.start();
    let work = town.work_tree();
    for number in 0..3 {
        work.commit("beds.csv", format!("beds\n{number}\n"));
    }
    work.git(&["push", "--quiet", &town.https(&process), "main"]).unwrap();
    (town, process, work)
}

/// A file that does not pack.
fn noise(bytes: usize) -> Vec<u8> {
    let mut random = crate::random::Random::new(7);
    std::iter::repeat_with(|| random.next().to_le_bytes()).flatten().take(bytes).collect()
}

/// Clones, and fails unless that is whole and at this commit.
fn expect_clone(town: &Town, process: &Process, head: &str) {
    for remote in [town.https(process), town.ssh(process)] {
        let clone = town.clone_of(&remote).unwrap();
        clone.fsck();
        assert_eq!(clone.head(), head);
    }
}
