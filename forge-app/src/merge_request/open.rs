//! Opening a merge request.

use forge_core::merge_request::{Source, Version, VersionReason, draft_mark};
use forge_core::notification::Reason;
use forge_core::work_item::{checked_body, checked_title};
use forge_core::{
    Actor, ItemKind, ItemState, MergeRequest, ObjectId, RefName, RepoId, Repository, UserId, Username,
    WorkItem,
};
use forge_store::merge_request::{self, End, Turn};
use forge_store::{Rows, Tx, git_ref, repository, user, work_item};
use serde_json::json;
use tokio::runtime::Handle;

use super::carry::Carried;
use super::survey::Surveyed;
use super::versions::kept_heads;
use super::{by, person};
use crate::access::{Read, RepoAccess, Write};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::git::{Landing, NewPack};
use crate::jobs::Job;
use crate::notification::Told;
use crate::work_item::NamedItem;

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

/// A merge request that is about to be opened.
struct Draft {
    actor: Actor,
    origin: Origin,
    source: Repository,
    target: Repository,
    new: NewMergeRequest,
    found: Surveyed,
    named: Vec<NamedItem>,
}

impl App {
    /// What a merge request of two branches would have in it. `Invalid` says why there would be nothing.
    pub async fn opening(
        &self,
        target: &RepoAccess<Read>,
        source: &RepoAccess<Write>,
        (from, to): (&RefName, &RefName),
    ) -> Result<Opening> {
        let (found, _) = self.survey((source.repo(), from), (target.repo(), to)).await?;
        let rows = self.store().read().await?;
        let existing = open_of(&rows, (source.repo().id, from), (target.repo().id, to)).await?;
        let (title, body) = described(from, &found.messages);
        Ok(Opening {
            base: found.base,
            head: found.head,
            commits: found.commits,
            title,
            body,
            existing: existing.map(|request| request.item.number),
        })
    }

    /// Opens a merge request and gives its number. Whoever offers a change may push where it comes from, and see where
    /// it goes.
    pub async fn open_merge_request(
        &self,
        target: &RepoAccess<Read>,
        source: &RepoAccess<Write>,
        origin: &Origin,
        new: &NewMergeRequest,
    ) -> Result<u64> {
        let who = person(target.actor())?.id;
        if person(source.actor())?.id != who {
            return Err(Error::NotFound);
        }
        if target.repo().archived {
            return Err(Error::Forbidden("The repository is archived: it can only be read.".to_owned()));
        }
        let (title, marked) = draft_mark(&new.title);
        let title = checked_title(title).map_err(|error| Error::invalid("title", title_says(error)))?;
        let body = checked_body(&new.body).map_err(|error| Error::invalid("body", error))?;
        let (found, carried) =
            self.survey((source.repo(), &new.source), (target.repo(), &new.target)).await?;
        let named = self.items_named_in(target, &body).await?;
        let new = NewMergeRequest { title, body, is_draft: new.is_draft || marked, ..new.clone() };
        let draft = Draft {
            actor: target.actor().clone(),
            origin: origin.clone(),
            source: source.repo().clone(),
            target: target.repo().clone(),
            new,
            found,
            named,
        };
        let number = match carried {
            None => self.insert_request(&draft, None).await?,
            Some(carried) => self.land_request(draft, carried).await?,
        };
        self.wake_workers();
        Ok(number)
    }

    /// Opens one whose commits come from a fork: they become part of the target with it.
    async fn land_request(&self, draft: Draft, carried: Carried) -> Result<u64> {
        let (app, runtime) = (self.clone(), Handle::current());
        let work = self.tasks().spawn_blocking(move || {
            let (repo, opened_at) = (draft.target.id, carried.opened_at);
            let landing = Landing { app: &app, repo, opened_at, runtime: &runtime };
            let mut number = 0;
            let settle = |pack: Option<&NewPack>| {
                number = runtime.block_on(app.insert_request(&draft, pack))?;
                Ok(true)
            };
            landing.land(carried.quarantine, settle)?.map_err(Error::Conflict)?;
            Ok(number)
        });
        work.await.map_err(Error::internal)?
    }

    /// The transaction that opens it.
    async fn insert_request(&self, draft: &Draft, pack: Option<&NewPack>) -> Result<u64> {
        let Draft { actor, origin, source, target, new, found, named } = draft;
        let repo = target.id;
        if source.id != repo {
            // Carrying may have taken its time.
            self.authorize_by_id::<Read>(actor, repo).await.map(drop)?;
            self.authorize_by_id::<Write>(actor, source.id).await.map(drop)?;
        }
        let now = self.ambient().now();
        let tx = self.store().begin().await?;
        repository::lock(&tx, repo).await?;
        self.check_terms(&tx, actor).await?;
        self.refuse_moved(&tx, draft).await?;
        let number = work_item::next_number(&tx, repo).await?;
        let request = self.drafted(draft, number);
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
        git_ref::apply(&tx, repo, &kept_heads(&tx, &request, &version).await?).await?;
        let is_duplicate = match pack {
            Some(pack) => !self.add_pack(&tx, pack, now).await?,
            None => false,
        };
        repository::bump(&tx, repo).await?;
        let mut people = self.mentioned_in(&tx, &request.item.body).await?;
        for name in &new.reviewers {
            people.push((self.ask(&tx, &request, actor, name).await?, Reason::ReviewAsked));
        }
        work_item::take_part(&tx, request.item.id, person(actor)?.id, Reason::Author).await?;
        self.note_named(&tx, &request.item, &by(actor), named).await?;
        let name = format!("{}{}", target.path, request.item.reference());
        let detail = json!({
            "source": new.source.as_str(), "target": new.target.as_str(), "head": found.head.to_string(),
        });
        let subject = Subject::new(&request.item.id, &name);
        record(&tx, self.ambient(), actor, origin, "merge_request.open", subject, detail).await?;
        self.tell(&tx, &request.item, &by(actor), Told::Opened, &people).await?;
        if source.id != repo {
            // What was pushed to the fork since it was looked at.
            self.enqueue(&tx, &Job::Deliver { item: request.item.id }).await?;
        }
        tx.commit().await?;
        if let Some(pack) = pack {
            self.pack_settled(pack, is_duplicate).await;
        }
        Ok(number)
    }

    fn drafted(&self, draft: &Draft, number: u64) -> MergeRequest {
        let Draft { actor, source, target, new, .. } = draft;
        let now = self.ambient().now();
        MergeRequest {
            item: WorkItem {
                id: self.ambient().id(),
                repo: target.id,
                number,
                kind: ItemKind::MergeRequest,
                title: new.title.clone(),
                body: new.body.clone(),
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
            source: Source {
                repo: Some(source.id),
                path: source.path.to_string(),
                branch: new.source.clone(),
            },
            is_draft: new.is_draft,
            version: 0,
            merged: None,
            auto_merge: None,
        }
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
    async fn refuse_moved(&self, tx: &Tx, draft: &Draft) -> Result<()> {
        let Draft { source, target, new, found, .. } = draft;
        let now = git_ref::by_name(tx, source.id, &new.source).await?.map(|row| row.target);
        if now != Some(found.head) {
            return Err(Error::Conflict("The source branch has moved. Load the page again.".to_owned()));
        }
        match open_of(tx, (source.id, &new.source), (target.id, &new.target)).await? {
            Some(there) => Err(Error::invalid(
                "source",
                format!(
                    "There is a merge request of these two branches already: {}.",
                    there.item.reference()
                ),
            )),
            None => Ok(()),
        }
    }
}

/// The open merge request of two branches.
async fn open_of(
    rows: &impl Rows,
    (source, from): (RepoId, &RefName),
    (target, to): (RepoId, &RefName),
) -> Result<Option<MergeRequest>> {
    let open = merge_request::open_at(rows, source, from, End::Source).await?;
    Ok(open.into_iter().find(|request| request.item.repo == target && request.target_branch == *to))
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
