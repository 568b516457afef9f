//! The one transaction in which refs move.

use std::collections::HashSet;

use forge_core::{Actor, Permission, Push, RefName, RefUpdate, Repository};
use forge_store::git_ref::{self, RefChange};
use forge_store::pack::PackRole;
use forge_store::{Tx, pack, push, repository};
use serde_json::json;
use time::OffsetDateTime;

use crate::access::{Level, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::git::push::{Along, Purpose};
use crate::git::{GRACE, NewPack};
use crate::jobs::Job;
use crate::merge_request::by;

/// Pages are made ready once for pushes that come this soon after one another, and not while their pusher waits.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);
/// Pushes that come this soon after one another are looked after together.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(20);
/// More ref updates than this are counted in the audit log and not listed; the push itself lists all.
const LISTED: usize = 100;

impl App {
    /// Moves refs, all or none: compare-and-set of each, the pack's row, the push, the audit event, the generation.
    ///
    /// The objects are durable already; when this returns, so is the push. The permission is proven again first,
    /// because a large push may have taken an hour.
    pub(crate) async fn move_refs<L: Level>(
        &self,
        access: &RepoAccess<L>,
        origin: &Origin,
        changes: &[RefChange],
        new: Option<&NewPack>,
        along: Along<'_>,
    ) -> Result<()> {
        let access = self.authorize_again(access).await?;
        if access.permission() < Permission::Write || access.repo().archived {
            return Err(Error::Forbidden("you may no longer push to this repository".to_owned()));
        }
        let repo = access.repo();
        let tx = self.store().begin().await?;
        self.check_terms(&tx, access.actor()).await?;
        let hidden = self.along(&tx, &access, along).await?;
        git_ref::apply(&tx, repo.id, &[changes, hidden.as_slice()].concat()).await?;
        let (row, is_duplicate) = self.write_push(&tx, access.actor(), origin, repo, changes, new).await?;
        adopt_default_branch(&tx, repo, changes).await?;
        let is_awaited =
            self.note_arrivals(&tx, access.actor(), &row).await? | self.look_again_into(&tx, &row).await?;
        if along.ahead.names_items {
            self.close_tickets_later(&tx, repo, &row).await?;
        }
        tx.commit().await?;
        if is_awaited || !along.ahead.is_quiet() || !matches!(along.purpose, Purpose::Push) {
            self.wake_workers();
        }
        if let Some(new) = new {
            self.pack_settled(new, is_duplicate).await;
        }
        Ok(())
    }

    /// Writes what every push is beside the refs that it moves: the row of its pack, the push itself, an event, a new generation, and
    /// work for later. Says also whether the repository had the pack already.
    pub(super) async fn write_push(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        repo: &Repository,
        changes: &[RefChange],
        new: Option<&NewPack>,
    ) -> Result<(Push, bool)> {
        let now = self.ambient().now();
        let is_duplicate = match new {
            Some(new) => !self.add_pack(tx, new, now).await?,
            None => false,
        };
        let row = Push {
            id: self.ambient().id(),
            repo: repo.id,
            user: actor.person().map(|person| person.id),
            door: origin.door,
            at: now,
            updates: changes.iter().map(|change| change.update.clone()).collect(),
        };
        push::insert(tx, &row).await?;
        repository::pushed(tx, repo.id, now).await?;
        self.record_push(tx, actor, origin, repo, &row).await?;
        self.enqueue_after(tx, &Job::WarmPages { repo: repo.id }, PAUSE).await?;
        if new.is_some() {
            self.enqueue_after(tx, &Job::Maintain { repo: repo.id }, SETTLED).await?;
        }
        Ok((row, is_duplicate))
    }

    /// What follows once the row of a pack stands, or that of the same pack which was there already.
    pub(crate) async fn pack_settled(&self, new: &NewPack, is_duplicate: bool) {
        if is_duplicate {
            self.drop_duplicate(new).await;
        }
        self.packs_came(new.repo).await;
    }

    /// Has the tickets closed that the new commits of the default branch close. A branch that begins brings a history
    /// that was written elsewhere: it closes nothing.
    async fn close_tickets_later(&self, tx: &Tx, repo: &Repository, push: &Push) -> Result<()> {
        let of_default = push.updates.iter().find(|update| update.name == repo.default_branch);
        let Some((old, new)) = of_default.and_then(|update| update.old.zip(update.new)) else {
            return Ok(());
        };
        let (old, new) = (old.to_string(), new.to_string());
        self.enqueue(tx, &Job::CloseTickets { repo: repo.id, user: push.user, old, new }).await
    }

    /// Does what a push means beside moving refs, and gives the hidden refs that move with it.
    ///
    /// From here on nobody else changes refs or merge requests of this repository until the transaction ends.
    async fn along<L: Level>(
        &self,
        tx: &Tx,
        access: &RepoAccess<L>,
        along: Along<'_>,
    ) -> Result<Vec<RefChange>> {
        repository::lock(tx, access.repo().id).await?;
        let by = by(access.actor());
        match along.purpose {
            Purpose::Push | Purpose::WebEdit => {}
            Purpose::Merge(merging) => self.settle_merge(tx, &by, merging).await?,
            Purpose::Suggestions(applying) => self.note_applied(tx, &by, applying).await?,
        }
        self.note_landed(tx, &by, &along.ahead.landed).await?;
        self.add_versions(tx, &by, along.ahead).await
    }

    /// Adds the row of a pack, unless the repository has the same pack already; says whether it did.
    ///
    /// Called under the lock of the repository. Other processes that take packs back do so under the same lock, so
    /// what is here now is here when the row is.
    pub(crate) async fn add_pack(&self, tx: &Tx, new: &NewPack, now: OffsetDateTime) -> Result<bool> {
        if now - new.row.created_at > GRACE / 2 {
            return Err(Error::Conflict("the push took too long: push again".to_owned()));
        }
        let in_bucket = self.repositories().remote().is_some();
        if !in_bucket && !self.repositories().pack_path(new.repo, &new.row.checksum).is_file() {
            return Err(Error::Conflict(
                "the objects are gone, because a push of the same was refused".to_owned(),
            ));
        }
        let states = pack::states(tx, new.repo).await?;
        if let Some(there) = states.iter().find(|state| state.pack.checksum == new.row.checksum) {
            if there.role == PackRole::Leftover {
                // What nobody reached is reached again.
                pack::set_role(tx, there.pack.id, PackRole::Pushed).await?;
            }
            return Ok(false);
        }
        pack::insert(tx, new.repo, &new.row).await?;
        Ok(true)
    }

    async fn record_push(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        repo: &Repository,
        row: &Push,
    ) -> Result<()> {
        let listed: Vec<_> = row.updates.iter().take(LISTED).map(words).collect();
        let detail = json!({ "push": row.id.to_string(), "door": origin.door.name(), "refs": listed, "count": row.updates.len() });
        let name = repo.path.to_string();
        record(tx, self.ambient(), actor, origin, "repository.push", Subject::new(&repo.id, &name), detail)
            .await
    }
}

fn words(update: &RefUpdate) -> serde_json::Value {
    let text = |id: &Option<forge_core::ObjectId>| id.map(|id| id.to_string());
    json!({ "ref": update.name.as_str(), "old": text(&update.old), "new": text(&update.new) })
}

/// The first push decides what HEAD names, where the branch it names now does not come into being.
async fn adopt_default_branch(tx: &Tx, repo: &Repository, changes: &[RefChange]) -> Result<()> {
    if git_ref::by_name(tx, repo.id, &repo.default_branch).await?.is_some() {
        return Ok(());
    }
    let branches: Vec<RefName> = git_ref::all(tx, repo.id)
        .await?
        .into_iter()
        .map(|row| row.name)
        .filter(|name| name.as_branch().is_some())
        .collect();
    let is_new = |change: &&RefChange| change.update.old.is_none();
    let created: HashSet<&RefName> =
        changes.iter().filter(is_new).map(|change| &change.update.name).collect();
    if !branches.iter().all(|name| created.contains(name)) {
        return Ok(());
    }
    let usual = ["main", "master", "trunk", "develop"];
    let likely = usual.iter().find_map(|usual| branches.iter().find(|name| name.as_branch() == Some(usual)));
    if let Some(chosen) = likely.or(branches.first()) {
        repository::set_default_branch(tx, repo.id, chosen).await?;
    }
    Ok(())
}
