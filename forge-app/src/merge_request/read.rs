//! Reading merge requests for pages.

use forge_core::merge_request::review::{Approval, Review};
use forge_core::merge_request::{MergeRequest, Version};
use forge_core::{Actor, Person, RepoPath, User, UserId};
use forge_store::merge_request::{self, CommitStatus, Turn};
use forge_store::{repository, user};

use super::source::{SourceSeen, Stopped};
use crate::access::{MeAccess, Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};
use crate::work_item::{ItemAddress, ItemShown};

/// Everything about one merge request but its code, as one person may see it.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The merge request.
    pub request: MergeRequest,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
    /// The newest of them.
    pub version: Version,
    /// What it has in common with tickets: people, labels, threads, and what happened.
    pub item: ItemShown,
    /// The submitted reviews.
    pub reviews: Vec<Review>,
    /// This person's review that is not submitted yet.
    pub pending: Option<Review>,
    /// Every approval that there was.
    pub approvals: Vec<Approval>,
    /// Who was asked to review.
    pub reviewers: Vec<User>,
    /// Whose turn it is.
    pub turns: Vec<(User, Turn)>,
    /// What others say of the newest head.
    pub statuses: Vec<CommitStatus>,
    /// Where it comes from, as this person may know it.
    pub source: SourceSeen,
    /// Why no new versions come, if there is a reason.
    pub stopped: Option<Stopped>,
    /// Who asked for it to merge by itself.
    pub armed_by: Option<User>,
}

impl Conversation {
    /// Whether the person may add commits to the branch that it comes from, wherever that is.
    pub fn may_change_source(&self, access: &RepoAccess<Read>) -> bool {
        !access.repo().archived
            && match self.source {
                SourceSeen::Here => self.item.rights.write,
                SourceSeen::Fork { can_push, .. } => can_push,
                SourceSeen::Hidden | SourceSeen::Gone => false,
            }
    }

    /// One version.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The version that somebody reviewed last, if it is not the newest.
    pub fn last_reviewed_by(&self, user: UserId) -> Option<u32> {
        let last = self.reviews.iter().rev().find(|review| review.author.id == Some(user))?;
        (last.version < self.version.number).then_some(last.version)
    }
}

/// A merge request that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Where it is.
    pub repo: RepoPath,
    /// Which.
    pub request: MergeRequest,
    /// Who put them there, why and since when.
    pub turn: Turn,
}

impl App {
    /// One merge request with everything that was said of it.
    pub async fn merge_request(&self, access: &RepoAccess<Read>, number: u64) -> Result<Conversation> {
        let rows = self.store().read().await?;
        let viewer = access.actor().person().map(|person| person.id);
        let request =
            merge_request::by_number(&rows, access.repo().id, number).await?.ok_or(Error::NotFound)?;
        let item = request.item.id;
        let versions = merge_request::versions(&rows, item).await?;
        let version = versions
            .iter()
            .find(|version| version.number == request.version)
            .cloned()
            .ok_or_else(|| Error::internal("a merge request without its version"))?;
        Ok(Conversation {
            item: self.item_shown(access, ItemAddress::merge_request(number)).await?,
            reviews: merge_request::reviews(&rows, item).await?,
            pending: match viewer {
                Some(viewer) => merge_request::pending_review(&rows, item, viewer).await?,
                None => None,
            },
            approvals: merge_request::approvals(&rows, item).await?,
            reviewers: merge_request::reviewers(&rows, item).await?,
            turns: merge_request::turns(&rows, item).await?,
            statuses: merge_request::statuses(&rows, request.item.repo, &version.head).await?,
            source: self.source_seen(access, &request).await?,
            stopped: self.stopped(&rows, &request).await?,
            armed_by: match &request.auto_merge {
                Some(auto) => user::by_id(&rows, auto.by).await?,
                None => None,
            },
            versions,
            version,
            request,
        })
    }

    /// What waits for somebody, the longest first, as far as they may still see it.
    pub async fn waiting_for(&self, me: &MeAccess) -> Result<Vec<Awaited>> {
        self.turns_of(me.person()).await
    }

    /// The same for whoever reads.
    pub(crate) async fn turns_of(&self, person: &Person) -> Result<Vec<Awaited>> {
        const LISTED: u64 = 50;
        let rows = self.store().read().await?;
        let mut found = Vec::new();
        for turn in merge_request::all_turns_of(&rows, person.id, LISTED).await? {
            let Some(request) = merge_request::by_id(&rows, turn.item).await? else { continue };
            let Some(repo) = repository::by_id(&rows, request.item.repo).await? else { continue };
            let actor = Actor::Person(person.clone());
            if self.authorize_by_id::<Read>(&actor, repo.id).await.is_ok() {
                found.push(Awaited { repo: repo.path, request, turn });
            }
        }
        Ok(found)
    }
}
