//! The one transaction in which refs move.

use forge_core::{Actor, Permission, Push, RefName, RefUpdate, Repository};
use forge_git::receive::PublishedPack;
use forge_store::git_ref::{self, RefChange};
use forge_store::pack::StoredPack;
use forge_store::{Tx, pack, push, repository};
use serde_json::json;

use crate::access::{Level, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::jobs::Job;

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
        published: Option<&PublishedPack>,
    ) -> Result<()> {
        let access = self.authorize_again(access).await?;
        if access.permission() < Permission::Write || access.repo().archived {
            return Err(Error::Forbidden("you may no longer push to this repository".to_owned()));
        }
        let (repo, now) = (access.repo(), self.ambient().now());
        let tx = self.store().begin().await?;
        git_ref::apply(&tx, repo.id, changes).await?;
        if let Some(published) = published {
            let row = StoredPack {
                id: self.ambient().id(),
                checksum: published.checksum,
                bytes: published.bytes,
                objects: published.objects,
                created_at: now,
            };
            pack::insert(&tx, repo.id, &row).await?;
        }
        adopt_default_branch(&tx, repo, changes).await?;
        let row = Push {
            id: self.ambient().id(),
            repo: repo.id,
            user: access.actor().person().map(|person| person.id),
            door: origin.door,
            at: now,
            updates: changes.iter().map(|change| change.update.clone()).collect(),
        };
        push::insert(&tx, &row).await?;
        repository::pushed(&tx, repo.id, now).await?;
        self.record_push(&tx, access.actor(), origin, repo, &row).await?;
        self.enqueue_after(&tx, &Job::WarmPages { repo: repo.id }, PAUSE).await?;
        if published.is_some() {
            self.enqueue_after(&tx, &Job::Maintain { repo: repo.id }, SETTLED).await?;
        }
        tx.commit().await?;
        self.wake_workers();
        Ok(())
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
    let created = |name: &&RefName| {
        changes.iter().any(|change| &change.update.name == *name && change.update.old.is_none())
    };
    if !branches.iter().all(|name| created(&name)) {
        return Ok(());
    }
    let usual = ["main", "master", "trunk", "develop"];
    let likely = usual.iter().find_map(|usual| branches.iter().find(|name| name.as_branch() == Some(usual)));
    if let Some(chosen) = likely.or(branches.first()) {
        repository::set_default_branch(tx, repo.id, chosen).await?;
    }
    Ok(())
}
