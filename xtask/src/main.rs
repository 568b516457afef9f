//! What people run by hand: `cargo xtask test` and its smaller sisters.
//!
//! Each subcommand is a list of steps. A step says what it is about to do, does it, and says how long it took; one
//! that fails does not stop the next, so that a single run tells everything there is to mend.

mod bench;
mod check;
mod clients;
mod count;
mod crash;
mod deny;
mod postgres;
mod process;
mod report;
mod suite;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Checks and chores of the Forge workspace")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Formatting and lints only: what to run before a commit.
    Check,
    /// Everything: tools, formatting, lints, licences, tests on SQLite and PostgreSQL, doctests.
    Test,
    /// The same work against Forge and against stock git, as ratios; needs nginx and fcgiwrap.
    Bench(bench::Options),
    /// Kills servers in the middle of work and cuts their power, and looks at what is left.
    Crash(crash::Options),
    /// Finds or installs what the tests need, and stops there.
    Tools,
    /// Brings the vendored front-end files anew; needs npm.
    Vendor,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Check => Ok(check::run()),
        Task::Test => suite::run(),
        Task::Bench(options) => bench::run(&options),
        Task::Crash(options) => crash::run(&options),
        Task::Tools => tools::ready().and_then(|_| clients::Clients::ready()).map(|_| true),
        Task::Vendor => process::succeeds(process::program("sh").arg("forge-web/assets/vendor.sh")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report::note(&format!("stopped: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
