//! Every git that the machine has: the distribution's, and the one on the PATH where that is another.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Shallow, Town};

/// The machine's gits by their versions.
fn gits() -> BTreeMap<String, PathBuf> {
    let folders = std::env::split_paths(env!("PATH")).chain(["/usr/bin".into(), "/usr/local/bin".into()]);
    let programs = folders.map(|folder| folder.join("git")).filter(|program| program.is_file());
    let mut found = BTreeMap::new();
    for program in programs {
        let said = forge_tests::version_of(&program);
        found.entry(said).or_insert(program);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn journey_with_every_git_at_both_doors() {
    let gits = gits();
    assert!(!gits.is_empty(), "git is not there: run `cargo xtask tools` first");
    for program in gits.values() {
        let town = Town::new().await;
        let doors = [town.forge.https(&town.alice, "alice/beds"), town.forge.ssh("alice/beds")];
        for (number, remote) in doors.iter().enumerate() {
            town.journey(&format!("git-{number}"), remote, Shallow::Yes, |words| act(&town, program, words));
        }
    }
}

fn act(town: &Town, program: &Path, words: &[&str]) -> forge_tests::Output {
    let git = |arguments: &[&str]| town.run(program, &[], arguments);
    match words {
        ["clone", remote, folder] => git(&["clone", "--quiet", remote, folder]),
        ["shallow", remote, folder] => git(&["clone", "--quiet", "--depth=1", remote, folder]),
        ["fetch", folder] => {
            let fetched = git(&["-C", folder, "fetch", "--quiet", "origin"]);
            if fetched.ok { git(&["-C", folder, "rev-parse", "refs/remotes/origin/main"]) } else { fetched }
        }
        ["push", folder, name] => {
            std::fs::write(Path::new(folder).join(format!("{name}.txt")), format!("by {name}\n")).unwrap();
            for arguments in [
                ["add", "--all", "."].as_slice(),
                &["commit", "--quiet", "-m", "Add a file"],
                &["tag", "-a", "-m", "Version", &format!("v-{name}")],
            ] {
                let done = git(&[&["-C", folder], arguments].concat());
                assert!(done.ok, "{done:?}");
            }
            git(&["-C", folder, "push", "--quiet", "origin", "main", &format!("v-{name}")])
        }
        _ => panic!("{words:?}"),
    }
}
