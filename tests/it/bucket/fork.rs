//! A fork in a bucket has blobs of its own, whatever node it was made through.

use super::nodes::two_nodes;

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_copied_within_the_bucket_and_outlives_its_source() {
    let Some((bucket, one, two)) = two_nodes().await else { return };
    let alice = one.user("alice").await;
    one.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("a", "1");
    work.git(&["push", "--quiet", &one.https(&alice, "alice/beds"), "main"]).unwrap();
    let client = one.client();
    client.sign_in("alice").await;
    let fields = [("owner", "alice"), ("name", "copy"), ("visibility", "private")];
    let made = client.submit("/alice/beds/fork", "/alice/beds/fork", &fields).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(bucket.blobs().len(), 4, "a pack and its index for each");
    let gone = "/alice/beds/settings/delete";
    let deleted = client.submit(gone, gone, &[("confirmation", "alice/beds")]).await;
    assert_eq!(deleted.status, 303, "{}", deleted.text());
    assert_eq!(bucket.blobs().len(), 2);
    for node in [&one, &two] {
        let copy = alice.clone_of(&node.https(&alice, "alice/copy"), &[]).unwrap();
        copy.fsck();
        assert_eq!(copy.head(), work.head());
    }
}
