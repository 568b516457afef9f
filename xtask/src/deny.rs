//! Licences, bans and sources of every dependency; known vulnerabilities where their database can be had.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Result;

use crate::process;
use crate::report::Report;

/// How long the advisory database may take to arrive before the run goes on without it.
const FETCH_LIMIT: Duration = Duration::from_secs(90);

/// Adds the checks of `deny.toml` to a longer run.
pub(crate) fn steps(report: &mut Report) {
    report.step("licences, bans and sources of dependencies (deny.toml)", || {
        let check = ["deny", "--locked", "--log-level", "error", "check", "licenses", "bans", "sources"];
        process::succeeds(&mut process::cargo(&check))
    });
    match database_arrives() {
        Ok(true) => report.step("known vulnerabilities of dependencies (RustSec)", || {
            let check = ["deny", "--offline", "--locked", "--log-level", "error", "check", "advisories"];
            process::succeeds(&mut process::cargo(&check))
        }),
        Ok(false) => {
            report.leave_out("known vulnerabilities: the RustSec database cannot be fetched from here");
        }
        Err(error) => report.leave_out(&format!("known vulnerabilities: {error:#}")),
    }
}

/// Whether the advisory database could be brought up to date just now.
fn database_arrives() -> Result<bool> {
    let mut fetch = process::cargo(&["deny", "--log-level", "off", "fetch", "db"]);
    fetch.env("GIT_TERMINAL_PROMPT", "0");
    fetch.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(process::ends_within(&mut fetch.spawn()?, FETCH_LIMIT)?.unwrap_or(false))
}
