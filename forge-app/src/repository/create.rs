//! Making repositories.

use forge_core::repository::Visibility;
use forge_core::{
    Actor, EffectivePolicy, MergeMethods, ObjectFormat, OwnerId, RefName, RepoName, RepoPath, Repository,
};
use forge_store::{Rows, organisation, repository};
use serde_json::json;

use crate::access::OwnerAccess;
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::organisation::checked_description;

/// What a new repository is made of.
#[derive(Debug, Clone)]
pub struct NewRepository {
    /// Its name.
    pub name: RepoName,
    /// What it is, in a line.
    pub description: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What names its objects.
    pub format: ObjectFormat,
    /// What is in it from the start.
    pub start: Start,
}

/// What a new repository has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Start {
    /// A README that says what it is called.
    pub readme: bool,
    /// The MIT licence.
    pub licence: bool,
}

impl App {
    /// Makes a repository, with a first commit if a start is asked for.
    ///
    /// The directory comes first: a row without a directory never exists, and a directory without a row is swept.
    pub async fn create_repository(
        &self,
        access: &OwnerAccess,
        origin: &Origin,
        new: &NewRepository,
    ) -> Result<Repository> {
        let owner = access.owner();
        let created = Repository {
            id: self.ambient().id(),
            owner: owner.id,
            path: RepoPath::new(owner.name.clone(), new.name.clone()),
            description: checked_description(&new.description)?,
            visibility: new.visibility,
            format: new.format,
            default_branch: RefName::branch("main").map_err(Error::internal)?,
            generation: 0,
            archived: false,
            merge_methods: MergeMethods::default(),
            forked_from: None,
            created_at: self.ambient().now(),
            pushed_at: None,
        };
        self.check_new(&self.store().read().await?, access, created.visibility).await?;
        self.repositories().create(created.id, created.format)?;
        if let Err(error) = self.fill_new(access.actor(), origin, &created, new.start).await {
            self.repositories().remove(created.id)?;
            self.drop_repository(created.id).await?;
            return Err(error);
        }
        self.wake_workers();
        Ok(created)
    }

    /// Gives a repository its row, and its first commit if there is to be one.
    async fn fill_new(&self, actor: &Actor, origin: &Origin, repo: &Repository, start: Start) -> Result<()> {
        let begun =
            if start == Start::default() { None } else { Some(self.begin(actor, repo, start).await?) };
        let tx = self.store().begin().await?;
        let creator = actor.person().map(|person| person.id);
        repository::insert(&tx, repo, creator).await.map_err(taken)?;
        let detail = json!({ "visibility": repo.visibility.name() });
        let name = repo.path.to_string();
        let subject = Subject::new(&repo.id, &name);
        record(&tx, self.ambient(), actor, origin, "repository.create", subject, detail).await?;
        if let Some(begun) = &begun {
            self.add_begun(&tx, actor, origin, repo, begun).await?;
        }
        tx.commit().await?;
        if begun.is_some() {
            self.packs_came(repo.id).await;
        }
        Ok(())
    }

    /// Refuses to make a repository that policies of its owner do not allow.
    pub(super) async fn check_new(
        &self,
        rows: &impl Rows,
        access: &OwnerAccess,
        visibility: Visibility,
    ) -> Result<()> {
        let policy = self.check_ceiling(rows, access.owner().id, visibility).await?;
        if policy.widening_needs_second.value && visibility > Visibility::Private {
            return Err(Error::invalid(
                "visibility",
                "A second person must agree before more people see it. Make it private first, and then ask.",
            ));
        }
        self.check_maker(rows, access, &policy).await
    }

    /// Refuses to make a repository in an organisation whose policies let only those above make them.
    async fn check_maker(
        &self,
        rows: &impl Rows,
        access: &OwnerAccess,
        policy: &EffectivePolicy,
    ) -> Result<()> {
        let (OwnerId::Org(org), Some(person)) = (access.owner().id, access.actor().person()) else {
            return Ok(());
        };
        let role = organisation::role(rows, org, person.id).await?;
        if access.actor().is_site_admin() || role >= Some(policy.repository_makers.value) {
            return Ok(());
        }
        Err(Error::invalid(
            "owner",
            format!(
                "In {} it takes a {} to make a repository. Ask one of its owners.",
                access.owner().display_name,
                policy.repository_makers.value
            ),
        ))
    }
}

/// Says that a name is in use, where the database found out.
pub(crate) fn taken(error: forge_store::Error) -> Error {
    match error {
        forge_store::Error::Conflict(_) => {
            Error::invalid("name", "There is a repository of this name already. Choose another.")
        }
        other => other.into(),
    }
}
