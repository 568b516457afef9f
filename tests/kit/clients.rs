//! Git clients of other people, where `cargo xtask tools` has put them.

use std::path::{Path, PathBuf};

use crate::forge::Person;
use crate::git::{Output, hermetic_program, run};

/// The folder with the clients: `python/` is a virtual environment, `node_modules/` what npm installed.
pub fn client_folder() -> PathBuf {
    let said = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let folder = said("FORGE_TEST_CLIENTS")
        .unwrap_or_else(|| said("HOME").expect("a home directory").join(".cache/forge-test-clients"));
    assert!(folder.is_dir(), "{} is not there: run `cargo xtask tools` first", folder.display());
    folder
}

/// Runs a client in a person's home, with nobody's settings but ours.
pub fn client(person: &Person, program: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = hermetic_program(program, person.home(), &person.key);
    run(command.envs(environment.iter().copied()).args(arguments))
}

/// What a program says about its version.
pub fn version_of(program: &Path) -> String {
    let output = run(crate::git::program(program).arg("--version"));
    assert!(output.ok, "{output:?}");
    output.stdout.trim().to_owned()
}

/// What whoever runs the tests says in the environment.
pub fn asked_text(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

/// A number that whoever runs the tests asks for in the environment.
pub fn asked(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}
