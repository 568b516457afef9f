//! Renaming an organisation, and moving everything of one to its successor. Links and clones keep working.

use forge_core::{OrgName, Owner, OwnerId};
use forge_store::{owner, repository};
use serde_json::json;

use crate::access::OrgAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};

impl App {
    /// Gives an organisation another name in addresses. The old one leads to it, and is for nobody else.
    pub async fn rename_organisation(
        &self,
        access: &OrgAccess,
        origin: &Origin,
        name: &OrgName,
    ) -> Result<()> {
        let org = access.organisation();
        let tx = self.store().begin().await?;
        owner::rename(&tx, OwnerId::Org(org.id), &name.clone().into()).await.map_err(
            |error| match error {
                forge_store::Error::Conflict(_) => {
                    Error::invalid("name", "Somebody has this name, or had it before. Choose another.")
                }
                other => other.into(),
            },
        )?;
        let subject = Subject::new(&org.id, org.name.as_str());
        let detail = json!({ "to": name.as_str() });
        record(&tx, self.ambient(), access.actor(), origin, "organisation.rename", subject, detail).await?;
        Ok(tx.commit().await?)
    }

    /// Moves every repository of an organisation to its successor, all or none. Their old addresses lead to the new ones; what
    /// teams of the old organisation were granted ends. Says how many there were.
    pub async fn move_to_successor(
        &self,
        from: &OrgAccess,
        to: &OrgAccess,
        origin: &Origin,
    ) -> Result<usize> {
        let (old, new) = (from.organisation(), to.organisation());
        if old.id == new.id {
            return Err(Error::invalid("successor", "Choose another organisation than this."));
        }
        let target = Owner {
            id: OwnerId::Org(new.id),
            name: new.name.clone().into(),
            display_name: new.display_name.clone(),
        };
        let tx = self.store().begin().await?;
        let repos = repository::of_owner(&tx, OwnerId::Org(old.id)).await?;
        for repo in &repos {
            let told = |why: String| Error::invalid("successor", format!("{} cannot move: {why}", repo.path));
            self.check_leaving(&tx, from.actor(), repo.owner, &target)
                .await
                .map_err(|error| told(error.sentence()))?;
            self.check_ceiling(&tx, target.id, repo.visibility)
                .await
                .map_err(|error| told(error.sentence()))?;
            self.check_fork_ceiling(&tx, repo, target.id, repo.visibility)
                .await
                .map_err(|error| told(error.sentence()))?;
            repository::relocate(&tx, repo.id, &target, &repo.path.name).await.map_err(
                |error| match error {
                    forge_store::Error::Conflict(_) => told(format!(
                        "{} has a repository of this name. Rename one of them first.",
                        new.display_name
                    )),
                    other => other.into(),
                },
            )?;
            self.narrow_forks(&tx, from.actor(), origin, repo.id).await?;
            let name = repo.path.to_string();
            let detail = json!({ "to": format!("{}/{}", new.name, repo.path.name), "why": "successor" });
            let subject = Subject::new(&repo.id, &name);
            record(&tx, self.ambient(), from.actor(), origin, "repository.transfer", subject, detail).await?;
        }
        let detail = json!({ "to": new.name.as_str(), "repositories": repos.len() });
        let subject = Subject::new(&old.id, old.name.as_str());
        record(&tx, self.ambient(), from.actor(), origin, "organisation.move", subject, detail).await?;
        tx.commit().await?;
        Ok(repos.len())
    }
}
