use std::sync::Arc;

use forge_core::ObjectFormat;

use crate::receive::testing::{Repo, ingest};
use crate::{Limits, ObjectStore};

fn one_pack_more(repo: &Repo, number: usize) -> forge_core::ObjectId {
    repo.write(&format!("{number}.txt"), format!("{number}\n").as_bytes());
    let id = repo.commit(&format!("{number}"));
    repo.git(&["repack", "-q", "-d"]);
    id
}

#[test]
fn packs_that_came_are_seen_without_opening_the_rest_again() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let store = repo.store();
    assert!(store.contains(&repo.id("HEAD")).unwrap());
    let new = one_pack_more(&repo, 1);
    let again = store.reopen(&Limits::default()).unwrap();
    assert!(Arc::ptr_eq(&store.store, &again.store));
    let handle = again.handle_without_refresh();
    assert!(gix_object::Exists::exists(&handle, &crate::hash::to_gix(&new)));
}

#[test]
fn packs_that_went_are_let_go() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let store = repo.store();
    let new = one_pack_more(&repo, 1);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let again = store.reopen(&Limits::default()).unwrap();
    assert!(!Arc::ptr_eq(&store.store, &again.store));
    assert!(again.contains(&new).unwrap());
}

#[test]
fn however_many_packs_come_all_are_seen() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 1);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let mut store = repo.store();
    let slots = usize::from(store.listing.slots);
    let mut ids = Vec::new();
    for number in 0..=slots {
        ids.push(one_pack_more(&repo, number));
        store = store.reopen(&Limits::default()).unwrap();
    }
    assert!(usize::from(store.listing.slots) > slots);
    assert!(ids.iter().all(|id| store.contains(id).unwrap()));
}

#[test]
fn what_is_incoming_is_read_before_what_is_there() {
    let source = Repo::with_history(ObjectFormat::Sha256, 4);
    let directory = tempfile::tempdir().unwrap();
    let store = ObjectStore::create(directory.path(), ObjectFormat::Sha256, &Limits::default()).unwrap();
    let first = source.id("HEAD~2");
    let _ = ingest(&store, &source.pack("HEAD~2\n", &[])).unwrap().publish().unwrap();
    let quarantine = ingest(&store, &source.pack("HEAD\n^HEAD~2\n", &["--thin"])).unwrap();
    let handle = quarantine.handle();
    for id in [first, source.id("HEAD"), source.id("HEAD^{tree}")] {
        let (kind, bytes) = quarantine.read(&id).unwrap().unwrap();
        let header = handle.header(&crate::hash::to_gix(&id)).unwrap();
        assert_eq!(header, Some((kind, u64::try_from(bytes.len()).unwrap())));
    }
    assert_eq!(store.handle().header(&crate::hash::to_gix(&source.id("HEAD"))).unwrap(), None);
}
