//! The very program `forge`, built beside the tests that start it as a process and kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    forge_server::main()
}
