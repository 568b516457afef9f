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
use crate::git::first_commit;
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
        let creator = access.actor().person().map(|person| person.id);
        let result = async {
            let tx = self.store().begin().await?;
            repository::insert(&tx, &created, creator).await.map_err(taken)?;
            let detail = json!({ "visibility": created.visibility.name() });
            let name = created.path.to_string();
            record(
                &tx,
                self.ambient(),
                access.actor(),
                origin,
                "repository.create",
                Subject::new(&created.id, &name),
                detail,
            )
            .await?;
            tx.commit().await?;
            Ok(())
        }
        .await;
        if let Err(error) = result {
            self.repositories().remove(created.id)?;
            return Err(error);
        }
        if new.start != Start::default() {
            self.push_first_commit(access.actor(), origin, &created, new.start).await?;
        }
        Ok(created)
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

    async fn push_first_commit(
        &self,
        actor: &Actor,
        origin: &Origin,
        repo: &Repository,
        start: Start,
    ) -> Result<()> {
        let holder = self.author_of(actor).await?.name;
        let commit = first_commit(repo, start, &holder, self.ambient().now())?;
        let access = self.authorize(actor, &repo.path).await?;
        self.commit(access, origin, commit).await.map(drop)
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
