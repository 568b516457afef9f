//! Where the change of a merge request comes from: what somebody may do there, and why nothing new comes from it.

use forge_core::merge_request::MergeRequest;
use forge_core::{AccountState, Permission, RepoPath};
use forge_store::{Rows, git_ref, repository, user};

use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::error::{Error, Result};

/// Where a change comes from, as one person may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSeen {
    /// The repository that it goes to.
    Here,
    /// A fork.
    Fork {
        /// Its address now.
        path: RepoPath,
        /// Whether the person may push there.
        can_push: bool,
    },
    /// A fork that the person cannot see.
    Hidden,
    /// A fork that was deleted.
    Gone,
}

/// Why no new versions come of a merge request that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// The fork was deleted.
    ForkGone,
    /// Nobody pushes to the fork any more.
    ForkArchived,
    /// The branch was deleted.
    BranchGone,
    /// The account of its author is switched off, or gone.
    AuthorOff,
    /// What its author pushes to the fork does not come here, because they may no longer see the target.
    AuthorOutside,
}

impl App {
    /// Where a merge request comes from: a fork that somebody cannot see has no name for them.
    pub(super) async fn source_seen(
        &self,
        access: &RepoAccess<Read>,
        request: &MergeRequest,
    ) -> Result<SourceSeen> {
        let Some(source) = request.source.repo else { return Ok(SourceSeen::Gone) };
        if source == request.item.repo {
            return Ok(SourceSeen::Here);
        }
        match self.authorize_by_id::<Read>(access.actor(), source).await {
            Ok(found) => Ok(SourceSeen::Fork {
                path: found.repo().path.clone(),
                can_push: found.permission() >= Permission::Write && !found.repo().archived,
            }),
            Err(Error::NotFound | Error::Unauthenticated) => Ok(SourceSeen::Hidden),
            Err(error) => Err(error),
        }
    }

    /// Proves that somebody may push to the branch that a merge request comes from, wherever that is.
    pub(super) async fn source_access(
        &self,
        access: &RepoAccess<Read>,
        request: &MergeRequest,
    ) -> Result<RepoAccess<Write>> {
        let (actor, target) = (access.actor(), access.repo());
        if target.archived {
            return Err(Error::Forbidden("The repository is archived: it can only be read.".to_owned()));
        }
        let refused = |text: &str| Err(Error::Conflict(text.to_owned()));
        let Some(source) = request.source.repo else {
            return refused(
                "The fork that it comes from was deleted, so nothing can be added to its branch.",
            );
        };
        if source == request.item.repo {
            return self.authorize(actor, &target.path).await;
        }
        match self.authorize_by_id::<Write>(actor, source).await {
            Ok(found) if found.repo().archived => {
                refused("The fork that it comes from is archived, so nothing can be added to its branch.")
            }
            Ok(found) => Ok(found),
            Err(Error::NotFound | Error::Unauthenticated | Error::Forbidden(_)) => refused(
                "Its branch is in a fork to which you may not push. Ask its author to do this, or push the change to \
                 a branch of your own.",
            ),
            Err(error) => Err(error),
        }
    }

    /// Why no new versions come, if there is a reason.
    pub(super) async fn stopped(&self, rows: &impl Rows, request: &MergeRequest) -> Result<Option<Stopped>> {
        if !request.is_open() {
            return Ok(None);
        }
        let source = match request.source.repo {
            Some(source) => repository::by_id(rows, source).await?,
            None => None,
        };
        let Some(source) = source else { return Ok(Some(Stopped::ForkGone)) };
        let is_fork = source.id != request.item.repo;
        if is_fork && source.archived {
            return Ok(Some(Stopped::ForkArchived));
        }
        if git_ref::by_name(rows, source.id, &request.source.branch).await?.is_none() {
            return Ok(Some(Stopped::BranchGone));
        }
        let author = match request.item.author.id {
            Some(author) => user::by_id(rows, author).await?,
            None => None,
        };
        let Some(author) = author.filter(|author| author.state == AccountState::Active) else {
            return Ok(Some(Stopped::AuthorOff));
        };
        let is_outside = is_fork && !self.may_read(rows, request.item.repo, author.id).await?;
        Ok(is_outside.then_some(Stopped::AuthorOutside))
    }
}
