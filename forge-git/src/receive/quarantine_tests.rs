use std::os::unix::fs::PermissionsExt;

use forge_core::ObjectFormat;

use crate::receive::testing::{Repo, ingest};
use crate::{Limits, ObjectStore};

fn incoming(store: &ObjectStore) -> usize {
    let names = std::fs::read_dir(store.objects_dir()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_str().unwrap().starts_with("incoming-")).count()
}

#[test]
fn what_is_in_quarantine_is_seen_by_its_checks_only() {
    let source = Repo::with_history(ObjectFormat::Sha1, 8);
    let directory = tempfile::tempdir().unwrap();
    let store = ObjectStore::create(directory.path(), ObjectFormat::Sha1, &Limits::default()).unwrap();
    let tip = source.id("HEAD");
    let pack = source.pack("HEAD\n", &[]);
    let quarantine = ingest(&store, &pack).unwrap();
    assert!(quarantine.read(&tip).unwrap().is_some());
    assert!(!store.contains(&tip).unwrap());
    assert_eq!(incoming(&store), 1);
    drop(quarantine);
    assert_eq!(incoming(&store), 0);
    let published = ingest(&store, &pack).unwrap().publish().unwrap().unwrap();
    assert!(store.contains(&tip).unwrap());
    assert_eq!(incoming(&store), 0);
    assert_eq!(published.bytes, u64::try_from(pack.len()).unwrap());
    for extension in ["pack", "idx"] {
        let mode = std::fs::metadata(published.path(extension)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o444);
    }
    // The same pack once more: taking the second one back must not take the first one away.
    let again = ingest(&store, &pack).unwrap().publish().unwrap().unwrap();
    let path = published.path("pack");
    again.retract().unwrap();
    assert!(path.exists());
    published.retract().unwrap();
    assert!(!path.exists());
    let fresh = ObjectStore::open(directory.path(), ObjectFormat::Sha1, &Limits::default()).unwrap();
    assert!(!fresh.contains(&tip).unwrap());
}

#[test]
fn left_overs_are_swept() {
    let directory = tempfile::tempdir().unwrap();
    let _store = ObjectStore::create(directory.path(), ObjectFormat::Sha1, &Limits::default()).unwrap();
    std::fs::create_dir_all(directory.path().join("incoming-x1/pack")).unwrap();
    std::fs::write(directory.path().join("incoming-x1/pack/incoming.pack"), b"half").unwrap();
    assert_eq!(ObjectStore::sweep_incoming(directory.path()).unwrap(), 1);
    assert_eq!(ObjectStore::sweep_incoming(directory.path()).unwrap(), 0);
    assert!(directory.path().join("pack").is_dir());
}
