use std::sync::Arc;
use std::time::Duration;

use forge_core::{Actor, ObjectFormat, RefUpdate, RepoId, Secret, Visibility};
use forge_git::Cancel;
use forge_store::git_ref::{self, RefChange};
use forge_store::pack::{self, PackRole};
use forge_store::{Options, Store, maintenance, repository};

use super::*;
use crate::git::push::PushDoor;
use crate::{
    Ambient, App, Config, CredentialOptions, JobOptions, NewRepository, NewUser, Origin, PackStorage,
    PasswordCost, Start, TransferLimits, Write,
};

/// An empty house on a database file; two of them on one file are two processes.
pub(crate) async fn open(dir: &std::path::Path, jobs: JobOptions) -> App {
    open_with(dir, jobs, crate::SignInOptions::default()).await
}

/// The same with other ways to sign in and other mail.
pub(crate) async fn open_with(dir: &std::path::Path, jobs: JobOptions, sign_in: crate::SignInOptions) -> App {
    let url = format!("sqlite://{}", dir.join("forge.db").display());
    let store =
        Store::connect(&Options { url, max_readers: 2, patience: std::time::Duration::from_secs(30) })
            .await
            .unwrap();
    migrations::apply(store.connection_for_migrations()).await.unwrap();
    let config = Config {
        sign_in,
        data_dir: dir.to_owned(),
        password_cost: PasswordCost { memory_kib: 8, passes: 1, at_once: 1 },
        transfers: TransferLimits::default(),
        packs: PackStorage::default(),
        jobs,
        maintenance: MaintenanceOptions::default(),
        credentials: CredentialOptions::default(),
        access: crate::app::AccessOptions { public_repositories: true },
    };
    App::open(&config, store, Ambient::system()).unwrap()
}

/// A house with one repository of one commit.
pub(crate) async fn house(dir: &std::path::Path) -> (App, RepoId) {
    let app = open(dir, JobOptions::default()).await;
    let (console, origin) = (Actor::System { reason: "test" }, Origin::console());
    let site = app.authorize_site(&console).unwrap();
    let new = NewUser {
        name: "alice".parse().unwrap(),
        display_name: String::new(),
        email: forge_core::Email::new("alice@example.nhs.uk").unwrap(),
        password: Secret::from("tea biscuits umbrella"),
        is_admin: false,
    };
    app.create_user(&site, &origin, &new).await.unwrap();
    let owner = app.authorize_owner(&console, &"alice".parse().unwrap()).await.unwrap();
    let new = NewRepository {
        name: "beds".parse().unwrap(),
        description: String::new(),
        visibility: Visibility::Private,
        format: ObjectFormat::Sha1,
        start: Start { readme: true, ..Start::default() },
    };
    let made = app.create_repository(&owner, &origin, &new).await.unwrap();
    (app, made.id)
}

async fn move_ref(app: &App, repo: RepoId, update: RefUpdate) {
    let tx = app.store().begin().await.unwrap();
    git_ref::apply(&tx, repo, &[RefChange { update, peeled: None }]).await.unwrap();
    repository::bump(&tx, repo).await.unwrap();
    tx.commit().await.unwrap();
}

async fn sweep(app: &App, repo: RepoId, grace: Duration) {
    let extent = Extent::Everything { grace };
    app.look_after(repo, extent, &Cancel::new(), Arc::new(|_| {})).await.unwrap();
}

async fn roles(app: &App, repo: RepoId) -> Vec<PackRole> {
    let rows = app.store().read().await.unwrap();
    pack::states(&rows, repo).await.unwrap().into_iter().map(|state| state.role).collect()
}

/// A push was checked while an object was still there, and moves its ref after the object was swept. Nothing is lost:
/// the files are still there, and before they go it is seen that somebody needs them.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_into_use_at_the_last_moment_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let (app, repo) = house(dir.path()).await;
    let rows = app.store().read().await.unwrap();
    let main = git_ref::all(&rows, repo).await.unwrap().remove(0);
    let (name, tip) = (main.name, main.target);
    move_ref(&app, repo, RefUpdate { name: name.clone(), old: Some(tip), new: None }).await;
    sweep(&app, repo, Duration::from_hours(1)).await;
    assert_eq!(roles(&app, repo).await, [PackRole::Leftover], "nothing reaches it, and it waits");
    sweep(&app, repo, Duration::ZERO).await;
    assert_eq!(roles(&app, repo).await, [], "its time is over");
    assert_eq!(maintenance::replaced(&rows, repo).await.unwrap().len(), 1, "but its files are still there");
    move_ref(&app, repo, RefUpdate { name: name.clone(), old: None, new: Some(tip) }).await;
    let deleted = app.remove_replaced(repo, Duration::ZERO, &Cancel::new()).await.unwrap();
    assert_eq!((deleted, roles(&app, repo).await), (0, vec![PackRole::Leftover]));
    // The next time all is packed anew it is where it belongs, and the rest may go.
    sweep(&app, repo, Duration::ZERO).await;
    assert_eq!(roles(&app, repo).await, [PackRole::Closed]);
    app.remove_replaced(repo, Duration::ZERO, &Cancel::new()).await.unwrap();
    assert_eq!(maintenance::replaced(&rows, repo).await.unwrap(), vec![]);
    let site = app.authorize_site(&Actor::System { reason: "test" }).unwrap();
    let found = app.examine(&site).await.unwrap();
    assert_eq!((found.faults, found.leftovers), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_swept_and_nobody_wants_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let (app, repo) = house(dir.path()).await;
    let rows = app.store().read().await.unwrap();
    let main = git_ref::all(&rows, repo).await.unwrap().remove(0);
    move_ref(&app, repo, RefUpdate { name: main.name, old: Some(main.target), new: None }).await;
    sweep(&app, repo, Duration::ZERO).await;
    sweep(&app, repo, Duration::ZERO).await;
    assert_eq!(app.remove_replaced(repo, Duration::from_hours(1), &Cancel::new()).await.unwrap(), 0);
    assert_eq!(app.remove_replaced(repo, Duration::ZERO, &Cancel::new()).await.unwrap(), 1);
    let packs = app.repositories().dir(repo).join("objects/pack");
    assert_eq!(std::fs::read_dir(packs).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swap_whose_packs_are_gone_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (app, repo) = house(dir.path()).await;
    let case = app.case(repo).await.unwrap().unwrap();
    sweep(&app, repo, Duration::ZERO).await;
    let before = app.case(repo).await.unwrap().unwrap();
    let stale = swap::Swap {
        old: case.packs.iter().map(|state| state.pack.clone()).collect(),
        dropped: Vec::new(),
        new: Vec::new(),
        repacked: true,
    };
    assert!(matches!(app.swap(&case.repo, &stale).await, Err(crate::Error::Conflict(_))));
    let after = app.case(repo).await.unwrap().unwrap();
    assert_eq!((before.packs, before.repo.generation), (after.packs, after.repo.generation));
}

/// What a push leans on may have been removed after it was looked for, so it has to be looked for again.
#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_was_under_way_during_a_purge_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (app, repo) = house(dir.path()).await;
    let rows = app.store().read().await.unwrap();
    let tip = git_ref::all(&rows, repo).await.unwrap().remove(0).target;
    let path = "alice/beds".parse().unwrap();
    let push = async |purges: bool, name: &str| {
        let access = app.authorize::<Write>(&Actor::System { reason: "test" }, &path).await.unwrap();
        let door = PushDoor::open(&app, access, Origin::console()).await.unwrap();
        if purges {
            let tx = app.store().begin().await.unwrap();
            let gone = forge_core::ObjectId::Sha1([9; 20]);
            maintenance::purge(&tx, repo, &gone, app.ambient().now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let update = RefUpdate { name: name.parse().unwrap(), old: None, new: Some(tip) };
        let accepted = tokio::task::spawn_blocking(move || {
            let limits = forge_git::Limits::default();
            let nothing = forge_git::receive::Quarantine::empty(&door.objects, &limits);
            door.accept(nothing, &[update], vec![Ok(())], false, &mut forge_git::receive::Silent)
        });
        accepted.await.unwrap().unwrap().remove(0)
    };
    assert_eq!(push(false, "refs/heads/one").await, Ok(()));
    assert!(push(true, "refs/heads/two").await.unwrap_err().contains("meanwhile: push again"));
    assert_eq!(push(false, "refs/heads/two").await, Ok(()));
}
