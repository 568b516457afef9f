//! What the administrator of the machine does, with packs in a bucket.

use std::path::Path;

use forge_core::Actor;
use forge_server::cli::Command;
use forge_server::command;
use forge_server::config::Config;
use forge_tests::{BucketServer, Forge, Person, git};

use super::forge;

async fn run(command: Command, config: &Config) -> Result<(), String> {
    command::run(Some(command), config.clone()).await.map_err(|error| format!("{error:#}"))
}

async fn with_history() -> Option<(BucketServer, Forge, Person)> {
    let (bucket, forge) = forge().await?;
    let alice = forge.user("alice").await;
    for name in ["beds", "empty", "rota"] {
        forge.repo(&alice, name).await;
    }
    for name in ["beds", "rota"] {
        let work = alice.work_tree();
        for number in 0..2 {
            work.commit("a", format!("{name} {number}\n").repeat(100));
            work.git(&["push", "--quiet", &forge.https(&alice, &format!("alice/{name}")), "main"]).unwrap();
        }
    }
    Some((bucket, forge, alice))
}

/// The same bucket, another disk.
fn elsewhere(forge: &Forge, data: &Path) -> Config {
    let mut config = forge.config().clone();
    data.clone_into(&mut config.data.dir);
    config.http.listen.set_port(0);
    config.ssh.listen.set_port(0);
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_the_packs_and_goes_back_into_any_bucket_or_directory() {
    let Some((bucket, forge, alice)) = with_history().await else { return };
    let dir = alice.home().join("backup");
    // A node that never used the repositories backs them up as well as one that did.
    std::fs::remove_dir_all(forge.data().join("repositories")).unwrap();
    std::fs::create_dir(forge.data().join("repositories")).unwrap();
    run(Command::Backup { dir: dir.clone() }, forge.config()).await.unwrap();
    run(Command::Doctor, forge.config()).await.unwrap();

    let empty = BucketServer::start().unwrap();
    let mut there = elsewhere(&forge, &alice.home().join("there"));
    empty.configure(&mut there);
    let mut plain = Config::default();
    plain.data.dir = alice.home().join("plain");
    for config in [&there, &plain] {
        run(Command::Restore { dir: dir.clone() }, config).await.unwrap();
        run(Command::Doctor, config).await.unwrap();
        let again = Forge::with(|fresh| {
            fresh.data.dir.clone_from(&config.data.dir);
            fresh.storage = config.storage.clone();
        })
        .await;
        for name in ["alice/beds", "alice/rota"] {
            let listed =
                |forge: &Forge| alice.git(&["ls-remote", &forge.https(&alice, name)]).success().unwrap();
            assert_eq!(listed(&again), listed(&forge), "{name}");
            alice.clone_of(&again.https(&alice, name), &[]).unwrap().fsck();
        }
    }
    assert_eq!(empty.blobs().len(), bucket.blobs().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reads_the_bucket_and_not_the_copies() {
    let Some((bucket, forge, alice)) = with_history().await else { return };
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    let found = forge.app().examine(&site).await.unwrap();
    assert_eq!((&found.faults, &found.leftovers), (&vec![], &vec![]));
    let blobs = bucket.blobs();
    let pack = blobs.iter().find(|file| file.extension().unwrap() == "pack").unwrap();
    let whole = std::fs::read(pack).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    std::fs::write(pack, flipped).unwrap();
    let found = forge.app().examine(&site).await.unwrap();
    assert!(found.faults.iter().any(|fault| fault.starts_with("alice/")), "{found:?}");
    std::fs::remove_file(pack).unwrap();
    let found = forge.app().examine(&site).await.unwrap();
    assert!(found.faults.iter().any(|fault| fault.contains("is missing from the bucket")), "{found:?}");
    std::fs::write(pack, &whole).unwrap();
    assert_eq!(forge.app().examine(&site).await.unwrap().faults, Vec::<String>::new());
    drop(alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_come_in_and_go_out() {
    let Some((_bucket, forge, alice)) = with_history().await else { return };
    let work = alice.work_tree();
    work.commit("a", "imported");
    let config = forge.config();
    let import = forge_server::cli::RepoAction::Import {
        path: "alice/wards".parse().unwrap(),
        dir: work.path().to_owned(),
        visibility: forge_core::Visibility::Private,
    };
    run(Command::Repo { action: import }, config).await.unwrap();
    assert_eq!(alice.clone_of(&forge.https(&alice, "alice/wards"), &[]).unwrap().head(), work.head());
    std::fs::remove_dir_all(forge.data().join("repositories")).unwrap();
    std::fs::create_dir(forge.data().join("repositories")).unwrap();
    let out = alice.home().join("out.git");
    let export =
        forge_server::cli::RepoAction::Export { path: "alice/wards".parse().unwrap(), dir: out.clone() };
    run(Command::Repo { action: export }, config).await.unwrap();
    git(&out, &alice.key, &["fsck", "--full", "--strict"]).success().unwrap();
}
