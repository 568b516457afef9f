//! gitoxide, the same library that the engine stands on, as a client. It knows no push yet. Over SSH only: it sends no
//! password over plain HTTP, and its HTTPS would bring a second provider of cryptography into the graph.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use forge_tests::{Forge, Person};
use gix::progress::Discard;
use gix::remote::fetch::Shallow;

#[tokio::test(flavor = "multi_thread")]
async fn journey_over_ssh() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.ssh("alice/beds");
    // The client blocks.
    tokio::task::spawn_blocking(move || visit(&alice, &remote)).await.unwrap();
}

fn visit(alice: &Person, remote: &str) {
    let seed = alice.work_tree();
    for number in 0..20 {
        seed.commit("growing.csv", "ward,beds\n".repeat(100 * (number + 1)));
    }
    seed.git(&["tag", "-a", "-m", "First", "v1", "HEAD~5"]).unwrap();
    seed.git(&["push", "--quiet", remote, "main", "v1"]).unwrap();

    let folder = tempfile::tempdir_in(alice.home()).unwrap();
    let whole = folder.path().join("whole");
    let repo = clone(alice, remote, &whole, Shallow::NoChange);
    assert_eq!(id_of(&repo, "refs/remotes/origin/main"), seed.head());
    assert_eq!(id_of(&repo, "refs/tags/v1"), seed.git(&["rev-parse", "v1^{commit}"]).unwrap().trim());
    fsck(alice, &whole);

    let newer = seed.commit("more.csv", "ward\n");
    seed.git(&["tag", "-a", "-m", "Second", "v2"]).unwrap();
    seed.git(&["push", "--quiet", remote, "main", "v2"]).unwrap();
    fetch(&repo);
    assert_eq!(id_of(&repo, "refs/remotes/origin/main"), newer);
    assert_eq!(id_of(&repo, "refs/tags/v2"), newer);
    fsck(alice, &whole);

    let short = folder.path().join("short");
    let repo = clone(alice, remote, &short, Shallow::DepthAtRemote(NonZeroU32::MIN));
    assert_eq!(id_of(&repo, "refs/remotes/origin/main"), newer);
    assert_eq!(commits(alice, &short), "1");
    fsck(alice, &short);
}

fn clone(alice: &Person, remote: &str, folder: &Path, shallow: Shallow) -> gix::Repository {
    let ssh = format!(
        "core.sshCommand=ssh -F none -i {} -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
         -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
        alice.key.display()
    );
    let settings =
        [ssh.as_str(), "user.name=Test", "user.email=test@example.nhs.uk", "gitoxide.ssh.variant=ssh"];
    let options = gix::open::Options::isolated().config_overrides(settings);
    let prepared = gix::clone::PrepareFetch::new(
        remote,
        folder,
        gix::create::Kind::Bare,
        gix::create::Options::default(),
        options,
    );
    let mut prepared = prepared.unwrap().with_shallow(shallow).configure_remote(|remote| {
        let spec = "+refs/heads/*:refs/remotes/origin/*";
        let remote = remote.with_refspecs([spec], gix::remote::Direction::Fetch)?;
        Ok(remote.with_fetch_tags(gix::remote::fetch::Tags::All))
    });
    let (repo, _) = prepared.fetch_only(Discard, &AtomicBool::new(false)).unwrap();
    repo
}

fn fetch(repo: &gix::Repository) {
    let remote = repo.find_remote("origin").unwrap().with_fetch_tags(gix::remote::fetch::Tags::All);
    let connection = remote.connect(gix::remote::Direction::Fetch).unwrap();
    let prepared = connection.prepare_fetch(Discard, gix::remote::ref_map::Options::default()).unwrap();
    prepared.receive(Discard, &AtomicBool::new(false)).unwrap();
}

fn id_of(repo: &gix::Repository, name: &str) -> String {
    repo.find_reference(name).unwrap().into_fully_peeled_id().unwrap().to_string()
}

fn fsck(alice: &Person, folder: &Path) {
    let checked = alice.git(&["-C", &folder.display().to_string(), "fsck", "--full", "--strict"]);
    assert!(checked.ok, "{checked:?}");
}

fn commits(alice: &Person, folder: &Path) -> String {
    let arguments = ["-C", &folder.display().to_string(), "rev-list", "--count", "refs/remotes/origin/main"];
    alice.git(&arguments).success().unwrap().trim().to_owned()
}
