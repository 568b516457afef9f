//! The disk is a cache of bounded size.

use std::time::{Duration, Instant};

use forge_server::config::ByteSize;
use forge_tests::{BucketServer, Forge};

use super::copies;

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_with_no_room_at_all_serves_large_repositories() {
    let Some(bucket) = BucketServer::start() else { return };
    let forge = Forge::with(|config| {
        bucket.configure(config);
        config.storage.cache = ByteSize(1);
    })
    .await;
    let alice = forge.user("alice").await;
    let mut heads = Vec::new();
    for name in ["beds", "rota", "wards"] {
        forge.repo(&alice, name).await;
        let work = alice.work_tree();
        let remote = forge.https(&alice, &format!("alice/{name}"));
        // Noise, so that the pack is larger than one piece of a transfer.
        let mut state = 7_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .take(if name == "beds" { 40 << 20 } else { 1 << 20 })
        .collect();
        work.commit("noise", noise);
        work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        work.commit("a", name);
        work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        heads.push((name, remote, work.head()));
    }
    for round in 0..2 {
        // All at once: what one does not need any more is cleared away while the others are read.
        std::thread::scope(|scope| {
            for (name, remote, head) in &heads {
                let alice = &alice;
                scope.spawn(move || {
                    let clone = alice.clone_of(remote, &[]).unwrap();
                    clone.fsck();
                    assert_eq!(&clone.head(), head, "{name}, round {round}");
                });
            }
        });
    }
    // One more use, so that all others are unused when room is made.
    let start = Instant::now();
    while copies(&forge) > 2 {
        assert!(start.elapsed() < Duration::from_mins(1), "{} copies stay", copies(&forge));
        alice.clone_of(&heads[1].1, &[]).unwrap();
    }
    drop(bucket);
}
