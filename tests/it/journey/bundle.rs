//! Clones that take a prepared bundle first, with git's own `transfer.bundleURI`.

use std::sync::Arc;

use forge_app::Haste;
use forge_core::{Actor, ObjectFormat, Visibility};
use forge_server::config::ByteSize;
use forge_tests::{Forge, Output, Person, WorkTree};

const BUNDLES: &str = "transfer.bundleURI=true";

async fn look_after(forge: &Forge) {
    let site = forge.app().authorize_site(&Actor::System { reason: "test" }).unwrap();
    let path = "alice/beds".parse().unwrap();
    forge.app().collect_garbage(&site, &path, Haste::Now, Arc::new(|_| {})).await.unwrap();
}

/// A forge whose smallest repositories have bundles, with one that was looked after, and has been pushed to since.
async fn town(format: ObjectFormat) -> (Forge, Person, WorkTree, String) {
    let forge = Forge::with(|config| config.limits.bundles = ByteSize(1)).await;
    let alice = forge.user("alice").await;
    forge.make_repo("alice/beds", Visibility::Private, format).await;
    let work = alice.work_tree_of(&[&format!("--object-format={format}")]);
    let remote = forge.https(&alice, "alice/beds");
    for number in 0..5 {
        work.commit("beds.csv", format!("beds\n{number}\n"));
    }
    work.git(&["branch", "topic"]).unwrap();
    work.git(&["push", "--quiet", &remote, "main", "topic"]).unwrap();
    look_after(&forge).await;
    work.commit("beds.csv", "beds\n99\n");
    work.git(&["push", "--quiet", &remote, "main"]).unwrap();
    (forge, alice, work, remote)
}

/// What git keeps of bundles.
fn kept(clone: &WorkTree) -> String {
    clone.git(&["for-each-ref", "--format=%(refname)", "refs/bundles"]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clone_takes_the_bundle_and_then_the_rest() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let (_forge, alice, work, remote) = town(format).await;
        let clone = alice.clone_of(&remote, &["-c", BUNDLES]).unwrap();
        clone.fsck();
        assert_eq!(clone.head(), work.head());
        assert_eq!(kept(&clone), "refs/bundles/main\nrefs/bundles/topic\n");
        let plain = alice.clone_of(&remote, &[]).unwrap();
        assert_eq!((kept(&plain).as_str(), plain.head()), ("", work.head()));
    }
}

/// Clones with the credentials of a helper, which are no part of the address.
fn clone_with_helper(alice: &Person, url: &str) -> Output {
    let helper =
        format!("credential.helper=!f() {{ echo username=alice; echo password={}; }}; f", alice.token);
    alice.git(&["-c", &helper, "clone", "--quiet", "-c", BUNDLES, url, "by-helper"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundle_takes_the_credentials_of_the_clone() {
    let (forge, alice, _work, _) = town(ObjectFormat::Sha1).await;
    let answer = clone_with_helper(&alice, &forge.anonymous("alice/beds"));
    assert!(answer.ok && answer.stderr.is_empty(), "{answer:?}");
    let refs = alice.git(&["-C", "by-helper", "for-each-ref", "refs/bundles"]).stdout;
    assert!(refs.contains("refs/bundles/main"), "{refs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_deleted_is_in_it() {
    let (forge, alice, work, remote) = town(ObjectFormat::Sha1).await;
    work.git(&["checkout", "--quiet", "topic"]).unwrap();
    let secret = work.commit("secret", "secret");
    work.git(&["push", "--quiet", &remote, "topic"]).unwrap();
    look_after(&forge).await;
    assert!(kept(&alice.clone_of(&remote, &["-c", BUNDLES]).unwrap()).contains("topic"));
    work.git(&["push", "--quiet", &remote, ":topic"]).unwrap();
    let clone = alice.clone_of(&remote, &["-c", BUNDLES]).unwrap();
    assert_eq!(kept(&clone), "");
    assert!(!clone.try_git(&["cat-file", "-e", &secret]).ok);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_none_is_offered() {
    let (forge, alice, work, _) = town(ObjectFormat::Sha1).await;
    let clone = alice.clone_of(&forge.ssh("alice/beds"), &["-c", BUNDLES]).unwrap();
    assert_eq!((kept(&clone).as_str(), clone.head()), ("", work.head()));
}
