//! What each command does.

mod audit;
pub mod backup;
pub mod config;
pub mod doctor;
pub mod git;
mod org;
pub mod repo;
pub mod restore;
mod ssh_key;
mod token;
mod user;

use forge_app::{App, SiteAccess};
use forge_core::Actor;

use crate::cli::{Command, ConfigAction};
use crate::config::Config;
use crate::{house, serve};

/// Runs a command to its end.
pub async fn run(command: Option<Command>, config: Config) -> anyhow::Result<()> {
    match command {
        None => serve::run(config, false).await,
        Some(Command::Serve(how)) => serve::run(config, how.demo).await,
        Some(Command::Config { action: ConfigAction::Check }) => config::check(&config),
        Some(Command::Config { action: ConfigAction::Example }) => config::print_example(),
        Some(Command::User { action }) => user::run(&house::open(&config).await?, action).await,
        Some(Command::Token { action }) => token::run(&house::open(&config).await?, action).await,
        Some(Command::SshKey { action }) => ssh_key::run(&house::open(&config).await?, action).await,
        Some(Command::Org { action }) => org::run(&house::open(&config).await?, action).await,
        Some(Command::Repo { action }) => repo::run(&house::open(&config).await?, action).await,
        Some(Command::Backup { dir }) => backup::run(&config, &dir).await,
        Some(Command::Restore { dir }) => restore::run(&config, &dir).await,
        Some(Command::Audit { action }) => audit::run(&config, action).await,
        Some(Command::Doctor) => doctor::run(&config).await,
        Some(Command::Git(_)) => anyhow::bail!("forge git runs without the house"),
    }
}

/// Who acts on the server's own command line. Whoever may run it may do everything anyway.
pub(crate) const CONSOLE: Actor = Actor::System { reason: "console" };

pub(crate) fn console_access(app: &App) -> anyhow::Result<SiteAccess> {
    Ok(app.authorize_site(&CONSOLE)?)
}

/// Prints a line of a command's answer.
#[expect(
    clippy::print_stdout,
    reason = "the answer of a command goes to standard output, logs go to standard error"
)]
pub(crate) fn answer(line: &str) {
    println!("{line}");
}
