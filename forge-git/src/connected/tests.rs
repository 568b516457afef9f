use std::fmt::Write;

use forge_core::{ObjectFormat, ObjectId};
use gix_object::Kind;

use super::{brought, check, is_ancestor};
use crate::pack::build::{build, object_id};
use crate::receive::progress::Silent;
use crate::receive::testing::{Repo, ingest};
use crate::receive::{Quarantine, testing};
use crate::{Cancel, Limits, RefSnapshot, Result};

fn checked(quarantine: &Quarantine, refs: &RefSnapshot, tip: ObjectId) -> Result<()> {
    quarantine.check_connected(refs, &[tip], &mut Silent, &Cancel::new())
}

/// Removes the only copy of an object.
fn remove(repo: &Repo, id: &ObjectId) {
    let hex = id.to_string();
    std::fs::remove_file(repo.objects().join(&hex[..2]).join(&hex[2..])).unwrap();
}

fn commit_of(tree: &ObjectId, parents: &[ObjectId]) -> Vec<u8> {
    let mut text = format!("tree {tree}\n");
    for parent in parents {
        writeln!(text, "parent {parent}").unwrap();
    }
    text.push_str("author A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n");
    text.into_bytes()
}

fn entry(mode: &str, name: &str, id: &ObjectId) -> Vec<u8> {
    [mode.as_bytes(), b" ", name.as_bytes(), b"\0", id.as_bytes()].concat()
}

fn id(kind: Kind, bytes: &[u8]) -> ObjectId {
    object_id(ObjectFormat::Sha1, kind, bytes).unwrap()
}

#[test]
fn a_whole_history_and_an_addition_are_connected() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let source = Repo::with_history(format, 25);
        source.git(&["tag", "-a", "-m", "x", "v1"]);
        let target = Repo::new(format);
        let first = ingest(&target.store(), &source.pack("HEAD~5\n", &[])).unwrap();
        checked(&first, &RefSnapshot::default(), source.id("HEAD~5")).unwrap();
        let _pack = first.publish().unwrap();
        target.git(&["update-ref", "refs/heads/main", &source.id("HEAD~5").to_string()]);
        let second = ingest(&target.store(), &source.pack("v1\n^HEAD~5\n", &["--thin"])).unwrap();
        checked(&second, &target.refs(), source.id("v1")).unwrap();
        // A branch from the middle of known history brings nothing.
        let nothing = Quarantine::empty(&target.store(), &Limits::default());
        checked(&nothing, &target.refs(), source.id("HEAD~15")).unwrap();
        assert!(checked(&nothing, &target.refs(), source.id("HEAD")).is_err());
    }
}

#[test]
fn leaving_out_any_object_is_noticed() {
    let source = Repo::with_history(ObjectFormat::Sha1, 6);
    let list = source.git(&["rev-list", "--objects", "--no-object-names", "HEAD"]);
    let all: Vec<&str> = list.lines().collect();
    for left_out in &all {
        let target = Repo::sha1();
        let rest: Vec<&str> = all.iter().filter(|id| id != &left_out).copied().collect();
        let pack = source.bytes(&["pack-objects", "--stdout", "-q"], rest.join("\n").as_bytes());
        let quarantine = ingest(&target.store(), &pack).unwrap();
        let error = checked(&quarantine, &RefSnapshot::default(), source.id("HEAD")).unwrap_err().to_string();
        assert!(error.contains(left_out), "{left_out}: {error}");
    }
}

/// A commit whose tree was deleted lies in the store unreachable; a push that names it must not revive the hole.
#[test]
fn objects_that_merely_lie_in_the_store_are_not_trusted() {
    let repo = Repo::sha1();
    repo.write("a/b.txt", b"kept");
    repo.commit("kept");
    let kept = repo.refs();
    repo.git(&["checkout", "-q", "-b", "gone"]);
    repo.write("c/d.txt", b"lost");
    let gone = repo.commit("gone");
    let (blob, tree) = (repo.id("HEAD:c/d.txt"), repo.id("HEAD:c"));
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "gone"]);
    let child = commit_of(&repo.id("main^{tree}"), &[gone]);
    let graft = entry("40000", "again", &tree);
    let grafted = commit_of(&id(Kind::Tree, &graft), &[repo.id("main")]);
    let objects = [(Kind::Commit, &child[..]), (Kind::Tree, &graft), (Kind::Commit, &grafted)];
    let pack = build(ObjectFormat::Sha1, objects).unwrap();
    let tips = [gone, id(Kind::Commit, &child), id(Kind::Commit, &grafted)];
    let quarantine = ingest(&repo.store(), &pack).unwrap();
    for tip in tips {
        checked(&quarantine, &kept, tip).unwrap();
    }
    remove(&repo, &blob);
    let quarantine = ingest(&repo.store(), &pack).unwrap();
    for tip in tips {
        let error = checked(&quarantine, &kept, tip).unwrap_err().to_string();
        assert!(error.contains(&blob.to_string()), "{error}");
    }
}

#[test]
fn links_lead_to_the_right_kind() {
    let repo = Repo::sha1();
    repo.write("a.txt", b"x");
    let old = repo.commit("old");
    let (blob, tree) = (repo.id("HEAD:a.txt"), repo.id("HEAD^{tree}"));
    let cases: Vec<(Vec<u8>, Vec<ObjectId>)> = vec![
        (entry("40000", "d", &blob), vec![]),
        (entry("100644", "f", &tree), vec![]),
        (entry("100644", "f", &old), vec![]),
        ([entry("100644", "f", &blob), entry("40000", "g", &blob)].concat(), vec![]),
        (entry("100644", "f", &blob), vec![tree]),
        (entry("100644", "f", &blob), vec![blob]),
    ];
    for (bytes, parents) in cases {
        let commit = commit_of(&id(Kind::Tree, &bytes), &parents);
        let pack = build(ObjectFormat::Sha1, [(Kind::Tree, &bytes[..]), (Kind::Commit, &commit)]).unwrap();
        let quarantine = ingest(&repo.store(), &pack).unwrap();
        let error = checked(&quarantine, &repo.refs(), id(Kind::Commit, &commit)).unwrap_err().to_string();
        assert!(error.contains("not a"), "{error}");
    }
    let wrong_tree = commit_of(&blob, &[]);
    let tag = format!("object {tree}\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n\nx\n");
    for (kind, bytes) in [(Kind::Commit, wrong_tree), (Kind::Tag, tag.into_bytes())] {
        let quarantine =
            ingest(&repo.store(), &build(ObjectFormat::Sha1, [(kind, &bytes[..])]).unwrap()).unwrap();
        assert!(
            checked(&quarantine, &repo.refs(), id(kind, &bytes)).unwrap_err().to_string().contains("not a")
        );
    }
    // A commit of another repository need not be here.
    let submodule = entry("160000", "module", &ObjectId::Sha1([9; 20]));
    let commit = commit_of(&id(Kind::Tree, &submodule), &[]);
    let pack = build(ObjectFormat::Sha1, [(Kind::Tree, &submodule[..]), (Kind::Commit, &commit)]).unwrap();
    checked(&ingest(&repo.store(), &pack).unwrap(), &repo.refs(), id(Kind::Commit, &commit)).unwrap();
}

#[test]
fn long_paths_reach_a_limit() {
    let repo = Repo::sha1();
    let blob = b"x".to_vec();
    let mut trees = vec![entry("100644", "file", &id(Kind::Blob, &blob))];
    for _ in 0..21 {
        let below = id(Kind::Tree, trees.last().unwrap());
        trees.push(entry("40000", &"d".repeat(200), &below));
    }
    let objects = trees.iter().map(|bytes| (Kind::Tree, bytes.as_slice()));
    let pack = build(ObjectFormat::Sha1, objects.chain([(Kind::Blob, &blob[..])])).unwrap();
    let quarantine = ingest(&repo.store(), &pack).unwrap();
    let check = |levels: usize| checked(&quarantine, &RefSnapshot::default(), id(Kind::Tree, &trees[levels]));
    check(20).unwrap();
    let error = check(21).unwrap_err().to_string();
    assert!(error.contains("the length of a path in bytes is over the limit of 4096"), "{error}");
}

#[test]
fn deep_trees_reach_a_limit_and_no_stack() {
    let store_repo = Repo::sha1();
    let mut objects: Vec<Vec<u8>> = vec![Vec::new()];
    for _ in 0..3_000 {
        let below = id(Kind::Tree, objects.last().unwrap());
        objects.push(entry("40000", "d", &below));
    }
    let pack = build(ObjectFormat::Sha1, objects.iter().map(|bytes| (Kind::Tree, bytes.as_slice()))).unwrap();
    let quarantine = ingest(&store_repo.store(), &pack).unwrap();
    let tip = id(Kind::Tree, objects.last().unwrap());
    let error = checked(&quarantine, &RefSnapshot::default(), tip).unwrap_err().to_string();
    assert!(error.contains("depth of directories"), "{error}");
    checked(&quarantine, &RefSnapshot::default(), id(Kind::Tree, &objects[1_000])).unwrap();
}

#[test]
fn ancestors_are_those_that_git_sees() {
    let repo = Repo::sha1();
    let mut commits: Vec<ObjectId> = Vec::new();
    let tree: ObjectId = "4b825dc642cb6eb9a060e54bf8d69288fbee4904".parse().unwrap();
    repo.bytes(&["hash-object", "-w", "-t", "tree", "--stdin"], b"");
    for number in 0..40_usize {
        // Some with two parents, some with none, all claiming odd dates.
        let parents: Vec<ObjectId> = match number % 9 {
            0 => vec![],
            4 | 7 => vec![commits[number / 2], commits[number - 3]],
            _ => vec![commits[number - 1]],
        };
        let date = 1_700_000_000 + (number * 7919) % 500;
        let text =
            String::from_utf8(commit_of(&tree, &parents)).unwrap().replace("1700000000", &date.to_string());
        let text = text.replace("\nx\n", &format!("\n{number}\n"));
        repo.bytes(&["hash-object", "-w", "-t", "commit", "--stdin"], text.as_bytes());
        commits.push(id(Kind::Commit, text.as_bytes()));
    }
    let store = repo.store();
    for (old_at, old) in commits.iter().enumerate().step_by(3) {
        for new in commits.iter().skip(old_at % 4).step_by(4) {
            let status =
                repo.run(&["merge-base", "--is-ancestor", &old.to_string(), &new.to_string()], b"").status;
            assert_eq!(
                is_ancestor(&store, old, new, &Cancel::new()).unwrap(),
                status.success(),
                "{old} {new}"
            );
        }
    }
    assert!(is_ancestor(&store, &commits[0], &ObjectId::Sha1([3; 20]), &Cancel::new()).is_err());
}

#[test]
fn a_stopped_check_ends() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 3);
    let cancel = Cancel::new();
    cancel.cancel();
    let tips = [repo.id("HEAD")];
    let limits = Limits::default();
    let result =
        check(&repo.store(), &[], &RefSnapshot::default(), &tips, &limits, &mut testing::silent(), &cancel);
    assert!(matches!(result, Err(crate::Error::Cancelled)));
}

/// Beside what git says, in a history with merges whose commits all claim the same moment.
#[test]
fn what_a_ref_brings_is_what_git_says() {
    let repo = Repo::with_history(ObjectFormat::Sha1, 12);
    repo.git(&["checkout", "-q", "-b", "side", "HEAD~6"]);
    for number in 0..4 {
        repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("side {number}")]);
    }
    repo.git(&["merge", "-q", "-m", "merge", "main~3"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", "last"]);
    let store = repo.store();
    for (known, new) in [
        (&["main"][..], "side"),
        (&["side"][..], "main"),
        (&["main~5", "side~3"][..], "side"),
        (&[][..], "side"),
        (&["side"][..], "side~1"),
        (&["main~8"][..], "main~4"),
    ] {
        let mut arguments = vec!["rev-list", new, "--not"];
        arguments.extend(known);
        let said = repo.git(&arguments);
        let mut expected: Vec<ObjectId> = said.lines().map(|line| line.parse().unwrap()).collect();
        let known: Vec<ObjectId> = known.iter().map(|name| repo.id(name)).collect();
        let ask = |most| brought(&store, &known, &repo.id(new), most, &Cancel::new()).unwrap();
        let mut found = ask(100).unwrap();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{new}");
        if let Some(fewer) = expected.len().checked_sub(1) {
            assert_eq!(ask(fewer), None, "{new}: one more than may be");
        }
    }
}
