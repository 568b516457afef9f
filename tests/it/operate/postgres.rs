//! Backing up, restoring and examining a forge whose rows are in PostgreSQL. Without a server there is nothing to do.

use std::path::Path;

use super::keep_pushing;
use forge_server::cli::Command;
use forge_server::command;
use forge_server::config::Config;
use forge_tests::{Forge, Person, empty_database};

async fn run(command: Command, config: &Config) -> Result<(), String> {
    command::run(Some(command), config.clone()).await.map_err(|error| format!("{error:#}"))
}

async fn backup(forge: &Forge, dir: &Path) -> Result<(), String> {
    run(Command::Backup { dir: dir.to_owned() }, forge.config()).await
}

/// A forge that is not there yet, on a database if one is named.
fn elsewhere(data: &Path, database: &str) -> Config {
    let mut config = Config::default();
    data.clone_into(&mut config.data.dir);
    database.clone_into(&mut config.database.url);
    config
}

async fn restore(from: &Path, config: &Config) -> Result<(), String> {
    run(Command::Restore { dir: from.to_owned() }, config).await
}

async fn on(config: &Config) -> Forge {
    let (dir, url) = (config.data.dir.clone(), config.database.url.clone());
    Forge::with(|config| {
        config.data.dir = dir;
        config.database.url = url;
    })
    .await
}

/// What doctor finds, but for what every test server does: it runs without fsync.
async fn faults(forge: &Forge) -> Vec<String> {
    let site = forge.app().authorize_site(&forge_core::Actor::System { reason: "console" }).unwrap();
    let mut found = forge.app().examine(&site).await.unwrap();
    assert!(found.well.iter().any(|line| line.contains("the audit log hangs together")), "{found:?}");
    found.faults.retain(|fault| !fault.starts_with("PostgreSQL runs with"));
    found.faults
}

async fn add_history(forge: &Forge) -> Person {
    let alice = forge.user("alice").await;
    for name in ["beds", "rota"] {
        forge.repo(&alice, name).await;
        let work = alice.work_tree();
        for number in 0..3 {
            work.commit("a", format!("{name} {number}\n").repeat(100));
            let remote = forge.https(&alice, &format!("alice/{name}"));
            work.git(&["push", "--quiet", &remote, "main"]).unwrap();
        }
    }
    alice
}

fn listed(forge: &Forge, alice: &Person, name: &str) -> String {
    alice.git(&["ls-remote", &forge.https(alice, name)]).success().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_is_restored_whole() {
    let Some(forge) = Forge::on_postgres().await else { return };
    let alice = add_history(&forge).await;
    let dir = alice.home().join("backup");
    let pushing = keep_pushing(&alice, forge.https(&alice, "alice/rota"));
    backup(&forge, &dir).await.unwrap();
    pushing.await.unwrap();
    let config = elsewhere(&alice.home().join("restored"), &empty_database().await.unwrap());
    restore(&dir, &config).await.unwrap();
    let again = on(&config).await;
    assert_eq!(faults(&again).await, Vec::<String>::new());
    assert_eq!(listed(&again, &alice, "alice/beds"), listed(&forge, &alice, "alice/beds"));
    for name in ["alice/beds", "alice/rota"] {
        alice.clone_of(&again.https(&alice, name), &[]).unwrap().fsck();
    }
    // It is a forge like any other: it takes pushes, and the audit log goes on where it ended.
    let work = alice.clone_of(&again.https(&alice, "alice/beds"), &[]).unwrap();
    work.commit("later", "x");
    work.git(&["push", "--quiet", "origin", "main"]).unwrap();
    assert_eq!(faults(&again).await, Vec::<String>::new());
    let said =
        restore(&dir, &elsewhere(&alice.home().join("third"), &config.database.url)).await.unwrap_err();
    assert!(said.contains("has rows already"), "{said}");
    assert!(!alice.home().join("third").exists(), "something was written");
}

/// The rows of a backup are the same file on every engine, so a backup is also the way from one to the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_forge_moves_from_sqlite_to_postgresql_and_back() {
    let Some(database) = empty_database().await else { return };
    let forge = Forge::new().await;
    let alice = add_history(&forge).await;
    let there = elsewhere(&alice.home().join("there"), &database);
    backup(&forge, &alice.home().join("backup")).await.unwrap();
    restore(&alice.home().join("backup"), &there).await.unwrap();
    let moved = on(&there).await;
    assert_eq!(faults(&moved).await, Vec::<String>::new());
    backup(&moved, &alice.home().join("second")).await.unwrap();
    let back = elsewhere(&alice.home().join("back"), "");
    restore(&alice.home().join("second"), &back).await.unwrap();
    run(Command::Doctor, &back).await.unwrap();
    let back = on(&back).await;
    for name in ["alice/beds", "alice/rota"] {
        assert_eq!(listed(&moved, &alice, name), listed(&forge, &alice, name));
        assert_eq!(listed(&back, &alice, name), listed(&forge, &alice, name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_refused_by_name_and_changes_nothing() {
    let Some(forge) = Forge::on_postgres().await else { return };
    let alice = add_history(&forge).await;
    let dir = alice.home().join("backup");
    backup(&forge, &dir).await.unwrap();
    let config = elsewhere(&alice.home().join("restored"), &empty_database().await.unwrap());
    let file = dir.join("forge.db");
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [flipped, whole[..whole.len() - 1].to_vec()] {
        std::fs::write(&file, damaged).unwrap();
        let said = restore(&dir, &config).await.unwrap_err();
        assert!(said.contains("forge.db"), "{said}");
        assert!(!config.data.dir.exists(), "something was changed");
    }
    std::fs::write(&file, &whole).unwrap();
    restore(&dir, &config).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_found_whatever_holds_the_rows() {
    let Some(forge) = Forge::on_postgres().await else { return };
    let alice = add_history(&forge).await;
    assert_eq!(faults(&forge).await, Vec::<String>::new());
    // The command says so too, and changes nothing: it fails here for the server's fsync and for nothing else.
    let said = run(Command::Doctor, forge.config()).await.unwrap_err();
    assert!(said.contains("faults were found"), "{said}");
    let repositories = std::fs::read_dir(forge.data().join("repositories")).unwrap();
    for dir in repositories {
        let packs = dir.unwrap().path().join("objects/pack");
        for file in std::fs::read_dir(packs).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().unwrap() == "pack" {
                std::fs::remove_file(file).unwrap();
            }
        }
    }
    let found = faults(&forge).await;
    assert!(found.iter().any(|fault| fault.contains("is missing")), "{found:?}");
    assert!(found.iter().any(|fault| fault.contains("refs/heads/main is not complete")), "{found:?}");
    drop(alice);
}
