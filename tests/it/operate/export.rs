//! Taking repositories out.

use forge_core::{Actor, ObjectFormat, Visibility};
use forge_tests::{Forge, git};

#[tokio::test(flavor = "multi_thread")]
async fn git_takes_an_export_for_its_own() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let path = format!("alice/beds-{format}");
        forge.make_repo(&path, Visibility::Private, format).await;
        let remote = forge.https(&alice, &path);
        let work = alice.clone_of(&remote, &[]).unwrap();
        work.git(&["switch", "--quiet", "--orphan", "main"]).unwrap();
        for number in 0..3 {
            work.commit("a", number.to_string());
            work.git(&["tag", "-a", &format!("v{number}"), "-m", "x"]).unwrap();
            work.git(&["push", "--quiet", "--follow-tags", "origin", "main"]).unwrap();
        }
        let dir = alice.home().join(format!("out-{format}.git"));
        let exported = forge.app().export_repository(&site, &path.parse().unwrap(), &dir).await.unwrap();
        assert_eq!((exported.refs, exported.packs), (4, 3));
        let text = dir.to_str().unwrap();
        git(&dir, &alice.key, &["fsck", "--full", "--strict"]).success().unwrap();
        let listed = |remote: &str| work.git(&["ls-remote", remote]).unwrap();
        assert_eq!(listed(text), listed(&remote));
        let clone = alice.clone_of(text, &[]).unwrap();
        assert_eq!(clone.head(), work.head());
        assert_eq!(clone.git(&["symbolic-ref", "--short", "HEAD"]).unwrap().trim(), "main");
        // It is a repository of its own: git may work in it and the forge does not notice.
        git(&dir, &alice.key, &["gc", "--quiet", "--prune=now"]).success().unwrap();
        alice.clone_of(&remote, &[]).unwrap().fsck();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let dir = alice.home().join("mine");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("thesis"), "x").unwrap();
    let path = "alice/beds".parse().unwrap();
    let refused = forge.app().export_repository(&site, &path, &dir).await.unwrap_err();
    assert!(refused.to_string().contains("is not empty"), "{refused}");
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 1);
    let gone = forge.app().export_repository(&site, &"alice/gone".parse().unwrap(), &dir).await.unwrap_err();
    assert!(gone.to_string().contains("no repository alice/gone"), "{gone}");
    let empty = alice.home().join("empty.git");
    forge.app().export_repository(&site, &path, &empty).await.unwrap();
    git(&empty, &alice.key, &["fsck"]).success().unwrap();
}
