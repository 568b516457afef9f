//! Clone, fetch and push with the real git.

use forge_app::{Admin, Origin};
use forge_core::{Actor, ObjectFormat, RepoName, Visibility};
use forge_tests::Forge;

#[tokio::test(flavor = "multi_thread")]
async fn what_one_pushes_another_clones() {
    let forge = Forge::new().await;
    let (alice, bob) = (forge.user("alice").await, forge.user("bob").await);
    forge.org("rr8", &[&alice, &bob]).await;
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let path = format!("rr8/{format}");
        forge.make_repo(&path, Visibility::Private, format).await;
        let remote = forge.ssh(&path);
        let work = alice.clone_of(&remote, &[]).unwrap();
        work.write("noise.bin", noise(3 << 20));
        let head = work.commit("README.md", "# Beds\n");
        work.git(&["push", "--quiet", "origin", "HEAD:main"]).unwrap();
        for version in ["0", "1", "2"] {
            let protocol = format!("protocol.version={version}");
            let clone = bob.clone_of(&remote, &["-c", &protocol]).unwrap();
            assert_eq!(clone.head(), head, "protocol {version}, {format}");
            clone.fsck();
        }
        let clone = bob.clone_of(&remote, &[]).unwrap();
        let newer = clone.commit("wards.txt", "a\n");
        clone.git(&["push", "--quiet", "origin", "HEAD:main", "HEAD:refs/heads/wards"]).unwrap();
        work.git(&["pull", "--quiet", "--ff-only", "origin", "main"]).unwrap();
        assert_eq!(work.head(), newer);
        clone.git(&["push", "--quiet", "origin", ":refs/heads/wards"]).unwrap();
        let listed = clone.git(&["ls-remote", "--heads", "origin"]).unwrap();
        assert_eq!(listed.trim(), format!("{newer}\trefs/heads/main"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_address_leads_to_the_new_one() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "old").await;
    let work = alice.clone_of(&forge.ssh("alice/old"), &[]).unwrap();
    work.commit("README.md", "# Beds\n");
    let console = Actor::System { reason: "console" };
    let access = forge.app().authorize::<Admin>(&console, &"alice/old".parse().unwrap()).await.unwrap();
    let name: RepoName = "moved".parse().unwrap();
    forge.app().rename_repository(&access, &Origin::console(), &name).await.unwrap();
    let push = work.try_git(&["push", "origin", "HEAD:main"]);
    assert!(push.ok, "{push:?}");
    assert!(push.stderr.contains("This repository has moved to alice/moved."), "{push:?}");
    let fetch = work.try_git(&["fetch", &forge.ssh("ALICE/Moved")]);
    assert!(fetch.ok && !fetch.stderr.contains("has moved"), "{fetch:?}");
}

/// Bytes that do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes
}
