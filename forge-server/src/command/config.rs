//! `forge config`.

use crate::command::answer;
use crate::config::{Config, example};

/// Says that the settings do; they were read and checked before.
pub fn check(config: &Config) -> anyhow::Result<()> {
    answer(&format!(
        "The settings are fine. Forge would serve {} from {}.",
        config.public_url(),
        config.data.dir.display()
    ));
    Ok(())
}

/// Prints an example settings file.
pub fn print_example() -> anyhow::Result<()> {
    answer(example().trim_end());
    Ok(())
}
