use forge_core::{ObjectFormat, ObjectId};

use super::*;
use crate::objects::Objects;
use crate::receive::testing::Repo;
use crate::{Cancel, ObjectStore, hash};

fn tips(repo: &Repo) -> Vec<ObjectId> {
    repo.refs().refs().iter().map(|found| found.target).collect()
}

/// Every kind of commit: roots, lines, merges of two and of many, and one that came from another root.
fn town(format: ObjectFormat) -> Repo {
    let repo = Repo::with_history(format, 6);
    for side in ["a", "b", "c"] {
        repo.git(&["checkout", "-q", "-b", side, "main~3"]);
        repo.write(side, side.as_bytes());
        repo.commit(side);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "-m", "two", "a"]);
    repo.git(&["merge", "-q", "-m", "many", "b", "c"]);
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.commit("another root");
    repo.git(&["tag", "-a", "-m", "a tag", "v1", "main"]);
    repo.git(&["checkout", "-q", "main"]);
    repo
}

fn commits(repo: &Repo) -> Vec<ObjectId> {
    repo.git(&["rev-list", "--all"]).lines().map(|line| line.parse().expect("an id")).collect()
}

fn graph(store: &ObjectStore) -> std::sync::Arc<CommitGraph> {
    CommitGraph::of_store(store.objects_dir(), hash::kind(store.format())).expect("a graph")
}

#[test]
fn git_finds_nothing_wrong_with_it_and_we_read_what_the_commits_say() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let repo = town(format);
        let store = repo.store();
        let written = write(&store, &tips(&repo), &Cancel::new()).expect("written").expect("commits");
        let all = commits(&repo);
        assert_eq!(written.commits, u64::try_from(all.len()).unwrap());
        assert_eq!(written.bytes, path(&repo.objects()).metadata().unwrap().len());
        repo.git(&["commit-graph", "verify"]);
        assert_eq!(
            repo.git(&["-c", "core.commitGraph=true", "rev-list", "--count", "--all"]),
            all.len().to_string()
        );
        let graph = graph(&store);
        let objects = Objects::new(&store);
        for id in &all {
            let id = hash::to_gix(id);
            let facts = graph.facts(&id).expect("a commit of the graph");
            assert_eq!(facts, objects.commit(&id).expect("a commit"), "{id}");
            for parent in &facts.parents {
                assert!(graph.generation(parent) < graph.generation(&id));
            }
        }
        // Writing it again with the old one at hand gives the same bytes.
        let before = std::fs::read(path(&repo.objects())).unwrap();
        write(&repo.store(), &tips(&repo), &Cancel::new()).expect("written again");
        assert_eq!(std::fs::read(path(&repo.objects())).unwrap(), before);
        assert_eq!(
            std::fs::read_dir(repo.objects().join("info")).unwrap().count(),
            1,
            "nothing is left over"
        );
    }
}

#[test]
fn a_damaged_graph_is_passed_over() {
    let repo = town(ObjectFormat::Sha1);
    let store = repo.store();
    write(&store, &tips(&repo), &Cancel::new()).unwrap();
    let file = path(&repo.objects());
    let whole = std::fs::read(&file).unwrap();
    for at in [0, 5, 30, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &flipped).unwrap();
        assert!(store.commit_graph().is_none(), "byte {at}");
        assert_eq!(Objects::new(&store).history(&hash::to_gix(&repo.id("main"))).unwrap().parents.len(), 3);
    }
    for length in [0, 7, whole.len() / 3, whole.len() - 1] {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &whole[..length]).unwrap();
        assert!(store.commit_graph().is_none(), "cut at {length}");
    }
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(store.commit_graph().expect("whole again").len(), 12);
}

#[test]
fn a_commit_that_the_store_does_not_have_is_not_believed() {
    let repo = town(ObjectFormat::Sha1);
    write(&repo.store(), &tips(&repo), &Cancel::new()).unwrap();
    let empty = Repo::sha1();
    std::fs::create_dir_all(empty.objects().join("info")).unwrap();
    std::fs::copy(path(&repo.objects()), path(&empty.objects())).unwrap();
    let store = empty.store();
    assert!(store.commit_graph().is_some());
    assert!(Objects::new(&store).history(&hash::to_gix(&repo.id("main"))).is_err());
}

#[test]
fn no_graph_without_commits_or_of_a_history_that_is_cut_off() {
    let repo = town(ObjectFormat::Sha1);
    let store = repo.store();
    write(&store, &tips(&repo), &Cancel::new()).unwrap();
    assert_eq!(write(&store, &[], &Cancel::new()).unwrap(), None);
    assert!(!path(&repo.objects()).exists(), "the old one is gone");
    assert_eq!(write(&store, &[], &Cancel::new()).unwrap(), None);
    let gone = ObjectId::Sha1([7; 20]);
    assert_eq!(write(&store, &[gone], &Cancel::new()).unwrap(), None);
    write(&store, &tips(&repo), &Cancel::new()).unwrap();
    std::fs::write(repo.path().join(".git/shallow"), format!("{}\n", repo.id("main~2"))).unwrap();
    assert!(store.commit_graph().is_none());
}
