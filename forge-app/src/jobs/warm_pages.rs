//! Finds what the first page of a repository shows, before somebody asks for it.
//!
//! Running it twice finds the same answers again: they are about commits, which never change.

use forge_core::{FilePath, RepoId};
use forge_git::browse::Budget;
use forge_store::repository;

use super::{JobError, Task};

/// Warms the root directory and the language bar of the default branch.
pub(super) async fn run(task: &Task, repo: RepoId) -> Result<(), JobError> {
    let rows = task.app.store().read().await?;
    let Some(repo) = repository::by_id(&rows, repo).await? else { return Ok(()) };
    let refs = task.app.refs(&repo).await?;
    let Some(tip) = refs.find(repo.default_branch.as_str()).map(|found| found.target) else { return Ok(()) };
    let objects = task.app.objects(&repo).await?;
    let (app, cancel) = (task.app.clone(), task.cancel.clone());
    let warmed = task.blocking(move || {
        let kept = app.kept();
        kept.find_last_commits(&objects, repo.id, &tip, &FilePath::root(), Budget::BACKGROUND, &cancel)?;
        kept.find_languages(&objects, repo.id, &tip, Budget::BACKGROUND, &cancel)
    });
    warmed.await??;
    Ok(())
}
