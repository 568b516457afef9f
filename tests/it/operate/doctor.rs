//! Finding damage.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use forge_app::Examination;
use forge_core::Actor;
use forge_tests::{Forge, Person};

async fn examine(forge: &Forge) -> Examination {
    let site = forge.app().authorize_site(&Actor::System { reason: "console" }).unwrap();
    forge.app().examine(&site).await.unwrap()
}

async fn forge_with_history() -> (Forge, Person) {
    let forge = Forge::new().await;
    let alice = forge.user("alice").await;
    forge.repo(&alice, "beds").await;
    let work = alice.work_tree();
    work.commit("a", "some text ".repeat(500));
    work.git(&["push", "--quiet", &forge.https(&alice, "alice/beds"), "main"]).unwrap();
    (forge, alice)
}

fn packs(forge: &Forge) -> PathBuf {
    let repositories = forge.data().join("repositories");
    let mut dirs = std::fs::read_dir(repositories).unwrap();
    dirs.next().unwrap().unwrap().path().join("objects/pack")
}

fn pack(forge: &Forge) -> PathBuf {
    let mut files = std::fs::read_dir(packs(forge)).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.extension().unwrap() == "pack").unwrap()
}

fn writable(file: &Path) {
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_forge_has_no_faults_and_is_not_changed() {
    let (forge, _alice) = forge_with_history().await;
    let before = std::fs::read_dir(packs(&forge)).unwrap().count();
    let found = examine(&forge).await;
    assert_eq!((&found.faults, &found.leftovers), (&vec![], &vec![]));
    assert!(
        found.well.iter().any(|line| line.contains("1 repositories with 1 refs and 1 packs")),
        "{found:?}"
    );
    assert_eq!(std::fs::read_dir(packs(&forge)).unwrap().count(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn leftovers_are_named_and_do_no_harm() {
    let (forge, _alice) = forge_with_history().await;
    std::fs::write(packs(&forge).join("pack-0000.pack"), "x").unwrap();
    std::fs::create_dir(packs(&forge).join("../incoming-x")).unwrap();
    std::fs::create_dir(forge.data().join("repositories/old")).unwrap();
    let found = examine(&forge).await;
    assert_eq!((found.faults.len(), found.leftovers.len()), (0, 3), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_and_a_cut_file_are_found() {
    let (forge, _alice) = forge_with_history().await;
    let file = pack(&forge);
    let whole = std::fs::read(&file).unwrap();
    writable(&file);
    for at in [8, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::write(&file, flipped).unwrap();
        let found = examine(&forge).await;
        assert!(found.faults.iter().any(|fault| fault.starts_with("alice/beds: ")), "{at}: {found:?}");
    }
    std::fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    assert!(examine(&forge).await.faults.iter().any(|fault| fault.contains("bytes instead of")));
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(examine(&forge).await.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_ref_needs_and_is_not_there_is_named() {
    let (forge, alice) = forge_with_history().await;
    let file = pack(&forge);
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_file(file.with_extension("idx")).unwrap();
    let found = examine(&forge).await;
    assert!(found.faults.iter().any(|fault| fault.contains("is missing")), "{found:?}");
    assert!(found.faults.iter().any(|fault| fault.contains("refs/heads/main is not complete")), "{found:?}");
    std::fs::remove_dir_all(packs(&forge).parent().unwrap().parent().unwrap()).unwrap();
    let found = examine(&forge).await;
    assert_eq!(found.faults.len(), 1, "{found:?}");
    assert!(found.faults[0].contains("its directory"), "{found:?}");
    drop(alice);
}
