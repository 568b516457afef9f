//! `forge doctor`.

use crate::command::{answer, console_access};
use crate::config::Config;
use crate::house;

/// Examines everything and prints what it found; fails if anything is wrong. Changes nothing.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let app = house::open_untouched(config).await?;
    answer("well: the settings and the schema of the database");
    let found = app.examine(&console_access(&app)?).await?;
    for line in &found.well {
        answer(&format!("well: {line}"));
    }
    for line in &found.leftovers {
        answer(&format!("harmless: {line}"));
    }
    for line in &found.faults {
        answer(&format!("FAULT: {line}"));
    }
    anyhow::ensure!(
        found.faults.is_empty(),
        "{} faults were found. Keep the data directory as it is, and bring back what is damaged from a backup",
        found.faults.len()
    );
    answer("Nothing is wrong.");
    Ok(())
}
