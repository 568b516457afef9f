//! What the administrator of the machine does on its command line.

mod backup;
mod doctor;
mod export;
mod import;
mod maintenance;
mod postgres;

use forge_tests::Person;
use tokio::task::JoinHandle;

/// Pushes one commit after the other while something else goes on.
fn keep_pushing(person: &Person, remote: String) -> JoinHandle<()> {
    let person = person.clone();
    tokio::task::spawn_blocking(move || {
        let work = person.clone_of(&remote, &[]).unwrap();
        for number in 0..15 {
            work.commit("a", format!("busy {number}"));
            work.git(&["push", "--quiet", "origin", "main"]).unwrap();
        }
    })
}
