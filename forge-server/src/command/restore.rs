//! `forge restore`.

use std::path::Path;

use anyhow::Context as _;

use crate::command::answer;
use crate::config::Config;

/// Puts a backup into an empty data directory.
pub async fn run(config: &Config, dir: &Path) -> anyhow::Result<()> {
    let url = config.database_url();
    let Some(database) = url.strip_prefix("sqlite://") else {
        anyhow::bail!(
            "database.url: forge restore fills an SQLite database. Bring PostgreSQL back with pg_restore, then copy \
             the directory repositories into the data directory"
        );
    };
    let database = Path::new(database.split('?').next().unwrap_or(database)).to_owned();
    let (from, data) = (dir.to_owned(), config.data.dir.clone());
    let restored = tokio::task::spawn_blocking(move || forge_app::restore(&from, &data, &database))
        .await
        .context("the restore was cut off")??;
    answer(&format!(
        "{} repositories with {} refs are back as they were at {}. Run forge doctor before you serve them.",
        restored.repositories, restored.refs, restored.made_at
    ));
    Ok(())
}
