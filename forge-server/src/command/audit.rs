//! `forge audit`.

use crate::cli::AuditAction;
use crate::command::{answer, console_access};
use crate::config::Config;
use crate::house;

pub(crate) async fn run(config: &Config, action: AuditAction) -> anyhow::Result<()> {
    let AuditAction::Verify = action;
    let app = house::open_untouched(config).await?;
    let found = app.verify_audit(&console_access(&app)?).await?;
    if let Some(at) = found.broken_at {
        anyhow::bail!(
            "entry {at} does not follow from the one before it: the log was changed. Compare it with a copy elsewhere"
        );
    }
    answer(&format!("The audit log hangs together: {} entries.", found.checked));
    Ok(())
}
