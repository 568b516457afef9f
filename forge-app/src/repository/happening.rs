//! What happened lately, in a repository or by a person: pushes, and tickets and merge requests that begin and end.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use forge_core::{Actor, RefUpdate, RepoId, RepoPath, UserId, Username, WorkItem};
use forge_store::work_item::{self, Whose};
use forge_store::{push, repository, user};
use time::OffsetDateTime;

use super::list::viewer;
use crate::access::{Read, RepoAccess, SignedIn};
use crate::app::App;
use crate::error::Result;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// A name for it that stays, as in `push/0192…`.
    pub id: String,
    /// When.
    pub at: OffsetDateTime,
    /// Who did it, as far as that is known.
    pub who: Option<String>,
    /// Where.
    pub repo: RepoPath,
    /// What.
    pub what: Deed,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Moved branches and tags.
    Pushed(Vec<RefUpdate>),
    /// Opened a ticket or a merge request.
    Opened(WorkItem),
    /// Closed or merged one; its state says which.
    Ended(WorkItem),
}

/// A happening whose names are not looked up yet.
type Raw = (String, OffsetDateTime, Option<UserId>, RepoId, Deed);

impl App {
    /// What happened in a repository before a moment, the latest first.
    pub async fn happenings_in(
        &self,
        access: &RepoAccess<Read>,
        before: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Happening>> {
        self.happenings(Whose::Repository(access.repo().id), before, limit).await
    }

    /// What a person did before a moment, the latest first, as far as the reader may see where.
    pub async fn happenings_by(
        &self,
        reader: &SignedIn,
        person: UserId,
        before: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Happening>> {
        let reader = viewer(&Actor::Person(reader.person().clone()), self.ambient().now());
        self.happenings(Whose::Person(person, &reader), before, limit).await
    }

    pub(crate) async fn happenings(
        &self,
        whose: Whose<'_>,
        before: OffsetDateTime,
        limit: usize,
    ) -> Result<Vec<Happening>> {
        let rows = self.store().read().await?;
        let most = u64::try_from(limit).unwrap_or(u64::MAX);
        let mut found: Vec<Raw> = Vec::new();
        for push in push::lately(&rows, whose, before, most).await? {
            let id = format!("push/{}", push.id);
            found.push((id, push.at, push.user, push.repo, Deed::Pushed(push.updates)));
        }
        for item in work_item::opened(&rows, whose, before, most).await? {
            let id = format!("opened/{}", item.id);
            found.push((id, item.created_at, item.author.id, item.repo, Deed::Opened(item)));
        }
        for (item, by) in work_item::ended(&rows, whose, before, most).await? {
            let at = item.closed_at.unwrap_or(item.updated_at);
            // It can be closed more than once.
            let id = format!("ended/{}/{}", item.id, at.unix_timestamp_nanos() / 1_000);
            found.push((id, at, by, item.repo, Deed::Ended(item)));
        }
        found.sort_by_key(|(_, at, ..)| Reverse(*at));
        found.truncate(limit);
        let mut names: HashMap<UserId, Option<Username>> = HashMap::new();
        let mut paths: HashMap<RepoId, Option<RepoPath>> = HashMap::new();
        let mut shown = Vec::with_capacity(found.len());
        for (id, at, who, repo, what) in found {
            if let Some(user) = who
                && let Entry::Vacant(place) = names.entry(user)
            {
                place.insert(user::by_id(&rows, user).await?.map(|user| user.name));
            }
            if let Entry::Vacant(place) = paths.entry(repo) {
                place.insert(repository::by_id(&rows, repo).await?.map(|found| found.path));
            }
            let who = who.and_then(|id| names.get(&id).cloned().flatten()).map(|name| name.to_string());
            let who = who.or_else(|| signed(&what));
            let Some(repo) = paths.get(&repo).cloned().flatten() else { continue };
            shown.push(Happening { id, at, who, repo, what });
        }
        Ok(shown)
    }
}

/// Who stands under it, whether they still have an account or not.
fn signed(what: &Deed) -> Option<String> {
    match what {
        Deed::Opened(item) => Some(item.author.name.clone()),
        Deed::Pushed(_) | Deed::Ended(_) => None,
    }
}
