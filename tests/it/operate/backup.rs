//! Backing up and restoring.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::keep_pushing;
use forge_server::cli::Command;
use forge_server::command;
use forge_server::config::Config;
use forge_tests::{Forge, Person};

async fn backup(forge: &Forge, dir: &Path) -> Result<(), String> {
    let backup = Command::Backup { dir: dir.to_owned() };
    command::run(Some(backup), forge.config().clone()).await.map_err(|error| format!("{error:#}"))
}

/// Restores into an empty place and says where.
async fn restore(from: &Path, data: &Path) -> Result<(), String> {
    let restore = Command::Restore { dir: from.to_owned() };
    command::run(Some(restore), at(data)).await.map_err(|error| format!("{error:#}"))
}

fn at(data: &Path) -> Config {
    let mut config = Config::default();
    data.clone_into(&mut config.data.dir);
    config
}

async fn forge_with_history() -> (Forge, Person) {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    for name in ["beds", "empty", "rota"] {
        forge.repo(&alice, name).await;
    }
    for name in ["beds", "rota"] {
        let work = alice.work_tree();
        for number in 0..3 {
            work.commit("a", format!("{name} {number}\n").repeat(100));
            work.git(&["tag", "-a", &format!("v{number}"), "-m", "x"]).unwrap();
            let remote = forge.https(&alice, &format!("alice/{name}"));
            work.git(&["push", "--quiet", "--follow-tags", &remote, "main"]).unwrap();
        }
    }
    (forge, alice)
}

fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut waiting) = (Vec::new(), vec![root.to_owned()]);
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { waiting.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_forge_is_the_one_that_was_backed_up() {
    let (forge, alice) = forge_with_history().await;
    let (dir, data) = (alice.home().join("backup"), alice.home().join("restored"));
    backup(&forge, &dir).await.unwrap();
    // What comes after the backup is not in it, and does it no harm.
    let late = alice.work_tree();
    late.commit("late", "x");
    late.git(&["push", "--quiet", &forge.https(&alice, "alice/empty"), "main"]).unwrap();

    restore(&dir, &data).await.unwrap();
    command::run(Some(Command::Doctor), at(&data)).await.unwrap();
    let key = std::fs::read(forge.data().join("ssh_host_ed25519_key")).unwrap();
    assert_eq!(
        std::fs::read(data.join("ssh_host_ed25519_key")).unwrap(),
        key,
        "git would warn of an impostor"
    );
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for path in [&dir, &data] {
        assert_eq!(mode(path) & 0o077, 0, "{} is not private", path.display());
        assert_eq!(mode(&path.join("ssh_host_ed25519_key")), 0o600);
        assert_eq!(mode(&path.join("forge.db")), 0o600);
    }
    let again = Forge::with(|config| config.data.dir = data.clone()).await;
    for name in ["alice/beds", "alice/rota"] {
        let listed = |forge: &Forge| {
            let remote = forge.https(&alice, name);
            alice.git(&["ls-remote", &remote]).success().unwrap()
        };
        assert_eq!(listed(&again), listed(&forge), "{name}");
        assert!(listed(&again).lines().count() >= 8, "{name}");
        alice.clone_of(&again.https(&alice, name), &[]).unwrap().fsck();
    }
    let empty = alice.git(&["ls-remote", &again.https(&alice, "alice/empty")]).success().unwrap();
    assert_eq!(empty, "");
    let work = alice.clone_of(&again.ssh("alice/beds"), &[]).unwrap();
    work.commit("after", "x");
    work.git(&["push", "--quiet", "origin", "main"]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_damaged_file_is_named_and_nothing_is_changed() {
    let (forge, alice) = forge_with_history().await;
    let (dir, data) = (alice.home().join("backup"), alice.home().join("restored"));
    backup(&forge, &dir).await.unwrap();
    let all = files(&dir);
    // Two files of each repository that stand for it, six packs with their indices, database, key, list and its hash.
    assert_eq!(all.len(), 3 * 2 + 6 * 2 + 4 + usize::from(dir.join("ssh_host_ed25519_key.pub").exists()));
    for file in &all {
        let whole = std::fs::read(file).unwrap();
        let name = file.strip_prefix(&dir).unwrap().to_str().unwrap().to_owned();
        let name = if name == "manifest.sha256" { "manifest.json".to_owned() } else { name };
        // A new file each time: the packs share their bytes with the forge that was backed up.
        let replace = |bytes: &[u8]| {
            std::fs::remove_file(file).unwrap();
            std::fs::write(file, bytes).unwrap();
        };
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        replace(&flipped);
        let said = restore(&dir, &data).await.unwrap_err();
        assert!(said.contains(&name), "flipped {name}: {said}");
        replace(&whole[..whole.len() - 1]);
        let said = restore(&dir, &data).await.unwrap_err();
        assert!(said.contains(&name), "cut {name}: {said}");
        std::fs::remove_file(file).unwrap();
        let said = restore(&dir, &data).await.unwrap_err();
        assert!(said.contains(&name) && said.contains("missing"), "missing {name}: {said}");
        assert!(!data.exists(), "something was changed before {name} was found");
        std::fs::write(file, &whole).unwrap();
    }
    restore(&dir, &data).await.unwrap();
    command::run(Some(Command::Doctor), forge.config().clone()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_over() {
    let (forge, alice) = forge_with_history().await;
    let (dir, data) = (alice.home().join("backup"), alice.home().join("restored"));
    backup(&forge, &dir).await.unwrap();
    let said = backup(&forge, &dir).await.unwrap_err();
    assert!(said.contains("is not empty"), "{said}");
    let said = restore(&dir, forge.data()).await.unwrap_err();
    assert!(said.contains("is not empty"), "{said}");
    std::fs::create_dir(&data).unwrap();
    restore(&dir, &data).await.unwrap();
    let said = restore(&dir, &data).await.unwrap_err();
    assert!(said.contains("is not empty"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_people_push_is_whole() {
    let (forge, alice) = forge_with_history().await;
    let (dir, data) = (alice.home().join("backup"), alice.home().join("restored"));
    let pushing = keep_pushing(&alice, forge.https(&alice, "alice/rota"));
    backup(&forge, &dir).await.unwrap();
    pushing.await.unwrap();
    restore(&dir, &data).await.unwrap();
    command::run(Some(Command::Doctor), at(&data)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_pack_is_backed_up_and_told_of() {
    let (forge, alice) = forge_with_history().await;
    let is_pack = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "pack");
    let pack = files(&forge.data().join("repositories")).into_iter().find(is_pack).unwrap();
    let mut bytes = std::fs::read(&pack).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, bytes).unwrap();
    let dir = alice.home().join("backup");
    let said = backup(&forge, &dir).await.unwrap_err();
    assert!(said.contains("1 packs are damaged"), "{said}");
    assert!(dir.join("manifest.sha256").exists(), "the rest was not backed up");
}
