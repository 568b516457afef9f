//! Forks: a copy of a repository at another owner's, made at once.
//!
//! No object is copied on one machine: packs in which everything is reached from the branches and tags that come along are
//! linked, and what else these need is packed anew. From then on both repositories have packs of their own, and
//! nothing that is done to one touches the other.

use std::path::Path;

use forge_core::fork::{Copying, may_stand, widest};
use forge_core::{
    Actor, ForkedFrom, ObjectId, OwnerId, RefUpdate, RepoName, RepoPath, Repository, Visibility,
};
use forge_git::Cancel;
use forge_git::repack;
use forge_store::git_ref::{self, RefChange, StoredRef};
use forge_store::pack::{self, PackRole, PackState, StoredPack};
use forge_store::{Rows, Tx, maintenance, repository};
use serde_json::json;

use crate::access::{OwnerAccess, Read, RepoAccess};
use crate::app::App;
use crate::audit::{Origin, Subject, record};
use crate::error::{Error, Result};
use crate::git::{NewPack, Objects};
use crate::jobs::Job;
use crate::merge_request::person;
use crate::repository::create::taken;

/// What comes along.
const COPIED: [&str; 2] = ["refs/heads/", "refs/tags/"];

/// What a fork is to be.
#[derive(Debug, Clone)]
pub struct NewFork {
    /// Its name.
    pub name: RepoName,
    /// Who may see it: at most those who see its source.
    pub visibility: Visibility,
}

/// A repository as it is copied.
struct Moment {
    refs: Vec<StoredRef>,
    packs: Vec<PackState>,
    purged: usize,
}

impl Moment {
    fn tips(&self) -> Vec<ObjectId> {
        self.refs.iter().map(|row| row.target).collect()
    }
}

impl App {
    /// Makes a fork with the branches and tags of its source.
    ///
    /// `Invalid` where it would be shown to people who cannot see the source.
    pub async fn fork_repository(
        &self,
        source: &RepoAccess<Read>,
        to: &OwnerAccess,
        origin: &Origin,
        new: &NewFork,
    ) -> Result<Repository> {
        person(source.actor())?;
        let (from, owner) = (source.repo(), to.owner());
        let fork = Repository {
            id: self.ambient().id(),
            owner: owner.id,
            path: RepoPath::new(owner.name.clone(), new.name.clone()),
            visibility: new.visibility,
            generation: 0,
            archived: false,
            forked_from: Some(ForkedFrom { repo: Some(from.id), path: from.path.to_string() }),
            created_at: self.ambient().now(),
            pushed_at: None,
            ..from.clone()
        };
        let rows = self.store().read().await?;
        self.check_fork_ceiling(&rows, &fork, owner.id, fork.visibility).await?;
        self.check_new(&rows, to, fork.visibility).await?;
        drop(rows);
        self.repositories().create(fork.id, fork.format)?;
        if let Err(error) = self.fill_fork(source, to.actor(), origin, &fork).await {
            self.repositories().remove(fork.id)?;
            self.drop_repository(fork.id).await?;
            return Err(error);
        }
        self.wake_workers();
        Ok(fork)
    }

    /// Gives a fork its packs, its refs and its row.
    async fn fill_fork(
        &self,
        source: &RepoAccess<Read>,
        actor: &Actor,
        origin: &Origin,
        fork: &Repository,
    ) -> Result<()> {
        let from = source.repo();
        let moment = self.moment(from).await?;
        let packs = self.copy_packs(from, fork, &moment).await?;
        // Copying may have taken its time.
        self.authorize_again::<Read>(source).await.map(drop)?;
        let tx = self.store().begin().await?;
        self.check_terms(&tx, actor).await?;
        repository::lock(&tx, from.id).await?;
        let now = repository::by_id(&tx, from.id).await?.ok_or(Error::NotFound)?;
        let purged = maintenance::purged(&tx, from.id).await?;
        if (now.visibility, now.owner) != (from.visibility, from.owner) || purged.len() != moment.purged {
            return Err(Error::Conflict("The repository has changed meanwhile. Try again.".to_owned()));
        }
        let creator = actor.person().map(|person| person.id);
        repository::insert(&tx, fork, creator).await.map_err(taken)?;
        for (row, role) in &packs {
            pack::insert_as(&tx, fork.id, row, *role).await?;
        }
        for (id, at) in &purged {
            maintenance::purge(&tx, fork.id, id, *at).await?;
        }
        git_ref::apply(&tx, fork.id, &moment.refs.into_iter().map(created).collect::<Vec<_>>()).await?;
        let name = fork.path.to_string();
        let detail = json!({ "from": from.path.to_string(), "visibility": fork.visibility.name() });
        let subject = Subject::new(&fork.id, &name);
        record(&tx, self.ambient(), actor, origin, "repository.fork", subject, detail).await?;
        self.enqueue(&tx, &Job::WarmPages { repo: fork.id }).await?;
        self.enqueue(&tx, &Job::Maintain { repo: fork.id }).await?;
        Ok(tx.commit().await?)
    }

    /// The refs that come along, and the packs, as they belong together.
    async fn moment(&self, repo: &Repository) -> Result<Moment> {
        let tx = self.store().begin().await?;
        let mut refs = git_ref::all(&tx, repo.id).await?;
        refs.retain(|row| COPIED.iter().any(|start| row.name.as_str().starts_with(start)));
        let mut packs = pack::states(&tx, repo.id).await?;
        packs.retain(|state| state.role != PackRole::Leftover);
        Ok(Moment { refs, packs, purged: maintenance::purged(&tx, repo.id).await?.len() })
    }

    /// Links or copies the packs that are reached as a whole, and packs the rest; gives the rows that they will have.
    async fn copy_packs(
        &self,
        from: &Repository,
        fork: &Repository,
        moment: &Moment,
    ) -> Result<Vec<(StoredPack, PackRole)>> {
        if moment.refs.is_empty() {
            return Ok(Vec::new());
        }
        let _turn = self.repositories().turn().await?;
        let objects = self.objects(from).await?;
        let (app, source, copy) = (self.clone(), from.clone(), fork.clone());
        let (packs, tips) = (moment.packs.clone(), moment.tips());
        let work =
            self.tasks().spawn_blocking(move || app.share_packs(&objects, &source, &copy, &packs, &tips));
        let (whole, rest) = work.await.map_err(Error::internal)??;
        let now = self.ambient().now();
        let mut rows = Vec::with_capacity(whole.len() + 1);
        for state in whole {
            let row = StoredPack { id: self.ambient().id(), created_at: now, ..state.pack.clone() };
            let new = NewPack { repo: fork.id, row: row.clone() };
            self.copy_in_bucket(&new, from.id, state.pack.id).await?;
            rows.push((row, state.role));
        }
        if let Some(rest) = rest {
            let row = StoredPack {
                id: self.ambient().id(),
                checksum: rest.checksum,
                bytes: rest.bytes,
                objects: rest.objects,
                created_at: now,
            };
            let new = NewPack { repo: fork.id, row: row.clone() };
            self.keep_pack(&new, &rest.path("pack")).await?;
            rows.push((row, PackRole::Pushed));
        }
        Ok(rows)
    }

    /// Puts the files of the packs in place, durably. Blocks.
    fn share_packs(
        &self,
        objects: &Objects,
        from: &Repository,
        fork: &Repository,
        packs: &[PackState],
        tips: &[ObjectId],
    ) -> Result<(Vec<PackState>, Option<repack::Repacked>)> {
        let limits = self.repositories().limits();
        let cancel = Cancel::within(limits.longest);
        let names: Vec<ObjectId> = packs.iter().map(|state| state.pack.checksum).collect();
        let copy = self.repositories().dir(fork.id).join("objects");
        let shares = repack::share(objects, &names, tips, &copy, &limits.git, &cancel)?;
        for checksum in &shares.whole {
            let there = self.repositories().pack_path(from.id, checksum);
            link(&there, &self.repositories().pack_path(fork.id, checksum)).map_err(Error::internal)?;
        }
        let rest = shares.rest.map(repack::Prepared::publish).transpose()?;
        forge_git::durable::sync_dir(&copy.join("pack"))?;
        let whole = packs.iter().filter(|state| shares.whole.contains(&state.pack.checksum));
        Ok((whole.cloned().collect(), rest))
    }

    /// Refuses a place or a visibility at which a fork would be shown to people who cannot see its source.
    pub(crate) async fn check_fork_ceiling(
        &self,
        rows: &impl Rows,
        fork: &Repository,
        owner: OwnerId,
        to: Visibility,
    ) -> Result<()> {
        let Some(source) = fork.forked_from.as_ref().and_then(|from| from.repo) else { return Ok(()) };
        let Some(source) = repository::by_id(rows, source).await? else { return Ok(()) };
        let copying = Copying { visibility: source.visibility, source_owner: source.owner, owner };
        if !may_stand(&copying) {
            return Err(Error::invalid(
                "owner",
                "Members of this organisation would see what they cannot see where it comes from. Choose yourself.",
            ));
        }
        let ceiling = widest(&copying);
        if to > ceiling {
            return Err(Error::invalid(
                "visibility",
                format!("A fork is shown to nobody who cannot see where it comes from: {ceiling} at most."),
            ));
        }
        Ok(())
    }
}

/// A ref of the source as a new one.
fn created(row: StoredRef) -> RefChange {
    RefChange { update: RefUpdate { name: row.name, old: None, new: Some(row.target) }, peeled: row.peeled }
}

/// Gives the files of a pack a second name. The index last: a pack without one is not seen.
fn link(there: &Path, here: &Path) -> std::io::Result<()> {
    for extension in ["pack", "reach", "idx"] {
        match std::fs::hard_link(there.with_extension(extension), here.with_extension(extension)) {
            Err(error) if extension == "reach" && error.kind() == std::io::ErrorKind::NotFound => {}
            linked => linked?,
        }
    }
    Ok(())
}

/// What a repository has to do with forks, as one person may know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForkStanding {
    /// What it was copied from, for those who may see that.
    pub from: Option<RepoPath>,
    /// The address of what it was copied from and what is gone, for those who may push.
    pub gone: Option<String>,
    /// How many forks of it the person may see.
    pub forks: u64,
}

impl App {
    /// What a repository has to do with forks.
    pub async fn fork_standing(&self, access: &RepoAccess<Read>) -> Result<ForkStanding> {
        let mut standing = ForkStanding::default();
        if let Some(from) = &access.repo().forked_from {
            match from.repo {
                Some(source) => match self.authorize_by_id::<Read>(access.actor(), source).await {
                    Ok(found) => standing.from = Some(found.repo().path.clone()),
                    Err(Error::NotFound | Error::Unauthenticated) => {}
                    Err(error) => return Err(error),
                },
                None if access.permission() >= forge_core::Permission::Write => {
                    standing.gone = Some(from.path.clone());
                }
                None => {}
            }
        }
        let one = crate::Page { offset: 0, limit: 1 };
        standing.forks = self.forks(access, one).await?.total;
        Ok(standing)
    }
}

/// Forks of one person that are offered as sources.
const OFFERED: u64 = 50;

impl App {
    /// The repositories that the person may offer changes from: this one, and forks of it that they may push to.
    pub async fn offering(&self, access: &RepoAccess<Read>) -> Result<Vec<RepoPath>> {
        let mut found = Vec::new();
        if access.permission() >= forge_core::Permission::Write {
            found.push(access.repo().path.clone());
        }
        for fork in self.own_forks(access, OFFERED).await? {
            if self.authorize_by_id::<crate::access::Write>(access.actor(), fork.id).await.is_ok() {
                found.push(fork.path);
            }
        }
        Ok(found)
    }
}

/// The forks of a repository, and theirs, that more people can see than its visibility allows, with what they may be.
pub(super) async fn forks_below(tx: &Tx, source: &Repository) -> Result<Vec<(Repository, Visibility)>> {
    let (mut found, mut next) = (Vec::new(), vec![source.clone()]);
    while let Some(source) = next.pop() {
        for fork in repository::forks(tx, source.id).await? {
            let copying =
                Copying { visibility: source.visibility, source_owner: source.owner, owner: fork.owner };
            let allowed = widest(&copying);
            if fork.visibility > allowed {
                next.push(Repository { visibility: allowed, ..fork.clone() });
                found.push((fork, allowed));
            }
        }
    }
    Ok(found)
}
