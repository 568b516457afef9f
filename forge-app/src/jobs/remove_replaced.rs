//! Deletes the files of packs that were replaced long enough ago.
//!
//! Running it twice deletes nothing more.

use forge_core::RepoId;

use super::{JobError, Task};

/// Deletes what no transfer of one repository can need any more.
pub(super) async fn run(task: &Task, repo: RepoId) -> Result<(), JobError> {
    let linger = task.app.linger();
    let deleted = task.app.remove_replaced(repo, linger, &task.cancel).await?;
    if deleted > 0 {
        tracing::info!(%repo, packs = deleted, "deleted packs that others had replaced");
    }
    Ok(())
}
