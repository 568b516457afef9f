//! Repositories stay in order while people work in them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use forge_app::{App, Collected, Error, Haste, Origin};
use forge_core::{Actor, ObjectFormat, Visibility};
use forge_server::house;
use forge_tests::{Forge, Person, WorkTree};

const SOON: Duration = Duration::from_mins(1);

async fn collect(app: &App, haste: Haste) -> Collected {
    let site = app.authorize_site(&Actor::System { reason: "console" }).unwrap();
    let path = "alice/beds".parse().unwrap();
    app.collect_garbage(&site, &path, haste, Arc::new(|_| {})).await.unwrap()
}

async fn town(format: ObjectFormat) -> (Forge, Person, WorkTree, String) {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.make_repo("alice/beds", Visibility::Private, format).await;
    let work = alice.work_tree_of(&[&format!("--object-format={format}")]);
    let remote = forge.https(&alice, "alice/beds");
    (forge, alice, work, remote)
}

fn push(work: &WorkTree, remote: &str, number: usize) {
    let rows: Vec<_> = (0..300).map(|line| format!("{line},{}", line * (number + 3) % 17)).collect();
    work.commit("table.csv", rows.join("\n"));
    work.git(&["push", "--quiet", remote, "main"]).unwrap();
}

fn objects(forge: &Forge) -> PathBuf {
    let repositories = forge.data().join("repositories");
    let mut dirs = std::fs::read_dir(repositories).unwrap();
    dirs.next().unwrap().unwrap().path().join("objects")
}

fn files(forge: &Forge, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(objects(forge).join("pack")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

async fn faults(forge: &Forge) -> (Vec<String>, Vec<String>) {
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let found = forge.app().examine(&site).await.unwrap();
    (found.faults, found.leftovers)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pushes_do_not_make_many_packs() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let (forge, alice, work, remote) = town(format).await;
        for number in 0..9 {
            push(&work, &remote, number);
        }
        assert_eq!(files(&forge, "pack").len(), 9);
        forge.app().run_due_jobs(SOON).await.unwrap();
        let done = collect(forge.app(), Haste::Now).await;
        assert_eq!((done.before.packs, done.after.packs), (1, 1), "the job after the pushes did it");
        assert!(done.after.repacked_at.is_some());
        assert_eq!(files(&forge, "pack").len(), 1, "and the old ones are gone");
        assert_eq!(files(&forge, "reach").len(), 1);
        let bare = objects(&forge).parent().unwrap().to_owned();
        alice.git(&["-C", bare.to_str().unwrap(), "commit-graph", "verify"]).success().unwrap();
        assert!(bare.join("objects/info/commit-graph").exists());
        let clone = alice.clone_of(&remote, &[]).unwrap();
        clone.fsck();
        assert_eq!(clone.head(), work.head());
        assert_eq!(faults(&forge).await, (vec![], vec![]));
    }
}

/// Pushes and clones go on while packs are put together, swept and deleted, and nothing is missing.
#[tokio::test(flavor = "multi_thread")]
async fn people_work_while_it_is_looked_after() {
    let (forge, alice, work, remote) = town(ObjectFormat::Sha1).await;
    push(&work, &remote, 0);
    let second = house::open(forge.config()).await.unwrap();
    let pushing = {
        let remote = remote.clone();
        std::thread::spawn(move || {
            for number in 1..14 {
                push(&work, &remote, number);
                let branch = format!("HEAD:refs/heads/side-{}", number % 3);
                work.git(&["push", "--quiet", "--force", &remote, &branch]).unwrap();
            }
            work
        })
    };
    let cloning = {
        let (alice, remote) = (alice.clone(), remote.clone());
        std::thread::spawn(move || {
            for _ in 0..6 {
                alice.clone_of(&remote, &[]).unwrap().fsck();
            }
        })
    };
    while !pushing.is_finished() || !cloning.is_finished() {
        let (one, two) = tokio::join!(collect(forge.app(), Haste::InTime), collect(&second, Haste::InTime));
        assert!(one.after.packs > 0 && two.after.packs > 0);
        forge.app().run_due_jobs(SOON).await.unwrap();
    }
    let work = pushing.join().unwrap();
    cloning.join().unwrap();
    let clone = alice.clone_of(&remote, &["--mirror"]).unwrap();
    clone.fsck();
    assert_eq!(clone.git(&["rev-parse", "main"]).unwrap().trim(), work.head());
    assert_eq!(faults(&forge).await, (vec![], vec![]));
    collect(forge.app(), Haste::Now).await;
    alice.clone_of(&remote, &["--mirror"]).unwrap().fsck();
    assert_eq!(faults(&forge).await, (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reaches_stays_for_its_time_and_then_goes() {
    let (forge, alice, work, remote) = town(ObjectFormat::Sha1).await;
    for number in 0..3 {
        push(&work, &remote, number);
    }
    work.git(&["checkout", "-q", "-b", "topic"]).unwrap();
    work.commit("topic.txt", "for a while".repeat(50));
    work.git(&["push", "--quiet", &remote, "topic"]).unwrap();
    work.git(&["push", "--quiet", &remote, "--delete", "topic"]).unwrap();
    let done = collect(forge.app(), Haste::InTime).await;
    assert_eq!((done.after.packs, done.after.unreachable_objects), (2, 3), "{done:?}");
    assert!(done.after.replaced_bytes > 0);
    // It comes back with a push, although the client sends it again: the leftovers are not disturbed.
    let again = collect(forge.app(), Haste::InTime).await;
    assert_eq!(again.after.unreachable_objects, 3);
    let swept = collect(forge.app(), Haste::Now).await;
    assert_eq!((swept.after.packs, swept.after.unreachable_objects, swept.after.replaced_bytes), (1, 0, 0));
    assert!(swept.deleted > 0);
    assert_eq!(files(&forge, "pack").len(), 1);
    alice.clone_of(&remote, &[]).unwrap().fsck();
    work.git(&["push", "--quiet", &remote, "topic"]).unwrap();
    alice.clone_of(&remote, &["--mirror"]).unwrap().fsck();
    assert_eq!(faults(&forge).await, (vec![], vec![]));
}

/// What a crash leaves between two steps is a repository that works.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_two_steps_loses_nothing() {
    let (mut forge, alice, work, remote) = town(ObjectFormat::Sha1).await;
    for number in 0..3 {
        push(&work, &remote, number);
    }
    // Before the swap: a pack that is prepared, and one that has no row yet.
    std::fs::create_dir(objects(&forge).join("incoming-repack-x")).unwrap();
    collect(forge.app(), Haste::InTime).await;
    let remains: Vec<(PathBuf, Vec<u8>)> =
        files(&forge, "pack").iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    let indices: Vec<_> =
        files(&forge, "idx").iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    collect(forge.app(), Haste::Now).await;
    for (path, bytes) in remains.iter().chain(&indices).filter(|(path, _)| !path.exists()) {
        std::fs::write(path, bytes).unwrap();
    }
    forge.restart().await;
    let remote = forge.https(&alice, "alice/beds");
    alice.clone_of(&remote, &[]).unwrap().fsck();
    push(&work, &remote, 7);
    // After the swap: some of the old files are gone already, their rows are not.
    collect(forge.app(), Haste::InTime).await;
    let done = collect(forge.app(), Haste::InTime).await;
    assert_eq!(done.after.packs, 1);
    forge.restart().await;
    let remote = forge.https(&alice, "alice/beds");
    alice.clone_of(&remote, &[]).unwrap().fsck();
    assert_eq!(faults(&forge).await.0, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_and_shown() {
    let forge = Forge::with(|config| config.maintenance.scrub_every.0 = 0).await;
    let alice = forge.user("alice").await;
    forge.admin("ada").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    push(&work, &forge.https(&alice, "alice/beds"), 0);
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    assert_eq!(forge.app().damaged_packs(&site).await.unwrap(), vec![]);
    let file = files(&forge, "pack").pop().unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[40] ^= 1;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&file, &bytes).unwrap();
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    let damaged = forge.app().damaged_packs(&site).await.unwrap();
    assert_eq!(damaged.len(), 1);
    assert!(damaged[0].damage.contains("a bit flipped"), "{damaged:?}");
    let ada = forge.client();
    ada.sign_in("ada").await;
    let page = ada.get("/admin/jobs").await.text();
    assert!(page.contains("Damaged packs") && page.contains("alice/beds"), "{page}");
    assert!(page.contains("No job has failed for good."));
    bytes[40] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    forge.app().run_due_jobs(Duration::ZERO).await.unwrap();
    assert_eq!(forge.app().damaged_packs(&site).await.unwrap(), vec![]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_object_is_gone_and_does_not_come_back() {
    let (forge, alice, work, remote) = town(ObjectFormat::Sha1).await;
    push(&work, &remote, 0);
    let clean = work.head();
    work.commit("patients.csv", "name,born\nDoe,1970-01-01\n");
    push(&work, &remote, 1);
    let secret = work.git(&["rev-parse", "HEAD:patients.csv"]).unwrap().trim().to_owned();
    let (app, id) = (forge.app(), secret.parse().unwrap());
    let site = app.authorize_site(&Actor::System { reason: "console" }).unwrap();
    let (origin, path) = (Origin::console(), "alice/beds".parse().unwrap());
    let refused = app.purge_object(&site, &origin, &path, &id).await;
    assert!(
        matches!(&refused, Err(Error::Conflict(text)) if text.contains("refs/heads/main")),
        "{refused:?}"
    );
    // Others may still lean on packs that were replaced.
    collect(app, Haste::InTime).await;
    work.git(&["push", "--quiet", &remote, "HEAD:refs/heads/old"]).unwrap();
    work.git(&["checkout", "-q", "-b", "clean", &clean]).unwrap();
    work.commit("note.txt", "without names");
    work.git(&["push", "--quiet", &remote, "clean"]).unwrap();
    work.git(&["push", "--quiet", &remote, "--delete", "old"]).unwrap();
    let refused = app.purge_object(&site, &origin, &path, &id).await;
    assert!(matches!(&refused, Err(Error::Conflict(text)) if !text.contains("old")), "{refused:?}");
    // Only an administrator of the forge can take away the default branch; here it becomes another one.
    let access = app.authorize(&Actor::System { reason: "console" }, &path).await.unwrap();
    app.set_default_branch(&access, &origin, &"refs/heads/clean".parse().unwrap()).await.unwrap();
    work.git(&["push", "--quiet", &remote, "--delete", "main"]).unwrap();
    let purged = app.purge_object(&site, &origin, &path, &id).await.unwrap();
    assert!(purged.packs >= 2, "{purged:?}");
    for pack in files(&forge, "idx") {
        let list = alice.git(&["verify-pack", "-v", pack.to_str().unwrap()]).success().unwrap();
        assert!(!list.contains(&secret), "{}", pack.display());
    }
    alice.clone_of(&remote, &["--mirror"]).unwrap().fsck();
    let again = work.try_git(&["push", &remote, "main:again"]);
    assert!(!again.ok && again.stderr.contains("removed from this repository for good"), "{again:?}");
    collect(app, Haste::Now).await;
    alice.clone_of(&remote, &["--mirror"]).unwrap().fsck();
    assert_eq!(faults(&forge).await, (vec![], vec![]));
}
