//! `forge git upload-pack|receive-pack`: the engine on a plain directory, for git's own tests.

use std::process::ExitCode;

use crate::cli::Git;

/// Runs the engine over standard input and output.
pub fn run(git: &Git) -> ExitCode {
    let Some((program, arguments)) = git.arguments.split_first() else { return ExitCode::FAILURE };
    let environment = forge_git::plain::Environment::from_process();
    match program.to_str() {
        Some("upload-pack") => forge_git::plain::upload_pack(arguments, &environment),
        Some("receive-pack") => forge_git::plain::receive_pack(arguments, &environment),
        _ => {
            eprintln!("forge git: upload-pack or receive-pack");
            ExitCode::from(129)
        }
    }
}
