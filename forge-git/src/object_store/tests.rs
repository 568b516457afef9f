use std::sync::Arc;

use forge_core::ObjectFormat;

use crate::receive::testing::{Repo, ingest};
use crate::{Limits, ObjectStore, hash};

fn one_pack_more(repo: &Repo, number: usize) -> forge_core::ObjectId {
    repo.write(&format!("{number}.txt"), format!("{number}\n").as_bytes());
    let id = repo.commit(&format!("{number}"));
    repo.git(&["repack", "-q", "-d"]);
    id
}

#[test]
fn packs_that_came_are_seen_and_the_others_stay_open() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let store = repo.store();
    let before = store.known_packs();
    assert!(Arc::ptr_eq(&before, &store.packs().unwrap()), "nothing has changed");
    let new = hash::to_gix(&one_pack_more(&repo, 1));
    let early = store.handle_without_refresh();
    let again = store.reopen().unwrap();
    assert!(again.handle_without_refresh().contains(&new).unwrap());
    assert!(!early.contains(&new).unwrap(), "it does not look again");
    let first = before.all().next().unwrap();
    assert!(again.known_packs().all().any(|pack| std::ptr::eq(pack, first)));
}

#[test]
fn packs_that_went_are_let_go() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    repo.git(&["repack", "-q", "-a", "-d"]);
    let store = repo.store();
    let new = one_pack_more(&repo, 1);
    let early = store.handle();
    repo.git(&["repack", "-q", "-a", "-d"]);
    assert_eq!(store.reopen().unwrap().known_packs().all().count(), 1);
    assert!(early.contains(&hash::to_gix(&new)).unwrap(), "it looks again");
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
        let header = handle.header(&hash::to_gix(&id)).unwrap();
        assert_eq!(header, Some((kind, u64::try_from(bytes.len()).unwrap())));
    }
    assert_eq!(store.handle().header(&hash::to_gix(&source.id("HEAD"))).unwrap(), None);
}

#[test]
fn loose_objects_count_too() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 1);
    let head = hash::to_gix(&repo.id("HEAD"));
    let handle = repo.store().handle();
    assert!(handle.contains(&head).unwrap());
    let mut bytes = Vec::new();
    let kind = handle.try_find(&head, &mut bytes).unwrap().unwrap().kind;
    assert_eq!(handle.header(&head).unwrap(), Some((kind, u64::try_from(bytes.len()).unwrap())));
    let prefix = gix_hash::Prefix::new(&head, 12).unwrap();
    assert_eq!(handle.with_prefix(prefix).unwrap().into_iter().collect::<Vec<_>>(), [head]);
}
