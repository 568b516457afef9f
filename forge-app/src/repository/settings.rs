//! Changing, moving and deleting repositories.

use forge_core::{MergeMethods, RefName, RepoName, RepoPath};
use forge_store::{Tx, git_ref, repository};
use serde_json::{Value, json};

use crate::access::{Admin, Level, Maintain, OwnerAccess, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::checked_description;
use crate::repository::create::taken;

impl App {
    /// Changes the line that says what a repository is.
    pub async fn describe_repository(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        description: &str,
    ) -> Result<()> {
        let description = checked_description(description)?;
        let tx = self.store().begin().await?;
        repository::set_description(&tx, access.repo().id, &description).await?;
        self.record_change(&tx, access, origin, "repository.describe", json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Makes another branch the default one.
    pub async fn set_default_branch(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        branch: &RefName,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        let exists = git_ref::all(&tx, access.repo().id).await?.iter().any(|stored| &stored.name == branch);
        if branch.as_branch().is_none() || !exists {
            return Err(Error::invalid("default_branch", "Choose a branch that exists."));
        }
        repository::set_default_branch(&tx, access.repo().id, branch).await?;
        repository::bump(&tx, access.repo().id).await?;
        self.record_change(
            &tx,
            access,
            origin,
            "repository.set_default_branch",
            json!({ "branch": branch.short() }),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Says how merge requests may be merged.
    pub async fn set_merge_methods(
        &self,
        access: &RepoAccess<Maintain>,
        origin: &Origin,
        methods: &MergeMethods,
    ) -> Result<()> {
        let repo = access.repo();
        let tx = self.store().begin().await?;
        repository::set_merge_methods(&tx, repo.id, methods).await?;
        let detail = json!({ "from": repo.merge_methods.to_string(), "to": methods.to_string() });
        self.record_change(&tx, access, origin, "repository.set_merge_methods", detail).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps a repository for reading only, or opens it again.
    pub async fn set_archived(
        &self,
        access: &RepoAccess<Admin>,
        origin: &Origin,
        archived: bool,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        repository::set_archived(&tx, access.repo().id, archived).await?;
        let action = if archived { "repository.archive" } else { "repository.unarchive" };
        self.record_change(&tx, access, origin, action, json!({})).await?;
        Ok(tx.commit().await?)
    }

    /// Gives a repository another name. The old address leads to the new one.
    pub async fn rename_repository(
        &self,
        access: &RepoAccess<Admin>,
        origin: &Origin,
        name: &RepoName,
    ) -> Result<RepoPath> {
        let repo = access.repo();
        let tx = self.store().begin().await?;
        let owner = forge_store::owner::by_id(&tx, repo.owner).await?.ok_or(Error::NotFound)?;
        repository::relocate(&tx, repo.id, &owner, name).await.map_err(taken)?;
        let path = RepoPath::new(owner.name, name.clone());
        self.record_change(&tx, access, origin, "repository.rename", json!({ "to": path.to_string() }))
            .await?;
        tx.commit().await?;
        Ok(path)
    }

    /// Gives a repository to another owner, under whom the actor may put repositories.
    pub async fn transfer_repository(
        &self,
        access: &RepoAccess<Admin>,
        to: &OwnerAccess,
        origin: &Origin,
    ) -> Result<RepoPath> {
        let repo = access.repo();
        let tx = self.store().begin().await?;
        self.check_leaving(&tx, access.actor(), repo.owner, to.owner()).await?;
        self.check_ceiling(&tx, to.owner().id, repo.visibility).await.map_err(|error| match error {
            Error::Invalid { message, .. } => Error::invalid("owner", message),
            other => other,
        })?;
        self.check_fork_ceiling(&tx, repo, to.owner().id, repo.visibility).await?;
        repository::relocate(&tx, repo.id, to.owner(), &repo.path.name).await.map_err(taken)?;
        self.narrow_forks(&tx, access.actor(), origin, repo.id).await?;
        let path = RepoPath::new(to.owner().name.clone(), repo.path.name.clone());
        self.record_change(&tx, access, origin, "repository.transfer", json!({ "to": path.to_string() }))
            .await?;
        tx.commit().await?;
        Ok(path)
    }

    /// Deletes a repository for good: its rows first, then its objects.
    pub async fn delete_repository(&self, access: RepoAccess<Admin>, origin: &Origin) -> Result<()> {
        let tx = self.store().begin().await?;
        repository::delete(&tx, access.repo().id).await?;
        self.record_change(&tx, &access, origin, "repository.delete", json!({})).await?;
        tx.commit().await?;
        self.repositories().remove(access.repo().id)?;
        if let Err(error) = self.drop_repository(access.repo().id).await {
            tracing::info!(%error, "packs of a deleted repository stay in the bucket until they are swept");
        }
        Ok(())
    }

    pub(crate) async fn record_change<L: Level>(
        &self,
        tx: &Tx,
        access: &RepoAccess<L>,
        origin: &Origin,
        action: &str,
        detail: Value,
    ) -> Result<()> {
        let name = access.repo().path.to_string();
        record(
            tx,
            self.ambient(),
            access.actor(),
            origin,
            action,
            Subject::new(&access.repo().id, &name),
            detail,
        )
        .await
    }
}
