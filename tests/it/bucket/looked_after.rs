//! Packs in a bucket are put together, and what must go goes everywhere.

use std::sync::Arc;
use std::time::Duration;

use forge_app::{Haste, Origin};
use forge_core::{Actor, ObjectId, RepoPath};
use forge_tests::{Forge, Person, WorkTree};

use super::{copies, nodes::two_nodes};

fn path() -> RepoPath {
    "alice/beds".parse().unwrap()
}

async fn with_pushes(forge: &Forge) -> (Person, WorkTree, String) {
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let (work, remote) = (alice.work_tree(), forge.https(&alice, "alice/beds"));
    for number in 0..5 {
        work.commit("a", format!("{number}\n").repeat(200));
        work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    }
    (alice, work, remote)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_packs_become_one_in_the_bucket_too() {
    let Some((bucket, one, two)) = two_nodes().await else { return };
    let (alice, work, _) = with_pushes(&one).await;
    alice.clone_of(&two.https(&alice, "alice/beds"), &[]).unwrap();
    assert_eq!((bucket.blobs().len(), copies(&two)), (10, 5));
    let site = one.app().authorize_site(&Actor::System { reason: "test" }).unwrap();
    let done = one.app().collect_garbage(&site, &path(), Haste::Now, Arc::new(|_| {})).await.unwrap();
    assert_eq!((done.before.packs, done.after.packs), (5, 1));
    // What nothing names goes from the bucket; the other node serves the new pack, and drops its copies of the old.
    one.app().sweep_bucket(Duration::ZERO).await.unwrap();
    assert_eq!(bucket.blobs().len(), 2);
    let clone = alice.clone_of(&two.https(&alice, "alice/beds"), &[]).unwrap();
    clone.fsck();
    assert_eq!((clone.head(), copies(&two)), (work.head(), 1));
    work.commit("a", "more");
    work.git(&["push", "--quiet", &two.https(&alice, "alice/beds"), "main"]).unwrap();
    alice.clone_of(&one.https(&alice, "alice/beds"), &[]).unwrap().fsck();
    let found = one.app().examine(&site).await.unwrap();
    // A database of tests need not survive a power cut.
    let faults: Vec<_> =
        found.faults.iter().filter(|fault| !fault.starts_with("PostgreSQL runs with")).collect();
    assert_eq!((faults, found.leftovers), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purged_object_is_gone_from_the_bucket_and_from_every_disk() {
    let Some((bucket, one, two)) = two_nodes().await else { return };
    let (alice, work, remote) = with_pushes(&one).await;
    let secret: ObjectId = {
        work.git(&["checkout", "--quiet", "-b", "leak"]).unwrap();
        work.commit("patients", "somebody's number");
        work.git(&["rev-parse", "HEAD:patients"]).unwrap().trim().parse().unwrap()
    };
    work.git(&["push", "--quiet", &remote, "leak"]).unwrap();
    alice.clone_of(&two.https(&alice, "alice/beds"), &[]).unwrap();
    let site = one.app().authorize_site(&Actor::System { reason: "test" }).unwrap();
    let refused = one.app().purge_object(&site, &Origin::console(), &path(), &secret).await;
    assert!(refused.unwrap_err().to_string().contains("refs/heads/leak"));
    work.git(&["push", "--quiet", &remote, ":leak"]).unwrap();
    let purged = one.app().purge_object(&site, &Origin::console(), &path(), &secret).await.unwrap();
    assert!(purged.packs >= 1, "{purged:?}");
    // Each use of a node brings its disk in order.
    for forge in [&one, &two] {
        let clone = alice.clone_of(&forge.https(&alice, "alice/beds"), &[]).unwrap();
        clone.fsck();
    }
    let mut files = bucket.blobs();
    for forge in [&one, &two] {
        for entry in std::fs::read_dir(forge.data().join("repositories")).unwrap() {
            let packs = entry.unwrap().path().join("objects/pack");
            files.extend(std::fs::read_dir(packs).unwrap().map(|file| file.unwrap().path()));
        }
    }
    let indices: Vec<_> =
        files.iter().filter(|file| file.extension().is_some_and(|end| end == "idx")).collect();
    assert!(!indices.is_empty());
    for index in indices {
        let listed = forge_tests::git_fed(
            alice.home(),
            &["show-index", "--object-format=sha1"],
            &std::fs::read(index).unwrap(),
        );
        assert!(listed.ok && !listed.stdout.is_empty(), "{listed:?}");
        assert!(!listed.stdout.contains(&secret.to_string()), "{}: {secret} in {listed:?}", index.display());
    }
    let back = work.try_git(&["push", "--quiet", &two.https(&alice, "alice/beds"), "leak"]);
    assert!(!back.ok && back.stderr.contains("removed from this repository for good"), "{back:?}");
}
