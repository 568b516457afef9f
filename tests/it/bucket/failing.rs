//! A bucket that does not answer, and blobs that nothing names.

use std::time::Duration;

use super::forge;

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bucket_a_push_is_refused_and_nothing_is_acknowledged() {
    let Some((mut bucket, forge)) = forge().await else { return };
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds");
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let listed = || alice.git(&["ls-remote", &remote]).success().unwrap();
    let before = listed();

    bucket.stop();
    work.commit("a", "2");
    for remote in [remote.clone(), forge.ssh("alice/beds")] {
        let refused = work.try_git(&["push", &remote, "main"]);
        assert!(!refused.ok && refused.stderr.contains("does not answer"), "{refused:?}");
    }
    assert_eq!(listed(), before, "a ref moved without its objects");
    // What is on this machine's disk is served all the same, and whoever sends traffic here is told.
    alice.clone_of(&remote, &[]).unwrap().fsck();
    let readiness = forge.client().get("/readyz").await;
    assert_eq!(
        (readiness.status.as_u16(), readiness.text().trim()),
        (503, "the bucket of packs does not answer")
    );
    assert_eq!(forge.client().get("/healthz").await.status.as_u16(), 200);

    bucket.resume();
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    let clone = alice.clone_of(&remote, &[]).unwrap();
    clone.fsck();
    assert_eq!(clone.head(), work.head());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_in_a_bucket_that_is_away_is_unavailable_and_comes_back() {
    let Some((mut bucket, mut forge)) = forge().await else { return };
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    std::fs::remove_dir_all(forge.data().join("repositories")).unwrap();
    bucket.stop();
    forge.restart().await;
    let remote = forge.https(&alice, "alice/beds");
    let said = alice.clone_of(&remote, &[]).map(drop).unwrap_err();
    assert!(said.stderr.contains("503"), "{said:?}");
    bucket.resume();
    alice.clone_of(&remote, &[]).unwrap().fsck();
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_that_nothing_names_go_and_the_others_stay() {
    let Some((bucket, forge)) = forge().await else { return };
    let alice = forge.user("alice").await;
    for name in ["beds", "rota"] {
        forge.repo(&alice, name).await;
        let work = alice.work_tree();
        work.commit("a", name);
        work.git(&["push", "--quiet", &forge.https(&alice, &format!("alice/{name}")), "main"]).unwrap();
    }
    let first = bucket.blobs()[0].clone();
    // What a push leaves whose node died between the bucket and the transaction: a row's name that no row has.
    let row = first.parent().unwrap();
    let other = row.parent().unwrap().join("0192f0c1-2345-7abc-8def-0123456789ab");
    std::fs::create_dir(&other).unwrap();
    let stray = other.join(first.file_name().unwrap());
    std::fs::copy(&first, &stray).unwrap();
    let stranger = row.parent().unwrap().join("notes.txt");
    std::fs::write(&stranger, "somebody else's").unwrap();

    let app = forge.app();
    assert_eq!(app.sweep_bucket(Duration::from_hours(1)).await.unwrap(), 0, "it is too new to be judged");
    assert!(stray.exists());
    assert_eq!(app.sweep_bucket(Duration::ZERO).await.unwrap(), 1);
    assert!(!stray.exists() && stranger.exists() && bucket.blobs().len() == 4);

    let access = app
        .authorize(&forge_core::Actor::System { reason: "console" }, &"alice/beds".parse().unwrap())
        .await
        .unwrap();
    app.delete_repository(access, &forge_app::Origin::console()).await.unwrap();
    assert_eq!(bucket.blobs().len(), 2, "the packs of a deleted repository are still there");
    alice.clone_of(&forge.https(&alice, "alice/rota"), &[]).unwrap().fsck();
}
