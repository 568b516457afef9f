//! `forge restore`.

use std::path::Path;

use anyhow::Context as _;
use forge_app::Destination;
use forge_store::Store;

use crate::command::answer;
use crate::config::Config;
use crate::house::{SCHEMA, packs};

/// Puts a backup into an empty data directory and an empty database.
pub async fn run(config: &Config, dir: &Path) -> anyhow::Result<()> {
    let rows = destination(config).await?;
    let restored = forge_app::restore(dir, &config.data.dir, rows, &packs(config)?, SCHEMA).await?;
    answer(&format!(
        "{} repositories with {} refs are back as they were at {}. Run forge doctor before you serve them.",
        restored.repositories, restored.refs, restored.made_at
    ));
    Ok(())
}

/// A file that the backup's own replaces, or a server whose database gets its tables now.
async fn destination(config: &Config) -> anyhow::Result<Destination> {
    let url = config.database_url();
    if let Some(file) = url.strip_prefix("sqlite://") {
        return Ok(Destination::File(Path::new(file.split('?').next().unwrap_or(file)).to_owned()));
    }
    let store = Store::connect(&config.database_options())
        .await
        .context("database.url: the database does not answer")?;
    migrations::apply(store.connection_for_migrations())
        .await
        .context("the database schema cannot be brought up to date")?;
    Ok(Destination::Server(store))
}
