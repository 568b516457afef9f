//! Applying suggestions: one or several, as one commit on the source branch.

use std::collections::BTreeMap;

use forge_core::code::{Change, ChangeKind};
use forge_core::merge_request::suggestion::{Replacement, apply};
use forge_core::merge_request::thread::{Side, StoredSuggestion, Thread};
use forge_core::{CommentId, FilePath, ObjectId, RefUpdate};
use forge_git::browse::Browser;
use forge_git::receive::Silent;
use forge_store::merge_request;

use super::ahead::tip;
use super::person;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::push::{Purpose, PushDoor};

/// Suggestions of one batch.
const MOST: usize = 100;
/// The largest file that a suggestion changes.
const LARGEST: u64 = 5 << 20;

/// A suggestion that somebody wants applied, as they saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenSuggestion {
    /// The comment that makes it.
    pub comment: CommentId,
    /// Its place among those of the comment, counted from zero.
    pub position: u32,
    /// The edition of the comment: see `Comment::edition`.
    pub edition: i64,
}

/// Suggestions that were applied together, for the transaction.
#[derive(Debug, Clone)]
pub(crate) struct Applying {
    pub(crate) which: Vec<(CommentId, StoredSuggestion)>,
    pub(crate) commit: ObjectId,
}

impl App {
    /// Applies suggestions as one commit on the source branch, in a fork too, and gives the commit.
    ///
    /// `Conflict` where one no longer fits, was applied already, or is about the lines of another.
    pub async fn apply_suggestions(
        &self,
        access: &RepoAccess<Read>,
        origin: &Origin,
        number: u64,
        which: &[ChosenSuggestion],
    ) -> Result<ObjectId> {
        let actor = access.actor().clone();
        person(&actor)?;
        if which.is_empty() || which.len() > MOST {
            return Err(Error::invalid("suggestion", format!("Choose between 1 and {MOST} suggestions.")));
        }
        let conversation = self.merge_request(access, number).await?;
        let request = &conversation.request;
        if !request.is_open() {
            let text = "It is merged or closed, so nothing is applied to it any more.";
            return Err(Error::Conflict(text.to_owned()));
        }
        let source = self.source_access(access, request).await?;
        let mut files: BTreeMap<FilePath, Vec<StoredSuggestion>> = BTreeMap::new();
        let mut helpers = Vec::new();
        let mut taken = Vec::with_capacity(which.len());
        for chosen in which {
            let (thread, suggestion, author) = find(&conversation.item.threads, *chosen)?;
            taken.push((chosen.comment, suggestion.clone()));
            let (Some(path), Some(Side::New)) = (
                thread.anchor.as_ref().and_then(|anchor| anchor.path.clone()),
                thread.anchor.as_ref().map(|anchor| anchor.side),
            ) else {
                return Err(Error::NotFound);
            };
            files.entry(path).or_default().push(suggestion);
            helpers.extend(author);
        }
        let author = self.author_of(&actor).await?;
        let trailers = self.co_authors(&actor, helpers).await?;
        let count = which.len();
        let subject =
            if count == 1 { "Apply a suggestion".to_owned() } else { format!("Apply {count} suggestions") };
        let item = request.item.reference();
        let of = if source.repo().id == request.item.repo {
            item
        } else {
            format!("{}{item}", access.repo().path)
        };
        let message = format!("{subject}\n\nFrom the review of {of}.\n{trailers}");
        let branch = request.source.branch.clone();
        let mut door = PushDoor::open(self, source, origin.clone()).await?;
        let work = self.tasks().spawn_blocking(move || {
            let old = tip(&door.refs, &branch)
                .ok_or_else(|| Error::Conflict("The source branch is gone.".to_owned()))?;
            let browser = Browser::open(&door.objects);
            let mut changes = Vec::with_capacity(files.len());
            for (path, suggestions) in files {
                changes.push(changed(&browser, &old, path, &suggestions)?);
            }
            let built = browser.commit_on(Some(&old), &changes, &author, &author, &message)?;
            let quarantine = door.quarantine(&built.objects)?;
            door.purpose = Purpose::Suggestions(Applying { which: taken, commit: built.id });
            let update = RefUpdate { name: branch, old: Some(old), new: Some(built.id) };
            let verdict = door.prejudge(&update);
            let verdicts = door.accept(quarantine, &[update], vec![verdict], true, &mut Silent)?;
            match verdicts.into_iter().find_map(Result::err) {
                Some(reason) => Err(Error::Conflict(reason)),
                None => Ok(built.id),
            }
        });
        work.await.map_err(Error::internal)?
    }

    /// The trailers that name those who suggested it.
    async fn co_authors(
        &self,
        actor: &forge_core::Actor,
        mut people: Vec<forge_core::UserId>,
    ) -> Result<String> {
        people.sort_unstable();
        people.dedup();
        people.retain(|id| actor.person().is_none_or(|person| person.id != *id));
        let rows = self.store().read().await?;
        let mut lines = String::new();
        for id in people {
            if let Some(user) = forge_store::user::by_id(&rows, id).await? {
                lines.extend(["\nCo-authored-by: ", &user.display_name, " <", user.email.as_str(), ">"]);
            }
        }
        Ok(lines)
    }

    /// Notes in the transaction of the push that the suggestions were applied.
    pub(crate) async fn note_applied(
        &self,
        tx: &forge_store::Tx,
        by: &forge_core::By,
        applying: &Applying,
    ) -> Result<()> {
        for (comment, suggestion) in &applying.which {
            merge_request::applied(tx, *comment, suggestion, &applying.commit, by.id, self.ambient().now())
                .await
                .map_err(|_| Error::Conflict("a suggestion was applied or changed meanwhile".to_owned()))?;
        }
        Ok(())
    }
}

fn find(
    threads: &[Thread],
    chosen: ChosenSuggestion,
) -> Result<(&Thread, StoredSuggestion, Option<forge_core::UserId>)> {
    for thread in threads {
        let Some(found) =
            thread.comments.iter().find(|found| found.id == chosen.comment && !found.is_pending)
        else {
            continue;
        };
        let suggestion = found
            .suggestions
            .iter()
            .find(|suggestion| suggestion.position == chosen.position)
            .ok_or(Error::NotFound)?;
        if found.edition() != chosen.edition {
            return Err(Error::Conflict(
                "The comment was changed since you looked. Look at it again, and then apply it.".to_owned(),
            ));
        }
        if suggestion.applied.is_some() {
            return Err(Error::Conflict("This suggestion was applied already.".to_owned()));
        }
        if thread.resolved.is_some() {
            return Err(Error::Conflict(
                "The thread is resolved. Open it again to apply its suggestion.".to_owned(),
            ));
        }
        return Ok((thread, suggestion.clone(), found.author.id));
    }
    Err(Error::NotFound)
}

fn changed(
    browser: &Browser,
    head: &ObjectId,
    path: FilePath,
    suggestions: &[StoredSuggestion],
) -> Result<Change> {
    let blob = browser.blob(head, &path, LARGEST).map_err(|error| match error {
        forge_git::Error::NotFound(_) => Error::Conflict(format!("{path} is no longer there.")),
        other => other.into(),
    })?;
    let content =
        blob.content.ok_or_else(|| Error::TooLarge(format!("{path} is too large to be changed here.")))?;
    let replacements: Vec<Replacement<'_>> = suggestions
        .iter()
        .map(|suggestion| Replacement {
            lines: suggestion.lines,
            original: &suggestion.original,
            replacement: &suggestion.replacement,
        })
        .collect();
    let bytes =
        apply(&content, &replacements).map_err(|error| Error::Conflict(format!("{path}: {error}.")))?;
    Ok(Change { path, kind: ChangeKind::Put { bytes, executable: None } })
}
