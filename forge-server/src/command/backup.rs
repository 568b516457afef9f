//! `forge backup`.

use std::path::Path;

use crate::command::{answer, console_access};
use crate::config::Config;
use crate::house;

/// Backs everything up while the server may run; fails if a pack was damaged, and says which.
pub async fn run(config: &Config, dir: &Path) -> anyhow::Result<()> {
    let app = house::open_untouched(config).await?;
    let key = config.host_key();
    let keys = [key.with_extension("pub"), key];
    let done = app.back_up(&console_access(&app)?, &keys, dir, house::SCHEMA).await?;
    answer(&format!(
        "{} holds {} repositories in {} files. Keep it as private as the forge itself.",
        dir.display(),
        done.repositories,
        done.files
    ));
    for line in &done.damaged {
        answer(&format!("FAULT: {line}"));
    }
    anyhow::ensure!(
        done.damaged.is_empty(),
        "{} packs are damaged on the disk and were backed up as they are. Keep your older backups and run forge doctor",
        done.damaged.len()
    );
    Ok(())
}
