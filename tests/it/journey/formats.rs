//! Repositories whose objects are named by SHA-256.

use forge_core::{ObjectFormat, Visibility};
use forge_tests::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn sha256_end_to_end() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.make_repo("alice/fresh", Visibility::Private, ObjectFormat::Sha256).await;
    for (number, remote) in
        [forge.https(&alice, "alice/fresh"), forge.ssh("alice/fresh")].into_iter().enumerate()
    {
        let work = alice.clone_of(&remote, &[]).unwrap();
        assert_eq!(work.git(&["rev-parse", "--show-object-format"]).unwrap().trim(), "sha256");
        work.commit(&format!("file {number}"), "x");
        work.git(&["push", "--quiet", "origin", "HEAD:main"]).unwrap();
        let clone = alice.clone_of(&remote, &[]).unwrap();
        assert_eq!(clone.head(), work.head());
        assert_eq!(clone.head().len(), 64);
        clone.fsck();
    }
    let client = forge.client();
    client.sign_in("alice").await;
    assert!(client.get("/alice/fresh").await.status.is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_of_the_other_format_is_refused() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.make_repo("alice/fresh", Visibility::Private, ObjectFormat::Sha256).await;
    let work = alice.work_tree();
    work.commit("a", "a");
    let output = work.try_git(&["push", &forge.https(&alice, "alice/fresh"), "main"]);
    assert!(!output.ok, "{output:?}");
}
