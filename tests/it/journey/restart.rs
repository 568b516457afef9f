//! What was acknowledged is there after a restart.

use forge_tests::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let mut forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    for number in 0..5 {
        work.commit("a", number.to_string());
        work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    }
    forge.restart().await;
    let clone = alice.clone_of(&forge.ssh("alice/beds"), &[]).unwrap();
    assert_eq!(clone.head(), work.head());
    clone.fsck();
}
