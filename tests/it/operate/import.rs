//! Bringing plain git directories in.

use forge_app::{Imported, Origin};
use forge_core::{Actor, ObjectFormat, RepoPath, Visibility};
use forge_tests::{Forge, WorkTree};

async fn import(forge: &Forge, path: &str, dir: &std::path::Path) -> forge_app::Result<Imported> {
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let path: RepoPath = path.parse().unwrap();
    forge.app().import_repository(&site, &Origin::console(), &path, Visibility::Private, dir).await
}

/// Every ref of a remote as git lists it, but for HEAD.
fn refs_of(work: &WorkTree, remote: &str) -> Vec<String> {
    let listed = work.git(&["ls-remote", remote]).unwrap();
    listed.lines().filter(|line| !line.ends_with("\tHEAD")).map(str::to_owned).collect()
}

/// A history with branches, a merge, an annotated tag, a tag of a tag and notes; some of it packed, some loose.
fn history(work: &WorkTree) {
    work.commit("README.md", "# Beds\n");
    work.commit("data/a.csv", "x,y\n".repeat(2000));
    work.git(&["gc", "--quiet"]).unwrap();
    work.git(&["switch", "--quiet", "-c", "topic/one"]).unwrap();
    work.commit("topic", "1");
    work.git(&["switch", "--quiet", "main"]).unwrap();
    work.commit("other", "2");
    work.git(&["merge", "--quiet", "-m", "Merge", "topic/one"]).unwrap();
    work.git(&["tag", "-a", "v1", "-m", "One"]).unwrap();
    work.git(&["tag", "-a", "v1-signed-off", "-m", "Two", "v1"]).unwrap();
    work.git(&["tag", "light"]).unwrap();
    work.git(&["notes", "add", "-m", "A note"]).unwrap();
    work.git(&["branch", "-m", "main", "production"]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_directory_comes_in() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for options in [&[][..], &["--object-format=sha256"]] {
        let work = alice.work_tree_of(options);
        history(&work);
        let path = if options.is_empty() { "alice/beds" } else { "alice/new-beds" };
        let imported = import(&forge, path, work.path()).await.unwrap();
        assert!(imported.created && imported.refused.is_empty(), "{imported:?}");
        assert_eq!(imported.taken.len(), 6, "{imported:?}");
        let remote = forge.https(&alice, path);
        assert_eq!(refs_of(&work, &remote), refs_of(&work, "."));
        let clone = alice.clone_of(&remote, &[]).unwrap();
        clone.fsck();
        assert_eq!(clone.head(), work.head());
        let branch = clone.git(&["symbolic-ref", "--short", "HEAD"]).unwrap();
        assert_eq!(branch.trim(), "production", "the default branch is not the source's");
        let again = import(&forge, path, work.path()).await.unwrap();
        assert_eq!((again.created, again.unchanged, again.taken.len()), (false, 6, 0), "{again:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_directories_and_alternates_are_read_as_git_reads_them() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let work = alice.work_tree();
    history(&work);
    let bare = alice.home().join("mirror.git");
    let bare_text = bare.to_str().unwrap();
    work.git(&["clone", "--quiet", "--mirror", "--shared", ".", bare_text]).unwrap();
    work.git(&["--git-dir", bare_text, "pack-refs", "--all"]).unwrap();
    work.git(&["--git-dir", bare_text, "update-ref", "refs/pull/7/head", "HEAD"]).unwrap();
    let imported = import(&forge, "alice/beds", &bare).await.unwrap();
    assert_eq!((imported.taken.len(), imported.left_out), (6, 1), "{imported:?}");
    assert!(imported.refused.is_empty(), "{imported:?}");
    assert_eq!(refs_of(&work, &forge.https(&alice, "alice/beds")), refs_of(&work, "."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_is_judged_like_any_push() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let work = alice.work_tree();
    let first = work.commit("a", "a");
    import(&forge, "alice/beds", work.path()).await.unwrap();
    work.commit("b", "b");
    let imported = import(&forge, "alice/beds", work.path()).await.unwrap();
    assert_eq!(imported.taken, ["refs/heads/main"]);
    work.git(&["reset", "--quiet", "--hard", &first]).unwrap();
    work.commit("c", "c");
    work.git(&["branch", "topic"]).unwrap();
    let imported = import(&forge, "alice/beds", work.path()).await.unwrap();
    assert_eq!(imported.taken, ["refs/heads/topic"]);
    assert_eq!(imported.refused.len(), 1, "{imported:?}");
    assert_eq!(imported.refused[0].0, "refs/heads/main");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_come_in_is_named() {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    let work = alice.work_tree();
    let text = |result: forge_app::Result<Imported>| result.unwrap_err().to_string();
    assert!(text(import(&forge, "alice/no", &alice.home().join("nowhere")).await).contains("git repository"));
    let tip = work.commit("a", "a");
    assert!(text(import(&forge, "nobody/no", work.path()).await).contains("There is no nobody"));

    forge.make_repo("alice/other", Visibility::Private, ObjectFormat::Sha256).await;
    assert!(text(import(&forge, "alice/other", work.path()).await).contains("sha256"));

    let missing = "1".repeat(40);
    std::fs::write(work.path().join(".git/refs/heads/broken"), format!("{missing}\n")).unwrap();
    let imported = import(&forge, "alice/beds", work.path()).await.unwrap();
    assert_eq!(imported.taken, ["refs/heads/main"]);
    assert_eq!(imported.refused[0].0, "refs/heads/broken");

    // An object deep inside is missing: nothing of that push may come in.
    let blob = work.git(&["rev-parse", &format!("{tip}:a")]).unwrap();
    let (dir, file) = blob.trim().split_at(2);
    std::fs::remove_file(work.path().join(".git/objects").join(dir).join(file)).unwrap();
    assert!(text(import(&forge, "alice/damaged", work.path()).await).contains("git fsck"));
    let empty = alice.clone_of(&forge.https(&alice, "alice/damaged"), &[]).unwrap();
    assert_eq!(empty.git(&["branch", "-r"]).unwrap(), "");

    let shallow = alice.home().join("shallow");
    let source = alice.work_tree();
    source.commit("a", "1");
    source.commit("a", "2");
    let url = format!("file://{}", source.path().display());
    source.git(&["clone", "--quiet", "--depth=1", &url, shallow.to_str().unwrap()]).unwrap();
    assert!(text(import(&forge, "alice/shallow", &shallow).await).contains("--unshallow"));
}
