//! The binary `forge`.

use std::process::ExitCode;

use clap::Parser;
use forge_server::cli::{Cli, Command};
use forge_server::{command, config, start_logs};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
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
    if let Some(Command::Config { action: forge_server::cli::ConfigAction::Example }) = &cli.command {
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
