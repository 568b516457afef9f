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
    Ok(task.app.look_after(repo, Extent::AsNeeded, &task.cancel, Arc::new(|_| {})).await?)
}
