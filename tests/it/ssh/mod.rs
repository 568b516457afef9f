//! Git over SSH, asked by the real `ssh` and `git`.

use std::process::{Command, Stdio};

use forge_tests::{Forge, Person};

mod commands;
mod connections;
mod journey;
pub(crate) mod keys;
mod signing_in;

/// What `ssh` answered.
struct Answer {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs `ssh` without settings of the machine, as the user `git` and with one key, and with one command or none.
fn ssh(forge: &Forge, person: &Person, options: &[&str], command: Option<&str>) -> Answer {
    let key = person.key.display().to_string();
    let mut all = vec!["-l", "git", "-i", key.as_str()];
    all.extend_from_slice(options);
    bare_ssh(forge, &all, command)
}

/// Runs `ssh` with nothing but these options.
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "these tests are about the real client")]
fn bare_ssh(forge: &Forge, options: &[&str], command: Option<&str>) -> Answer {
    let address = forge.ssh_address();
    let output = Command::new("ssh")
        .env_clear()
        .env("PATH", env!("PATH"))
        .args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"])
        .args([
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
        ])
        .args(["-p", &address.port().to_string()])
        .args(options)
        .arg(address.ip().to_string())
        .args(command)
        .stdin(Stdio::null())
        .output()
        .expect("ssh starts");
    Answer {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
