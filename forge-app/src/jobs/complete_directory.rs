//! Finds the last commit of each entry of a directory, where a page ran out of its budget.
//!
//! Running it twice finds the same answer again: it is about a commit, which never changes.

use std::time::Duration;

use forge_core::{FilePath, ObjectId, RepoId};
use forge_git::browse::Budget;
use forge_store::repository;

use super::{JobError, Task};

/// One directory of the largest repository may take this long, and no longer.
const BUDGET: Budget = Budget { objects: u64::MAX, time: Duration::from_mins(10) };

/// Completes one directory.
pub(super) async fn run(task: &Task, repo: RepoId, commit: &str, path: &str) -> Result<(), JobError> {
    let commit: ObjectId = commit.parse().map_err(|_| JobError::GiveUp("the commit is no id".to_owned()))?;
    let path = hex::decode(path).ok().and_then(|bytes| FilePath::new(bytes).ok());
    let path = path.ok_or_else(|| JobError::GiveUp("the path is no path".to_owned()))?;
    let rows = task.app.store().read().await?;
    let Some(repo) = repository::by_id(&rows, repo).await? else { return Ok(()) };
    let objects = task.app.objects(&repo).await?;
    let (app, cancel) = (task.app.clone(), task.cancel.clone());
    let found = task.blocking(move || {
        // The commit may have gone meanwhile, with its branch.
        if objects.contains(&commit)? {
            app.kept().find_last_commits(&objects, repo.id, &commit, &path, BUDGET, &cancel)?;
        }
        Ok::<_, forge_git::Error>(())
    });
    found.await??;
    Ok(())
}
