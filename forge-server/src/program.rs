//! The program itself, from its command line to its exit status.

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, ConfigAction};
use crate::{command, config, start_logs};

/// Does what the command line says.
pub fn main() -> ExitCode {
    // One crypto provider in the whole program; the first use of TLS without it would panic.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    if let Some(Command::Git(git)) = &cli.command {
        return command::git::run(git);
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("forge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    if let Some(Command::Config { action: ConfigAction::Example }) = &cli.command {
        return command::config::print_example();
    }
    let mut config = config::load(cli.config.as_deref(), std::env::vars())?;
    if let Some(dir) = cli.data {
        config.data.dir = dir;
    }
    start_logs(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command::run(cli.command, config))
}
