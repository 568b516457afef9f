//! Opening a merge request.

use forge_core::merge_request::{Source, Version, VersionReason, draft_mark};
use forge_core::notification::Reason;
use forge_core::work_item::{checked_body, checked_title};
use forge_core::{ItemKind, ItemState, MergeRequest, ObjectId, RefName, UserId, Username, WorkItem};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget};
use forge_store::merge_request::{self, End, Turn};
use forge_store::{Tx, git_ref, repository, user, work_item};
use serde_json::json;

use super::ahead::{patch_id, tip};
use super::versions::kept_heads;
use super::{by, person};
use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::notification::Told;

/// Commits whose messages a new merge request is filled in from.
const READ: usize = 20;

/// What a new merge request is made of.
#[derive(Debug, Clone)]
pub struct NewMergeRequest {
    /// The branch that the change is on.
    pub source: RefName,
    /// The branch that it goes to.
    pub target: RefName,
    /// A line about it. A mark such as `Draft:` makes it a draft.
    pub title: String,
    /// More about it, in Markdown.
    pub body: String,
    /// Whether it is not ready.
    pub is_draft: bool,
    /// Who is asked to review it.
    pub reviewers: Vec<Username>,
}

/// What would be in a merge request, for the form that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What the two branches have in common.
    pub base: ObjectId,
    /// What the source branch points at.
    pub head: ObjectId,
    /// How many commits there are.
    pub commits: usize,
    /// A title made of what the commits say.
    pub title: String,
    /// A description made of what they say.
    pub body: String,
    /// The number of the open merge request of these two branches, if there is one.
    pub existing: Option<u64>,
}

/// What git says of two branches.
struct Surveyed {
    base: ObjectId,
    head: ObjectId,
    target_head: ObjectId,
    patch_id: Option<ObjectId>,
    messages: Vec<String>,
    commits: usize,
}

impl App {
    /// What a merge request of two branches would have in it. `Invalid` says why there would be nothing.
    pub async fn opening(
        &self,
        access: &RepoAccess<Write>,
        source: &RefName,
        target: &RefName,
    ) -> Result<Opening> {
        let found = self.survey(access, source, target).await?;
        let rows = self.store().read().await?;
        let repo = access.repo().id;
        let existing = merge_request::open_at(&rows, repo, source, End::Source).await?;
        let existing = existing.iter().find(|request| &request.target_branch == target);
        let (title, body) = described(source, &found.messages);
        Ok(Opening {
            base: found.base,
            head: found.head,
            commits: found.commits,
            title,
            body,
            existing: existing.map(|request| request.item.number),
        })
    }

    /// Opens a merge request and gives its number.
    pub async fn open_merge_request(
        &self,
        access: &RepoAccess<Write>,
        origin: &Origin,
        new: &NewMergeRequest,
    ) -> Result<u64> {
        let actor = access.actor();
        person(actor)?;
        let repo = access.repo();
        if repo.archived {
            return Err(Error::Forbidden("The repository is archived: it can only be read.".to_owned()));
        }
        let (title, marked) = draft_mark(&new.title);
        let title = checked_title(title).map_err(|error| Error::invalid("title", title_says(error)))?;
        let body = checked_body(&new.body).map_err(|error| Error::invalid("body", error))?;
        let found = self.survey(access, &new.source, &new.target).await?;
        let named = self.items_named_in(access, &body).await?;
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        repository::lock(&tx, repo.id).await?;
        self.check_terms(&tx, actor).await?;
        self.refuse_moved(&tx, access, new, &found).await?;
        let number = work_item::next_number(&tx, repo.id).await?;
        let request = MergeRequest {
            item: WorkItem {
                id: self.ambient().id(),
                repo: repo.id,
                number,
                kind: ItemKind::MergeRequest,
                title,
                body,
                author: by(actor),
                state: ItemState::Open,
                is_confidential: false,
                is_locked: false,
                milestone: None,
                created_at: now,
                updated_at: now,
                closed_at: None,
            },
            target_branch: new.target.clone(),
            source: Source { repo: Some(repo.id), path: repo.path.to_string(), branch: new.source.clone() },
            is_draft: new.is_draft || marked,
            version: 0,
            merged: None,
            auto_merge: None,
        };
        merge_request::insert(&tx, &request).await?;
        let version = Version {
            item: request.item.id,
            number: 1,
            base: found.base,
            target_head: found.target_head,
            head: found.head,
            reason: VersionReason::Open,
            patch_id: found.patch_id,
            pushed_by: by(actor),
            pushed_at: now,
        };
        merge_request::insert_version(&tx, &version).await?;
        git_ref::apply(&tx, repo.id, &kept_heads(&tx, &request, &version).await?).await?;
        repository::bump(&tx, repo.id).await?;
        let mut people = self.mentioned_in(&tx, &request.item.body).await?;
        for name in &new.reviewers {
            people.push((self.ask(&tx, &request, actor, name).await?, Reason::ReviewAsked));
        }
        work_item::take_part(&tx, request.item.id, person(actor)?.id, Reason::Author).await?;
        self.note_named(&tx, &request.item, &by(actor), &named).await?;
        let name = format!("{}{}", repo.path, request.item.reference());
        let detail = json!({
            "source": new.source.as_str(), "target": new.target.as_str(), "head": found.head.to_string(),
        });
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.open", subject, detail).await?;
        self.tell(&tx, &request.item, &by(actor), Told::Opened, &people).await?;
        tx.commit().await?;
        self.wake_workers();
        Ok(number)
    }

    /// Asks somebody to review, who must be able to see it, and gives who that is. The caller tells them.
    pub(super) async fn ask(
        &self,
        tx: &Tx,
        request: &MergeRequest,
        actor: &forge_core::Actor,
        name: &Username,
    ) -> Result<UserId> {
        let unknown =
            || Error::invalid("reviewers", format!("Nobody called {name} can see this repository."));
        let reviewer = user::by_name(tx, name).await?.ok_or_else(unknown)?;
        if !self.may_read(tx, request.item.repo, reviewer.id).await? {
            return Err(unknown());
        }
        let asked = merge_request::reviewers(tx, request.item.id).await?;
        if asked.len() >= forge_core::work_item::MAX_PEOPLE {
            return Err(Error::invalid(
                "reviewers",
                format!("At most {} people are asked to review.", forge_core::work_item::MAX_PEOPLE),
            ));
        }
        let (now, by) = (self.ambient().now(), by(actor));
        merge_request::ask_reviewer(tx, request.item.id, reviewer.id, &by.name, now).await?;
        if !request.is_draft {
            let turn = Turn {
                item: request.item.id,
                put_by: by.name.clone(),
                reason: "asked to review it".to_owned(),
                since: now,
            };
            merge_request::give_turn(tx, reviewer.id, &turn).await?;
        }
        let detail = json!({ "user": reviewer.name.as_str() });
        self.happened(tx, request.item.id, &by, "reviewer", detail).await?;
        Ok(reviewer.id)
    }

    /// Refuses to open what has changed since it was looked at, or is open already.
    async fn refuse_moved(
        &self,
        tx: &Tx,
        access: &RepoAccess<Write>,
        new: &NewMergeRequest,
        found: &Surveyed,
    ) -> Result<()> {
        let repo = access.repo().id;
        let now = git_ref::by_name(tx, repo, &new.source).await?.map(|row| row.target);
        if now != Some(found.head) {
            return Err(Error::Conflict("The source branch has moved. Load the page again.".to_owned()));
        }
        let open = merge_request::open_at(tx, repo, &new.source, End::Source).await?;
        if let Some(there) = open.iter().find(|request| request.target_branch == new.target) {
            return Err(Error::invalid(
                "source",
                format!(
                    "There is a merge request of these two branches already: {}.",
                    there.item.reference()
                ),
            ));
        }
        Ok(())
    }

    async fn survey(
        &self,
        access: &RepoAccess<Write>,
        source: &RefName,
        target: &RefName,
    ) -> Result<Surveyed> {
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let missing = |field, branch: &RefName| {
            Error::invalid(field, format!("There is no branch {}.", branch.short()))
        };
        let head = tip(&refs, source).ok_or_else(|| missing("source", source))?;
        let target_head = tip(&refs, target).ok_or_else(|| missing("target", target))?;
        if source == target {
            return Err(Error::invalid("source", "Choose two different branches."));
        }
        let cancel = Cancel::within(self.repositories().limits().longest);
        let work = self.tasks().spawn_blocking(move || {
            let browser = Browser::open(&objects);
            let budget = Budget::BACKGROUND;
            let base = browser
                .merge_base(&target_head, &head, budget, &cancel)?
                .ok_or_else(|| Error::invalid("source", "The two branches have no commit in common."))?;
            let range = browser.commits_between(&target_head, &head, READ, budget, &cancel)?;
            if range.total == 0 {
                return Err(Error::invalid("source", "The target branch has all of these commits already."));
            }
            let messages = range
                .commits
                .iter()
                .map(|id| browser.commit(id).map(|commit| commit.text))
                .collect::<Result<Vec<_>, _>>()?;
            let patch_id = patch_id(&browser, &base, &head, &cancel)?;
            Ok(Surveyed { base, head, target_head, patch_id, messages, commits: range.total })
        });
        work.await.map_err(Error::internal)?
    }
}

fn title_says(error: forge_core::work_item::InvalidText) -> String {
    match error {
        forge_core::work_item::InvalidText::Empty => "Enter a title.".to_owned(),
        other => format!("The title does not do: {other}."),
    }
}

/// One commit speaks for itself; of several, the branch has a name and the commits are listed.
fn described(source: &RefName, messages: &[String]) -> (String, String) {
    match messages {
        [one] => {
            let (subject, rest) = one.trim().split_once('\n').unwrap_or((one.trim(), ""));
            (short(subject), rest.trim().to_owned())
        }
        many => {
            let subject = source.short().replace(['-', '_', '/'], " ");
            let mut title: String = subject.chars().take(1).flat_map(char::to_uppercase).collect();
            title.extend(subject.chars().skip(1));
            let lines: Vec<String> = many
                .iter()
                .rev()
                .map(|text| format!("- {}", text.trim().lines().next().unwrap_or_default()))
                .collect();
            (short(&title), lines.join("\n"))
        }
    }
}

fn short(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    clean.trim().chars().take(forge_core::work_item::MAX_TITLE).collect()
}
