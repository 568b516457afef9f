//! Git LFS is not offered: its client is told so in words, nothing is left half done, and plain git goes on working.

use super::Town;

#[tokio::test(flavor = "multi_thread")]
async fn journey_ends_in_a_clear_refusal_at_both_doors() {
    super::system(&["git-lfs"]);
    let town = Town::new().await;
    let authority = town.forge.authority().display().to_string();
    for remote in [town.forge.https(&town.alice, "alice/beds"), town.forge.ssh("alice/beds")] {
        let work = town.alice.clone_of(&town.forge.ssh("alice/beds"), &[]).unwrap();
        work.git(&["config", "http.sslCAInfo", &authority]).unwrap();
        work.git(&["remote", "set-url", "origin", &remote]).unwrap();
        let before = work.head();
        work.git(&["lfs", "install", "--local"]).unwrap();
        work.git(&["lfs", "track", "*.parquet"]).unwrap();
        work.commit("large.parquet", vec![7; 100_000]);
        let refused = work.try_git(&["push", "origin", "HEAD:main"]);
        assert!(!refused.ok, "{refused:?}");
        assert!(refused.stderr.contains("Git LFS is not available"), "{refused:?}");
        let listed = work.git(&["ls-remote", "origin", "refs/heads/main"]).unwrap();
        assert!(listed.starts_with(&before), "{listed}");

        // Without its help the very same repository serves.
        work.git(&["lfs", "uninstall", "--local"]).unwrap();
        work.git(&["reset", "--quiet", "--hard", &before]).unwrap();
        work.commit("small.csv", "a\n");
        work.git(&["push", "--quiet", "origin", "HEAD:main"]).unwrap();
        town.alice.clone_of(&town.forge.ssh("alice/beds"), &[]).unwrap().fsck();
    }
}
