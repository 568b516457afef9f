//! Two forges on one PostgreSQL and one bucket, each with a disk of its own.

use forge_tests::{BucketServer, Forge, Person, WorkTree, empty_database};

use super::copies;

async fn node(bucket: &BucketServer, database: &str) -> Forge {
    Forge::with(|config| {
        bucket.configure(config);
        database.clone_into(&mut config.database.url);
    })
    .await
}

pub(super) async fn two_nodes() -> Option<(BucketServer, Forge, Forge)> {
    let (bucket, database) = (BucketServer::start()?, empty_database().await?);
    let one = node(&bucket, &database).await;
    let two = node(&bucket, &database).await;
    Some((bucket, one, two))
}

fn whole_clone(person: &Person, forge: &Forge, repo: &str) -> WorkTree {
    let clone = person.clone_of(&forge.https(person, repo), &[]).unwrap();
    clone.fsck();
    clone
}

/// Runs both at the same moment.
fn together<T: Send>(one: impl FnOnce() -> T + Send, two: impl FnOnce() -> T + Send) -> (T, T) {
    std::thread::scope(|scope| {
        let other = scope.spawn(two);
        (one(), other.join().unwrap())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_takes_the_other_serves_at_once() {
    let Some((bucket, one, two)) = two_nodes().await else { return };
    let alice = one.user("alice").await;
    one.repo(&alice, "beds").await;
    let work = alice.work_tree();
    let nodes = [&one, &two];
    for number in 0..6 {
        work.commit("a", number.to_string());
        let (here, there) = (nodes[number % 2], nodes[(number + 1) % 2]);
        work.git(&["push", "--quiet", &here.https(&alice, "alice/beds"), "main"]).unwrap();
        assert_eq!(whole_clone(&alice, there, "alice/beds").head(), work.head());
        alice.clone_of(&there.ssh("alice/beds"), &["--depth=1"]).unwrap();
    }
    assert_eq!(bucket.blobs().len(), 12, "six packs with their indices");
    assert_eq!((copies(&one), copies(&two)), (6, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_wins_each_round_whichever_node_it_comes_through() {
    let Some((bucket, one, two)) = two_nodes().await else { return };
    let alice = one.user("alice").await;
    one.repo(&alice, "beds").await;
    let (left, right) = (one.https(&alice, "alice/beds"), two.https(&alice, "alice/beds"));
    let base = alice.work_tree();
    base.commit("base", "0");
    base.git(&["push", "--quiet", &left, "main"]).unwrap();
    let (a, b) = (alice.clone_of(&left, &[]).unwrap(), alice.clone_of(&right, &[]).unwrap());
    for round in 0..5 {
        a.commit("a", format!("left {round}"));
        b.commit("b", format!("right {round}"));
        let push = |work: &WorkTree, remote: &str| work.try_git(&["push", "--quiet", remote, "main"]).ok;
        let (won, lost) = together(|| push(&a, &left), || push(&b, &right));
        assert!(won ^ lost, "round {round}: {won} {lost}");
        let (winner, loser, remote) = if won { (&a, &b, &right) } else { (&b, &a, &left) };
        loser.git(&["pull", "--quiet", "--rebase", remote, "main"]).unwrap();
        // A branch of one's own is nobody's race.
        let own = |work: &WorkTree, remote: &str, branch: &str| {
            work.try_git(&["push", "--quiet", "--force", remote, &format!("HEAD:refs/heads/{branch}")]).ok
        };
        let (one_own, two_own) = together(|| own(&a, &left, "left"), || own(&b, &right, "right"));
        assert!(one_own && two_own, "round {round}");
        loser.git(&["push", "--quiet", remote, "main"]).unwrap();
        winner.git(&["pull", "--quiet", "--rebase", remote, "main"]).unwrap();
        assert_eq!(winner.head(), loser.head());
    }
    for forge in [&one, &two] {
        assert_eq!(whole_clone(&alice, forge, "alice/beds").head(), a.head());
    }
    assert_eq!(
        one.app().sweep_bucket(std::time::Duration::ZERO).await.unwrap(),
        0,
        "a lost push left something"
    );
    drop(bucket);
}

/// The very same pack through both nodes at once: whoever loses must not take away what the winner needs.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_pack_twice_is_never_taken_away() {
    let Some((_bucket, one, two)) = two_nodes().await else { return };
    let alice = one.user("alice").await;
    one.repo(&alice, "beds").await;
    let (left, right) = (one.https(&alice, "alice/beds"), two.https(&alice, "alice/beds"));
    let work = alice.work_tree();
    for round in 0..8 {
        work.commit("a", format!("round {round}"));
        let push = |remote: &str| work.try_git(&["push", "--quiet", remote, "main"]).ok;
        let (here, there) = together(|| push(&left), || push(&right));
        assert!(here || there, "round {round}");
        // Nothing of what the loser tried is in the way, and nothing is missing.
        one.app().sweep_bucket(std::time::Duration::ZERO).await.unwrap();
        let fresh = if round % 2 == 0 { &one } else { &two };
        assert_eq!(whole_clone(&alice, fresh, "alice/beds").head(), work.head());
    }
    // Deleted and pushed again, the pack is the same to the byte.
    work.git(&["push", "--quiet", &left, "main:refs/heads/copy"]).unwrap();
    work.git(&["push", "--quiet", &right, ":refs/heads/copy"]).unwrap();
    work.git(&["push", "--quiet", &left, "main:refs/heads/copy"]).unwrap();
    whole_clone(&alice, &two, "alice/beds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_an_empty_disk_serves_everything() {
    let Some((_bucket, mut one, two)) = two_nodes().await else { return };
    let alice = one.user("alice").await;
    one.repo(&alice, "beds").await;
    let work = alice.work_tree();
    for number in 0..4 {
        work.commit("a", number.to_string());
        work.git(&["push", "--quiet", &one.https(&alice, "alice/beds"), "main"]).unwrap();
    }
    for running in [true, false] {
        std::fs::remove_dir_all(one.data().join("repositories")).unwrap();
        std::fs::create_dir(one.data().join("repositories")).unwrap();
        if !running {
            one.restart().await;
        }
        assert_eq!(whole_clone(&alice, &one, "alice/beds").head(), work.head(), "running: {running}");
    }
    assert_eq!(whole_clone(&alice, &two, "alice/beds").head(), work.head());
}
