//! Items that commits on the default branch name, and tickets that are closed by one or by the merge of a merge request.

use std::collections::{HashSet, VecDeque};

use forge_core::work_item::ItemEvent;
use forge_core::work_item::references::references;
use forge_core::{By, ItemKind, ItemState, ObjectId, RepoId, UserId};
use forge_git::browse::{Browser, Budget};
use forge_store::{Tx, repository, user, work_item};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::{JobError, Task};
use crate::notification::Told;

/// Commits of one push that are read for closing words.
const MOST_COMMITS: usize = 1_000;
/// Commits before the push that are known not to be part of it.
const MOST_KNOWN: usize = 10_000;

/// What closes a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClosedBy {
    /// A commit that reached the default branch.
    Commit(ObjectId),
    /// A merge request that was merged, by its number.
    MergeRequest(u64),
}

impl ClosedBy {
    fn detail(self) -> Value {
        match self {
            Self::Commit(id) => json!({ "commit": id.to_string() }),
            Self::MergeRequest(number) => json!({ "merge_request": number }),
        }
    }
}

impl App {
    /// Closes the open tickets of a repository that texts say they close, and says which. The caller has locked the
    /// repository, and whoever acts may push to it.
    pub(crate) async fn close_referenced(
        &self,
        tx: &Tx,
        repo: RepoId,
        by: &By,
        closed_by: ClosedBy,
        texts: &[&str],
    ) -> Result<Vec<u64>> {
        let mut closed = Vec::new();
        let path = repository::by_id(tx, repo).await?.ok_or(Error::NotFound)?.path;
        for named in texts.iter().flat_map(|text| references(text)).filter(|named| named.closes) {
            if named.repo.as_ref().is_some_and(|other| other.to_string() != path.to_string()) {
                continue;
            }
            let found = work_item::by_number(tx, repo, named.number).await?;
            let is_open =
                |item: &forge_core::WorkItem| item.kind == ItemKind::Ticket && item.state == ItemState::Open;
            let Some(item) = found.filter(is_open) else { continue };
            let change = (ItemState::Open, ItemState::Closed);
            work_item::set_state(tx, item.id, change, by.id, self.ambient().now()).await?;
            self.item_event(tx, item.id, by, "close", &closed_by.detail()).await?;
            self.tell(tx, &item, by, Told::Closed, &[]).await?;
            closed.push(item.number);
        }
        Ok(closed)
    }

    /// Notes on the items of a repository that a commit there names them; once for each commit, and not for the one that
    /// merged the item.
    async fn note_commit(
        &self,
        tx: &Tx,
        repo: RepoId,
        by: &By,
        commit: ObjectId,
        message: &str,
    ) -> Result<()> {
        let path = repository::by_id(tx, repo).await?.ok_or(Error::NotFound)?.path;
        for named in references(message).iter().filter(|named| !named.closes) {
            if named.repo.as_ref().is_some_and(|other| other.to_string() != path.to_string()) {
                continue;
            }
            let Some(item) = work_item::by_number(tx, repo, named.number).await? else { continue };
            let detail = json!({ "commit": commit.to_string() });
            let text = detail.to_string();
            let events = work_item::events(tx, item.id).await?;
            let is_said = |event: &ItemEvent| match event.kind.as_str() {
                "reference" => event.detail == text,
                // The commit that merged it is named there.
                "merge" => serde_json::from_str::<Value>(&event.detail)
                    .is_ok_and(|merged| merged.get("commit") == detail.get("commit")),
                _ => false,
            };
            if !events.iter().any(is_said) {
                self.item_event(tx, item.id, by, "reference", &detail).await?;
            }
        }
        Ok(())
    }

    async fn close_after_push(
        &self,
        repo: RepoId,
        by: Option<UserId>,
        messages: Vec<(ObjectId, String)>,
    ) -> Result<()> {
        let tx = self.store().begin().await?;
        repository::lock(&tx, repo).await?;
        let person = match by {
            Some(id) => user::by_id(&tx, id).await?,
            None => None,
        };
        let by = By {
            id: person.as_ref().map(|person| person.id),
            name: person.map_or_else(|| "somebody".to_owned(), |person| person.name.to_string()),
        };
        for (commit, message) in &messages {
            self.note_commit(&tx, repo, &by, *commit, message).await?;
            let closed_by = ClosedBy::Commit(*commit);
            self.close_referenced(&tx, repo, &by, closed_by, &[message.as_str()]).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }
}

/// Reads the messages of the commits that a push brought to the default branch. Running it twice notes and closes nothing
/// twice: what is closed stays as it is, unless somebody opened it again in between.
pub(crate) async fn run(
    task: &Task,
    id: RepoId,
    by: Option<UserId>,
    old: &str,
    new: &str,
) -> Result<(), JobError> {
    let parsed = (old.parse::<ObjectId>(), new.parse::<ObjectId>());
    let (Ok(old), Ok(new)) = parsed else {
        return Err(JobError::GiveUp("the row holds no commits".to_owned()));
    };
    let repo = {
        let rows = task.app.store().read().await?;
        repository::by_id(&rows, id).await?
    };
    let Some(repo) = repo.filter(|repo| !repo.archived) else { return Ok(()) };
    let objects = task.app.objects(&repo).await?;
    let cancel = task.cancel.clone();
    let read = task.blocking(move || {
        let browser = Browser::open(&objects);
        let known = browser.log(&old, None, 0, MOST_KNOWN, Budget::BACKGROUND, &cancel)?;
        let mut seen: HashSet<ObjectId> = known.commits.iter().map(|commit| commit.id).collect();
        let mut waiting = VecDeque::from([new]);
        let mut messages = Vec::new();
        while let Some(id) = waiting.pop_front() {
            if messages.len() >= MOST_COMMITS || !seen.insert(id) {
                continue;
            }
            let commit = browser.commit(&id)?;
            waiting.extend(commit.parents.iter().copied());
            messages.push((id, commit.text));
        }
        Ok::<_, forge_git::Error>(messages)
    });
    let mut messages = read.await??;
    messages.retain(|(_, message)| !references(message).is_empty());
    if messages.is_empty() {
        return Ok(());
    }
    Ok(task.app.close_after_push(repo.id, by, messages).await?)
}
