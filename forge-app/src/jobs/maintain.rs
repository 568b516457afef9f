//! Puts the packs of a repository in order, if they need it.
//!
//! Running it twice finds a repository in order. Running it in two processes at once does it once: the second swap finds
//! that the old packs are gone, and changes nothing.

use std::sync::Arc;

use forge_core::RepoId;

use super::{JobError, Task};
use crate::maintain::Extent;

/// Looks after one repository.
pub(super) async fn run(task: &Task, repo: RepoId) -> Result<(), JobError> {
    task.app.look_after(repo, Extent::AsNeeded, &task.cancel, Arc::new(|_| {})).await?;
    // Where people push all the time, more packs may wait to be deleted than a store can hold open.
    task.app.remove_replaced(repo, task.app.linger(), &task.cancel).await?;
    Ok(())
}
