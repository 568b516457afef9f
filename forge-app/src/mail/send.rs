//! Sends a mail that waits in its job.
//!
//! Running it twice sends it twice; into a folder, the same file is written again.

use super::{Letter, place, transport};
use crate::jobs::{JobError, Task};

/// Sends one.
pub(crate) async fn run(task: &Task, id: &str, sealed: &str) -> Result<(), JobError> {
    let app = &task.app;
    let sealed =
        hex::decode(sealed).map_err(|_| JobError::GiveUp("the row holds no sealed mail".to_owned()))?;
    let opened = app.server_key().open(app.ambient(), &place(id), &sealed).await?;
    let lost = || JobError::GiveUp("the mail was sealed with another key (data.secret_key)".to_owned());
    let opened = opened.ok_or_else(lost)?;
    let letter: Letter =
        serde_json::from_slice(opened.expose()).map_err(|error| JobError::GiveUp(error.to_string()))?;
    let options = &app.sign_in_options().mail;
    let message = transport::message(&options.from, &letter).map_err(JobError::GiveUp)?;
    transport::deliver(&options.transport, id, message).await.map_err(JobError::Retry)
}
