//! What a new repository starts with. It comes with the repository's row, in one transaction, or not at all.

use forge_core::code::Change;
use forge_core::{Actor, FilePath, RefUpdate, Repository};
use forge_git::Cancel;
use forge_git::browse::Browser;
use forge_store::Tx;
use forge_store::git_ref::{self, RefChange};
use forge_store::pack::StoredPack;
use time::OffsetDateTime;

use crate::app::App;
use crate::audit::Origin;
use crate::error::{Error, Result};
use crate::git::NewPack;
use crate::git::commit::quarantined;
use crate::repository::Start;

const MIT: &str = include_str!("mit.txt");

/// A first commit whose objects are durable, and which nothing names yet.
pub(crate) struct Begun {
    change: RefChange,
    pack: NewPack,
}

impl App {
    /// Makes the first commit in the directory of a repository that has no row yet.
    pub(crate) async fn begin(&self, actor: &Actor, repo: &Repository, start: Start) -> Result<Begun> {
        let author = self.author_of(actor).await?;
        let changes = files(repo, start, &author.name, self.ambient().now())?;
        let store = self.repositories().store_at(repo, repo.generation)?;
        let (app, repo) = (self.clone(), repo.clone());
        let runtime = tokio::runtime::Handle::current();
        let work = self.tasks().spawn_blocking(move || {
            let built = Browser::open(&store).commit_on(
                None,
                &changes,
                &author,
                &author,
                "Start the repository\n",
            )?;
            let limits = app.repositories().limits();
            let quarantine =
                quarantined(&store, &built.objects, &limits.git, &Cancel::within(limits.longest))?;
            let incoming =
                quarantine.incoming().ok_or_else(|| Error::Internal("an empty commit".to_owned()))?;
            let row = StoredPack {
                id: app.ambient().id(),
                checksum: incoming.checksum,
                bytes: incoming.bytes,
                objects: incoming.objects,
                created_at: app.ambient().now(),
            };
            let pack = NewPack { repo: repo.id, row };
            runtime.block_on(app.keep_pack(&pack, incoming.pack))?;
            app.refuse_if_disk_failed()?;
            quarantine.publish()?;
            let update = RefUpdate { name: repo.default_branch.clone(), old: None, new: Some(built.id) };
            Ok(Begun { change: RefChange { update, peeled: None }, pack })
        });
        work.await.map_err(Error::internal)?
    }

    /// Gives a repository whose row this transaction has made its first commit.
    pub(crate) async fn add_begun(
        &self,
        tx: &Tx,
        actor: &Actor,
        origin: &Origin,
        repo: &Repository,
        begun: &Begun,
    ) -> Result<()> {
        self.check_terms(tx, actor).await?;
        let changes = std::slice::from_ref(&begun.change);
        git_ref::apply(tx, repo.id, changes).await?;
        self.write_push(tx, actor, origin, repo, changes, Some(&begun.pack)).await.map(drop)
    }
}

/// A README that says what the repository is called, and a licence.
fn files(repo: &Repository, start: Start, holder: &str, now: OffsetDateTime) -> Result<Vec<Change>> {
    let path = |name: &str| FilePath::new(name).map_err(Error::internal);
    let mut changes = Vec::new();
    if start.readme {
        let mut text = format!("# {}\n", repo.path.name);
        if !repo.description.is_empty() {
            text.extend(["\n", &repo.description, "\n"]);
        }
        changes.push(Change::put(path("README.md")?, text));
    }
    if start.licence {
        let text = MIT.replace("{year}", &now.year().to_string()).replace("{holder}", holder);
        changes.push(Change::put(path("LICENSE")?, text));
    }
    Ok(changes)
}
