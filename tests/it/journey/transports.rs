//! The main job over every transport and protocol version, on both databases.

use forge_tests::{Forge, Person};

async fn main_job(forge: &Forge, remote: impl Fn(&Person, &str) -> String) {
    let alice = forge.user("alice").await;
    for version in ["0", "1", "2"] {
        let name = format!("beds-{version}");
        forge.repo(&alice, &name).await;
        let remote = remote(&alice, &format!("alice/{name}"));
        let work = alice.work_tree();
        let protocol = format!("protocol.version={version}");
        for number in 0..20 {
            work.commit(&format!("R/file {number}.R"), format!("x <- {number}\n"));
        }
        work.git(&["tag", "-a", "-m", "First", "v1"]).unwrap();
        work.git(&["branch", "topic/one"]).unwrap();
        work.git(&["-c", &protocol, "push", &remote, "main", "topic/one", "v1"]).unwrap();

        let clone = alice.clone_of(&remote, &["-c", &protocol]).unwrap();
        assert_eq!(clone.head(), work.head());
        clone.fsck();
        let theirs = clone.git(&["ls-remote", &remote]).unwrap();
        for line in work.git(&["show-ref"]).unwrap().lines() {
            let (id, name) = line.split_once(' ').unwrap();
            assert!(theirs.contains(&format!("{id}\t{name}")), "{name} is missing in {theirs}");
        }

        work.commit("R/more.R", "y <- 2\n");
        work.git(&["-c", &protocol, "push", &remote, "main", ":topic/one"]).unwrap();
        clone.git(&["-c", &protocol, "pull", "--quiet", "--prune"]).unwrap();
        assert_eq!(clone.head(), work.head());
        assert!(!clone.git(&["branch", "--remotes"]).unwrap().contains("topic/one"));
        clone.fsck();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn https_on_sqlite() {
    let forge = Forge::new().await;
    main_job(&forge, |person, repo| forge.https(person, repo)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ssh_on_sqlite() {
    let forge = Forge::new().await;
    main_job(&forge, |_, repo| forge.ssh(repo)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn https_on_postgres() {
    if let Some(forge) = Forge::on_postgres().await {
        main_job(&forge, |person, repo| forge.https(person, repo)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_lets_git_in_too() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let remote = forge.https(&alice, "alice/beds").replace(&alice.token, "tea%20biscuits%20umbrella");
    let work = alice.work_tree();
    work.commit("a", "a");
    work.git(&["push", &remote, "main"]).unwrap();
    let wrong = forge.https(&alice, "alice/beds").replace(&alice.token, "not%20it");
    assert!(work.try_git(&["push", &wrong, "main"]).stderr.contains("Authentication failed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn shallow_and_partial_clones() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    for number in 0..12 {
        work.commit("data.sql", format!("SELECT {number};\n"));
    }
    for remote in [forge.https(&alice, "alice/beds"), forge.ssh("alice/beds")] {
        work.git(&["push", &remote, "main"]).unwrap();
        let shallow = alice.clone_of(&remote, &["--depth=3"]).unwrap();
        assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]).unwrap().trim(), "3");
        shallow.git(&["fetch", "--quiet", "--deepen=4"]).unwrap();
        assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]).unwrap().trim(), "7");
        shallow.git(&["fetch", "--quiet", "--unshallow"]).unwrap();
        assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]).unwrap().trim(), "12");
        shallow.fsck();
        let partial = alice.clone_of(&remote, &["--filter=blob:none", "--no-checkout"]).unwrap();
        let missing = partial.git(&["rev-list", "--objects", "--missing=print", "HEAD"]).unwrap();
        assert_eq!(missing.lines().filter(|line| line.starts_with('?')).count(), 12, "{missing}");
        partial.git(&["checkout", "--quiet", "main"]).unwrap();
        assert_eq!(std::fs::read_to_string(partial.path().join("data.sql")).unwrap(), "SELECT 11;\n");
    }
}
