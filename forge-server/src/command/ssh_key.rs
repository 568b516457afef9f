//! `forge ssh-key`.

use anyhow::Context as _;
use forge_app::{App, Origin};

use crate::cli::SshKeyAction;
use crate::command::{answer, console_access};

pub(crate) async fn run(app: &App, action: SshKeyAction) -> anyhow::Result<()> {
    let SshKeyAction::Add { user, name, file } = action;
    let line =
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let name = if name.is_empty() && line.split_whitespace().count() < 3 { "key".to_owned() } else { name };
    let key = app.add_ssh_key_for(&console_access(app)?, &Origin::console(), &user, &name, &line).await?;
    answer(&key.fingerprint);
    Ok(())
}
