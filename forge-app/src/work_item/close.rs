//! Items that commits on the default branch name, and tickets that are closed by one or by the merge of a merge request.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use forge_core::work_item::ItemEvent;
use forge_core::work_item::references::{Reference, references};
use forge_core::{By, ItemId, ItemKind, ItemState, ObjectId, RepoId, RepoPath, UserId};
use forge_git::browse::{Browser, Budget};
use forge_store::{Tx, repository, user, work_item};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::{JobError, Task};
use crate::notification::Told;

/// Commits of one push that are read for closing words.
const MOST_COMMITS: usize = 1_000;
/// Items that the commits of one push name or close, all together: as many rows are written at most.
const MOST_NAMED: usize = 1_000;
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
        let named = texts.iter().flat_map(|text| references(text)).filter(|named| named.closes);
        for named in named.filter(|named| is_of(named, &path)) {
            if self.close_named(tx, repo, by, closed_by, named.number).await? {
                closed.push(named.number);
            }
        }
        Ok(closed)
    }

    /// Closes a ticket, if it is one and open; says whether.
    async fn close_named(
        &self,
        tx: &Tx,
        repo: RepoId,
        by: &By,
        closed_by: ClosedBy,
        number: u64,
    ) -> Result<bool> {
        let found = work_item::by_number(tx, repo, number).await?;
        let is_open =
            |item: &forge_core::WorkItem| item.kind == ItemKind::Ticket && item.state == ItemState::Open;
        let Some(item) = found.filter(is_open) else { return Ok(false) };
        let change = (ItemState::Open, ItemState::Closed);
        work_item::set_state(tx, item.id, change, by.id, self.ambient().now()).await?;
        self.item_event(tx, item.id, by, "close", &closed_by.detail()).await?;
        self.tell(tx, &item, by, Told::Closed, &[]).await?;
        Ok(true)
    }

    /// Notes on an item that a commit names it; once for each commit, and not for the one that merged the item. What is known of
    /// items is read once for each of them.
    async fn note_commit(
        &self,
        tx: &Tx,
        repo: RepoId,
        by: &By,
        known: &mut Noted,
        (commit, number): (ObjectId, u64),
    ) -> Result<()> {
        let known = match known.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(noted_on(tx, repo, number).await?),
        };
        let Some((item, noted)) = known else { return Ok(()) };
        let detail = json!({ "commit": commit.to_string() });
        if noted.insert(detail.to_string()) {
            self.item_event(tx, *item, by, "reference", &detail).await?;
        }
        Ok(())
    }

    async fn close_after_push(
        &self,
        repo: RepoId,
        by: Option<UserId>,
        named: Vec<(ObjectId, Reference)>,
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
        let mut known = Noted::new();
        for (commit, named) in named {
            if named.closes {
                self.close_named(&tx, repo, &by, ClosedBy::Commit(commit), named.number).await?;
            } else {
                self.note_commit(&tx, repo, &by, &mut known, (commit, named.number)).await?;
            }
        }
        tx.commit().await?;
        self.wake_workers();
        Ok(())
    }
}

/// Items by their number, each with what is noted on it already; nothing where there is none.
type Noted = HashMap<u64, Option<(ItemId, HashSet<String>)>>;

async fn noted_on(tx: &Tx, repo: RepoId, number: u64) -> Result<Option<(ItemId, HashSet<String>)>> {
    let Some(item) = work_item::by_number(tx, repo, number).await? else { return Ok(None) };
    let events = work_item::events(tx, item.id).await?;
    Ok(Some((item.id, events.into_iter().filter_map(said_by).collect())))
}

/// The note about a commit that an event makes needless: itself, or that the commit merged the item.
fn said_by(event: ItemEvent) -> Option<String> {
    match event.kind.as_str() {
        "reference" => Some(event.detail),
        "merge" => {
            let merged: Value = serde_json::from_str(&event.detail).ok()?;
            Some(json!({ "commit": merged.get("commit")? }).to_string())
        }
        _ => None,
    }
}

/// Whether a text of a repository means an item of that very repository.
fn is_of(named: &Reference, path: &RepoPath) -> bool {
    named.repo.as_ref().is_none_or(|other| other.to_string() == path.to_string())
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
    let path = repo.path.clone();
    let cancel = task.cancel.clone();
    let read = task.blocking(move || {
        let browser = Browser::open(&objects);
        let known = browser.log(&old, None, 0, MOST_KNOWN, Budget::BACKGROUND, &cancel)?;
        let mut seen: HashSet<ObjectId> = known.commits.iter().map(|commit| commit.id).collect();
        let mut waiting = VecDeque::from([new]);
        let (mut read, mut named) = (0, Vec::new());
        while let Some(id) = waiting.pop_front() {
            if read >= MOST_COMMITS || named.len() >= MOST_NAMED {
                break;
            }
            if !seen.insert(id) {
                continue;
            }
            let commit = browser.commit(&id)?;
            read += 1;
            waiting.extend(commit.parents.iter().copied());
            let found = references(&commit.text).into_iter().filter(|named| is_of(named, &path));
            named.extend(found.map(|named| (id, named)));
        }
        named.truncate(MOST_NAMED);
        Ok::<_, forge_git::Error>(named)
    });
    let named = read.await??;
    if named.is_empty() {
        return Ok(());
    }
    Ok(task.app.close_after_push(repo.id, by, named).await?)
}
