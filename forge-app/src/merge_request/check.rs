//! What stands against merging, for pages.

use std::sync::Arc;

use forge_core::code::Conflict;
use forge_core::merge_request::check::{Check, Demands, Fit, checks};
use forge_core::{MergeMethod, ObjectId};
use forge_git::Cancel;
use forge_git::browse::{Browser, Budget};
use forge_git::merge::{MergeError, MergeLimits};
use forge_store::merge_request;

use super::ahead::tip;
use super::facts::Read as FactsRead;
use super::owners::owner_groups;
use crate::access::{Read, RepoAccess};
use crate::app::App;
use crate::error::{Error, Result};

/// How the branches of a merge request fit, as found for two exact commits.
#[derive(Debug, Clone)]
pub struct Standing {
    /// How they fit.
    pub fit: Fit,
    /// Whether the source has everything of the target.
    pub is_up_to_date: bool,
    /// What does not fit.
    pub conflicts: Arc<Vec<Conflict>>,
}

/// Whether a merge request may be merged, and how.
#[derive(Debug, Clone)]
pub struct MergeReport {
    /// Every check with its sentence.
    pub checks: Vec<Check>,
    /// What the target branch asks for.
    pub demands: Demands,
    /// How the branches fit.
    pub standing: Standing,
    /// What the target branch points at; nothing if it is gone.
    pub target: Option<ObjectId>,
}

impl MergeReport {
    /// Whether nothing stands against it.
    pub fn may_merge(&self) -> bool {
        self.target.is_some() && !self.checks.iter().any(Check::blocks)
    }

    /// The ways in which it may be merged now.
    pub fn methods(&self) -> Vec<MergeMethod> {
        let fits = |method: &MergeMethod| *method != MergeMethod::FastForward || self.standing.is_up_to_date;
        self.demands.methods.iter().copied().filter(fits).collect()
    }
}

impl App {
    /// Works out whether a merge request may be merged. What git has to say is found once for each pair of commits.
    pub async fn merge_report(&self, access: &RepoAccess<Read>, number: u64) -> Result<MergeReport> {
        let known = {
            let rows = self.store().read().await?;
            let request = merge_request::by_number(&rows, access.repo().id, number).await?;
            self.known(&rows, request.ok_or(Error::NotFound)?).await?
        };
        let (refs, objects) = self.open_repository(access.repo()).await?;
        let target = tip(&refs, &known.request.target_branch);
        let (app, repo) = (self.clone(), access.repo().id);
        let turn = self.kept().turn().await?;
        let work = self.tasks().spawn_blocking(move || {
            let _turn = turn;
            let cancel = Cancel::within(std::time::Duration::from_secs(10));
            let browser = Browser::open(&objects);
            let (standing, owners) = match target {
                None => (unknown(), None),
                Some(target) => {
                    let key = (repo, target, known.version.head);
                    let standing = if let Some(kept) = app.kept().standings.get(&key) {
                        kept
                    } else {
                        let found = standing(&browser, &target, &known.version.head, &cancel)?;
                        if found.fit != Fit::Unknown {
                            app.kept().standings.insert(key, found.clone());
                        }
                        found
                    };
                    (standing, owner_groups(&app, &browser, &known, &target, &cancel)?)
                }
            };
            let read = FactsRead { fit: standing.fit, is_up_to_date: standing.is_up_to_date, owners };
            let checks = checks(&known.facts(&read));
            Ok::<_, Error>(MergeReport { checks, demands: known.demands, standing, target })
        });
        work.await.map_err(Error::internal)?
    }
}

fn unknown() -> Standing {
    Standing { fit: Fit::Unknown, is_up_to_date: false, conflicts: Arc::default() }
}

/// How two commits fit.
fn standing(browser: &Browser, target: &ObjectId, head: &ObjectId, cancel: &Cancel) -> Result<Standing> {
    let budget = Budget::BACKGROUND;
    if browser.is_ancestor(head, target, budget, cancel)? {
        return Ok(Standing { fit: Fit::Merged, is_up_to_date: false, conflicts: Arc::default() });
    }
    if browser.is_ancestor(target, head, budget, cancel)? {
        return Ok(Standing { fit: Fit::Clean, is_up_to_date: true, conflicts: Arc::default() });
    }
    match browser.merge(target, head, &MergeLimits::default(), cancel) {
        Ok(merged) if merged.has_conflicts() => Ok(Standing {
            fit: Fit::Conflicts { files: merged.conflicts.len() + merged.more_conflicts },
            is_up_to_date: false,
            conflicts: Arc::new(merged.conflicts),
        }),
        Ok(_) => Ok(Standing { fit: Fit::Clean, is_up_to_date: false, conflicts: Arc::default() }),
        Err(MergeError::Refused(_)) => Ok(Standing { fit: Fit::Unrelated, ..unknown() }),
        Err(MergeError::Conflicts { .. }) => Ok(unknown()),
        Err(MergeError::Engine(forge_git::Error::TooLarge { .. } | forge_git::Error::Cancelled)) => {
            Ok(unknown())
        }
        Err(MergeError::Engine(error)) => Err(error.into()),
    }
}
