//! The one door for every change of a repository.
//!
//! A push over SSH or HTTPS and a commit made on a page end here alike:
//!
//! 1. the objects are in quarantine, indexed and checked, and nobody can read them;
//! 2. everything the new tips need is there, of the right kind;
//! 3. each ref is judged by rules that know nothing of packs (`forge_core::policy::decide_update`);
//! 4. the pack becomes part of the repository, durably: file and directory are synced;
//! 5. one transaction moves the refs and writes the push, the audit event and the new generation.
//!
//! A refusal before step 4 leaves nothing behind. A crash between 4 and 5 leaves a pack that no ref needs. When the
//! client hears `ok`, the change survives a power cut.

use std::sync::Arc;

use forge_core::merge_request::VersionReason;
use forge_core::policy::{UpdateFacts, UpdateKind, decide_update};
use forge_core::ref_rule::{Pusher, Way};
use forge_core::{ObjectId, RefUpdate};
use forge_git::receive::{Progress, Quarantine};
use forge_git::{Cancel, Kind, RefSnapshot};
use forge_store::git_ref::{self, RefChange};
use serde_json::json;
use time::OffsetDateTime;

use crate::access::{RepoAccess, Write};
use crate::app::App;
use crate::audit::{Origin, Subject};
use crate::error::{Error, Result};
use crate::git::commit::quarantined;
use crate::git::{Landing, NewPack, Objects};
use crate::merge_request::{Ahead, Applying, Merging};
use crate::repository::RulesFor;

/// Whether one ref moves, or why not, in words for the person who pushes.
pub(crate) type Verdict = Result<(), String>;

/// Why a branch is moved, where it is more than that somebody pushed.
#[derive(Debug, Clone, Default)]
pub(crate) enum Purpose {
    /// Somebody pushed.
    #[default]
    Push,
    /// Somebody edited files in the browser.
    WebEdit,
    /// A merge request is merged.
    Merge(Merging),
    /// Suggestions are applied.
    Suggestions(Applying),
}

impl Purpose {
    /// How the change comes about, for the rules of branches.
    fn way(&self) -> Way {
        match self {
            Self::Merge(_) => Way::Merge,
            Self::Push | Self::WebEdit | Self::Suggestions(_) => Way::Push,
        }
    }

    /// Why there is a new version, if this is the reason.
    pub(crate) fn version_reason(&self) -> Option<VersionReason> {
        match self {
            Self::Push | Self::Merge(_) => None,
            Self::WebEdit => Some(VersionReason::WebEdit),
            Self::Suggestions(_) => Some(VersionReason::Suggestion),
        }
    }
}

/// Refused refs of one push that the audit log lists.
const MOST_REFUSALS: usize = 20;

/// What happens in the transaction that moves the refs, beside that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Along<'a> {
    /// What it means for merge requests.
    pub(crate) ahead: &'a Ahead,
    /// What it is for.
    pub(crate) purpose: &'a Purpose,
}

/// A repository held open for one push. Its methods block.
pub(crate) struct PushDoor {
    pub(crate) app: App,
    pub(crate) access: RepoAccess<Write>,
    pub(crate) origin: Origin,
    pub(crate) refs: Arc<RefSnapshot>,
    pub(crate) objects: Objects,
    pub(crate) cancel: Cancel,
    pub(crate) runtime: tokio::runtime::Handle,
    /// Why the pusher may not push at all before they have done something else.
    owed: Option<String>,
    /// What is done in the transaction beside moving refs.
    pub(crate) purpose: Purpose,
    /// What was checked before something was purged has to be checked again.
    pub(crate) opened_at: OffsetDateTime,
    /// The rules for branches and tags, and who the pusher is for them.
    pub(super) rules: RulesFor,
}

impl PushDoor {
    /// Opens the door for somebody who may push.
    pub(crate) async fn open(app: &App, access: RepoAccess<Write>, origin: Origin) -> Result<Self> {
        let opened_at = app.ambient().now();
        let (refs, objects) = app.open_repository(access.repo()).await?;
        let owed = app.terms_owed(access.actor()).await?;
        let cancel = Cancel::within(app.repositories().limits().longest);
        let runtime = tokio::runtime::Handle::current();
        let rules = app.rules_for(&access).await?;
        let (app, purpose) = (app.clone(), Purpose::default());
        Ok(Self { app, access, origin, refs, objects, cancel, runtime, owed, purpose, opened_at, rules })
    }

    /// Puts objects that were made here into quarantine, as if somebody had pushed them.
    pub(crate) fn quarantine(&self, objects: &[(Kind, Vec<u8>)]) -> Result<Quarantine> {
        let limits = &self.app.repositories().limits().git;
        Ok(quarantined(&self.objects, objects, limits, &self.cancel)?)
    }

    /// What can be said of an update before its objects are here.
    pub(crate) fn prejudge(&self, update: &RefUpdate) -> Verdict {
        let kind = if update.new.is_none() { UpdateKind::Delete } else { UpdateKind::Create };
        // What is in the objects cannot be known yet, and is not held against them.
        self.judge(update, kind, false, true)
    }

    /// Notes for the audit log which refs were refused, and why.
    pub(crate) fn note_refusals(&self, updates: &[RefUpdate], verdicts: &[Verdict]) {
        let refused: Vec<_> = updates
            .iter()
            .zip(verdicts)
            .filter_map(|(update, verdict)| {
                let reason = verdict.as_ref().err()?;
                Some(json!({ "ref": update.name.as_str(), "reason": reason }))
            })
            .take(MOST_REFUSALS)
            .collect();
        if refused.is_empty() {
            return;
        }
        let path = self.access.repo().path.to_string();
        let subject = Subject::new(&self.access.repo().id, &path);
        let detail = json!({ "door": self.origin.door.name(), "refs": refused });
        self.app.note(self.access.actor(), &self.origin, "repository.push.refuse", subject, detail);
    }

    /// Takes the objects and moves the refs that may be moved; says of each update whether it did.
    ///
    /// `refused` are verdicts that stand already. With `atomic`, one refusal refuses all.
    pub(crate) fn accept(
        &self,
        quarantine: Quarantine,
        updates: &[RefUpdate],
        refused: Vec<Verdict>,
        atomic: bool,
        progress: &mut dyn Progress,
    ) -> Result<Vec<Verdict>> {
        let mut verdicts = refused;
        self.check_connected(&quarantine, updates, &mut verdicts, progress)?;
        let mut changes = Vec::with_capacity(updates.len());
        for (update, verdict) in updates.iter().zip(&mut verdicts) {
            let mut peeled = None;
            if verdict.is_ok() {
                *verdict = match self.classify(&quarantine, update)? {
                    Ok((kind, found)) => {
                        peeled = found;
                        let has_merges = self.has_merges(&quarantine, update)?;
                        let signed = self.is_signed(&quarantine, update)?;
                        self.judge(update, kind, has_merges, signed)
                    }
                    Err(text) => Err(text),
                };
            }
            changes.push(RefChange { update: update.clone(), peeled });
        }
        if atomic {
            refuse_together(&mut verdicts);
        }
        self.publish_and_move(quarantine, &changes, &mut verdicts, atomic)?;
        Ok(verdicts)
    }

    /// Whether an update brings a merge of histories. Looked for only where a rule asks.
    fn has_merges(&self, quarantine: &Quarantine, update: &RefUpdate) -> Result<bool> {
        let is_asked = self.rules.rules.iter().any(|rule| rule.linear && rule.matches(&update.name));
        let Some(new) = update.new.filter(|_| is_asked && update.name.as_branch().is_some()) else {
            return Ok(false);
        };
        Ok(quarantine.has_new_merge(&self.known_to(update), &new, &self.cancel)?)
    }

    /// What a branch brings nothing new by: where it was, and the default branch.
    pub(super) fn known_to(&self, update: &RefUpdate) -> Vec<ObjectId> {
        let default = self.refs.find(self.access.repo().default_branch.as_str()).map(|found| found.target);
        update.old.into_iter().chain(default).collect()
    }

    fn judge(&self, update: &RefUpdate, kind: UpdateKind, has_merges: bool, signed: bool) -> Verdict {
        if let Some(owed) = &self.owed {
            return Err(owed.clone());
        }
        let repo = self.access.repo();
        let facts = UpdateFacts {
            permission: self.access.permission(),
            standing: self.rules.standing,
            archived: repo.archived,
            default_branch: &repo.default_branch,
            rules: &self.rules.rules,
            pusher: Pusher {
                user: self.access.actor().person().map(|person| person.id),
                teams: &self.rules.teams,
            },
            way: self.purpose.way(),
            signed,
            has_merges,
        };
        decide_update(&facts, &update.name, kind).map_err(|refusal| refusal.to_string())
    }

    /// Everything that the new tips need must be here. If it is not, finds out whose fault it is.
    fn check_connected(
        &self,
        quarantine: &Quarantine,
        updates: &[RefUpdate],
        verdicts: &mut [Verdict],
        progress: &mut dyn Progress,
    ) -> Result<()> {
        let wanted = |update: &RefUpdate, verdict: &Verdict| verdict.as_ref().ok().and(update.new);
        let tips: Vec<ObjectId> =
            updates.iter().zip(&*verdicts).filter_map(|(update, verdict)| wanted(update, verdict)).collect();
        match quarantine.check_connected(&self.refs, &tips, progress, &self.cancel) {
            Ok(()) => return Ok(()),
            Err(error) if !is_the_pushers(&error) => return Err(error.into()),
            Err(_) => {}
        }
        for (update, verdict) in updates.iter().zip(verdicts) {
            let Some(tip) = wanted(update, verdict) else { continue };
            if let Err(error) = quarantine.check_connected(&self.refs, &[tip], progress, &self.cancel) {
                if !is_the_pushers(&error) {
                    return Err(error.into());
                }
                *verdict = Err(error.to_string());
            }
        }
        Ok(())
    }

    /// What kind of change an update is, and what a tag finally names.
    fn classify(
        &self,
        quarantine: &Quarantine,
        update: &RefUpdate,
    ) -> Result<Result<(UpdateKind, Option<ObjectId>), String>> {
        let Some(new) = update.new else { return Ok(Ok((UpdateKind::Delete, None))) };
        let Some(found) = quarantine.peel(&new)? else {
            return Ok(Err(format!("{} is missing or is wrapped in too many tags", new.short())));
        };
        let peeled = (found.id != new).then_some(found.id);
        let is_commit = found.kind == Kind::Commit && peeled.is_none();
        if update.name.as_branch().is_some() && !is_commit {
            return Ok(Err("a branch must name a commit".to_owned()));
        }
        let Some(old) = update.old else { return Ok(Ok((UpdateKind::Create, peeled))) };
        let forward = is_commit && quarantine.is_ancestor(&old, &new, &self.cancel)?;
        Ok(Ok((if forward { UpdateKind::FastForward } else { UpdateKind::Rewind }, peeled)))
    }

    fn publish_and_move(
        &self,
        quarantine: Quarantine,
        changes: &[RefChange],
        verdicts: &mut [Verdict],
        atomic: bool,
    ) -> Result<()> {
        let accepted = |verdicts: &[Verdict]| -> Vec<RefChange> {
            changes
                .iter()
                .zip(verdicts)
                .filter(|(_, verdict)| verdict.is_ok())
                .map(|(change, _)| change.clone())
                .collect()
        };
        if accepted(verdicts).is_empty() {
            return Ok(());
        }
        let ahead = self.look_ahead(&quarantine, &accepted(verdicts))?;
        let landing = Landing {
            app: &self.app,
            repo: self.access.repo().id,
            opened_at: self.opened_at,
            runtime: &self.runtime,
        };
        let settle = |new: Option<&NewPack>| loop {
            let moving = accepted(verdicts);
            if moving.is_empty() {
                return Ok(false);
            }
            let along = Along { ahead: &ahead, purpose: &self.purpose };
            let moved = self.app.move_refs(&self.access, &self.origin, &moving, new, along);
            match self.runtime.block_on(moved) {
                Ok(()) => return Ok(true),
                Err(Error::Conflict(text)) => self.blame_the_race(changes, verdicts, atomic, &text)?,
                Err(error) => return Err(error),
            }
        };
        if let Err(text) = landing.land(quarantine, settle)? {
            for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_ok()) {
                *verdict = Err(text.clone());
            }
        }
        Ok(())
    }

    /// After a lost race, refuses the updates whose ref is not where the pusher thought; if none is, then all.
    fn blame_the_race(
        &self,
        changes: &[RefChange],
        verdicts: &mut [Verdict],
        atomic: bool,
        text: &str,
    ) -> Result<()> {
        let repo = self.access.repo().id;
        let now = self.runtime.block_on(async {
            let rows = self.app.store().read().await?;
            Ok::<_, Error>(git_ref::all(&rows, repo).await?)
        })?;
        let mut found = false;
        for (change, verdict) in changes.iter().zip(&mut *verdicts).filter(|(_, verdict)| verdict.is_ok()) {
            let present = now.iter().find(|row| row.name == change.update.name).map(|row| row.target);
            if present != change.update.old {
                *verdict = Err("the ref has changed meanwhile: fetch first".to_owned());
                found = true;
            }
        }
        if !found {
            for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_ok()) {
                *verdict = Err(text.to_owned());
            }
        }
        if atomic {
            refuse_together(verdicts);
        }
        Ok(())
    }
}

fn refuse_together(verdicts: &mut [Verdict]) {
    if verdicts.iter().any(Result::is_err) {
        for verdict in verdicts.iter_mut().filter(|verdict| verdict.is_ok()) {
            *verdict = Err("atomic push failed: another ref was refused".to_owned());
        }
    }
}

/// Whether the objects are at fault, and not the disk or the clock.
fn is_the_pushers(error: &forge_git::Error) -> bool {
    matches!(error, forge_git::Error::Invalid(_) | forge_git::Error::NotFound(_))
}
